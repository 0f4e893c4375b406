// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"
	"time"
)

func TestParseUsage(t *testing.T) {
	const (
		stat   = "4711 (a (b) c) S 1 4711 4711 0 -1 4194304 900 0 3 0 150 25 0 0 20 0 9 0 100 2000 300 18446744073709551615\n"
		status = "Name:\ta\nVmPeak:\t 2000 kB\nVmHWM:\t    1024 kB\nVmRSS:\t     512 kB\nThreads:\t9\n"
	)
	want := usage{resident: 512 << 10, peak: 1 << 20, cpu: 1750 * time.Millisecond}
	if got, err := parseUsage(stat, status); err != nil || got != want {
		t.Errorf("parseUsage() = %+v, %v; want %+v", got, err, want)
	}
	for name, bad := range map[string][2]string{
		"no stat":               {"", status},
		"a stat of words":       {"1 (a) " + "S x x x x x x x x x x x x", status},
		"a zombie, without RSS": {stat, "Name:\ta\nState:\tZ\n"},
	} {
		if _, err := parseUsage(bad[0], bad[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	u, err := parseUsage(string(stat), string(status))
	if err != nil || u.resident == 0 || u.peak < u.resident {
		t.Errorf("parseUsage() = %+v, %v; want memory in use, and its peak above", u, err)
	}
}
