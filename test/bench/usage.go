// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU times in /proc: USER_HZ is 100 wherever Go runs on Linux.
const clockTick = 10 * time.Millisecond

// usage is what a process took of the machine so far.
type usage struct {
	// resident is its memory in RAM now (VmRSS), and peak the most that it was (VmHWM), in bytes.
	resident, peak int64
	// cpu is its time on the CPU, in user and in system mode.
	cpu time.Duration
}

// usage reads what the process took so far. It needs Linux.
func (p *process) usage() (usage, error) {
	if err := p.ended(); err != nil {
		return usage{}, err
	}
	folder := fmt.Sprintf("/proc/%d/", p.PID())
	stat, err := os.ReadFile(folder + "stat")
	if err != nil {
		return usage{}, fmt.Errorf("measure process: %w", err)
	}
	status, err := os.ReadFile(folder + "status")
	if err != nil {
		return usage{}, fmt.Errorf("measure process: %w", err)
	}
	return parseUsage(string(stat), string(status))
}

func parseUsage(stat, status string) (usage, error) {
	var u usage
	// The fields before the last ')' are the pid and the name, which may hold anything; the CPU times are the
	// 14th and 15th of all.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return u, errors.New("measure process: its stat is too short")
	}
	for _, field := range fields[11:13] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return u, fmt.Errorf("measure process: CPU time: %w", err)
		}
		u.cpu += time.Duration(ticks) * clockTick
	}
	var errs [2]error
	u.resident, errs[0] = kilobytes(status, "VmRSS:")
	u.peak, errs[1] = kilobytes(status, "VmHWM:")
	return u, errors.Join(errs[:]...)
}

// kilobytes returns a field of a /proc status, which stands there in kB, in bytes.
func kilobytes(status, field string) (int64, error) {
	_, rest, found := strings.Cut(status, "\n"+field)
	value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(value, 10, 64)
	if !found || err != nil {
		return 0, fmt.Errorf("measure process: its status has no %s", field)
	}
	return n << 10, nil
}
