// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// picture is where the picture of the bursts is, from the page.
var picture = filepath.Join("images", "bench-burst.svg")

// write writes the page and its picture.
func write(o options, all outcome) error {
	page := report.Page{
		Date:        time.Now().Format(time.DateOnly),
		Machine:     report.Machine{Cores: runtime.NumCPU(), MemoryGiB: memoryGiB(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Kubernetes: all.kubernetes},
		Deployments: o.deployments,
		Burst:       o.burst,
		Settle:      o.settle.String(),
		Rows:        all.rows,
		Stages:      all.stages,
		Picture:     filepath.ToSlash(picture),
	}
	if err := writeFile(filepath.Join(o.docs, "benchmarks.md"), page.Write); err != nil {
		return err
	}
	return writeFile(filepath.Join(o.docs, picture), func(out io.Writer) error { return report.Plot(out, all.panels) })
}

func writeFile(name string, fill func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	fmt.Println("wrote", name)
	return errors.Join(fill(file), file.Close())
}

// memoryGiB is how much memory the machine has, rounded.
func memoryGiB() int {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	bytes, _ := kilobytes("\n"+string(info), "MemTotal:") // it is the first line, and always there
	return int((bytes + 1<<29) >> 30)
}
