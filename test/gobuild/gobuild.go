// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// Build is what one go build makes.
type Build struct {
	Title    string   // for people: "etcd, kwok"
	Dir      string   // a folder of the module; empty: the working directory
	Packages []string // as arguments of go build
	Flags    []string // such as -o and -ldflags
	Tags     string   // build tags
	CGO      bool     // it needs a C compiler
}

// corePerPackage is how long one core compiles a package, on average, its share of the linking included. The command in
// docs/development.md, under "The first run", measures it: minutes times cores, divided by the packages that it counts.
const corePerPackage = 650 * time.Millisecond

// progress is how far a run is.
type progress struct {
	report  *Reporter
	started time.Time
	// compiling is when the first compiler started: downloads say nothing about how long it takes.
	compiling                   time.Time
	downloaded, compiled, total atomic.Int64
}

// Run counts what all builds have to compile, says so, and builds them in their order. What is up to date takes a second
// or two, and nothing is said of it.
func Run(ctx context.Context, report *Reporter, builds ...Build) error {
	p := &progress{report: report, started: report.Now()}
	upTo, err := p.count(ctx, builds)
	if err != nil {
		return err
	}
	total := p.total.Load()
	if total > 0 {
		n := runtime.NumCPU()
		report.Line("%s to compile for %s: %s on %s", plural(total, "package"), titles(builds), about(estimate(total, n)), plural(int64(n), "core"))
	}
	p.compiling = report.Now()
	for i, b := range builds {
		stop := report.Follow(func() string { return p.step(b.Title, upTo[i]) })
		err := b.goCommand(ctx, &p.downloaded, &p.compiled, nil, b.arguments()...)
		stop()
		if err != nil {
			return fmt.Errorf("build %s: %w", b.Title, err)
		}
	}
	if total > 0 {
		report.Line("built %s in %v", titles(builds), report.Since(p.started))
	}
	return nil
}

// count returns how many packages are compiled once each build is done. The first time, this is also what downloads the
// modules.
func (p *progress) count(ctx context.Context, builds []Build) ([]int64, error) {
	stop := p.report.Follow(func() string {
		if n := p.downloaded.Load(); n > 0 {
			return fmt.Sprintf("downloaded %s, %v", plural(n, "module"), p.report.Since(p.started))
		}
		return fmt.Sprintf("reading its modules, %v", p.report.Since(p.started))
	})
	defer stop()
	upTo, stale := make([]int64, len(builds)), map[string]bool{}
	for i, b := range builds {
		packages, err := b.stale(ctx, &p.downloaded)
		if err != nil {
			return nil, fmt.Errorf("count packages of %s: %w", b.Title, err)
		}
		for _, name := range packages {
			stale[fmt.Sprint(name, b.Tags, b.CGO)] = true
		}
		upTo[i] = int64(len(stale))
	}
	p.total.Store(int64(len(stale)))
	return upTo, nil
}

// step says in a few words what the go command is doing: it compiles, and once the packages up to here are compiled, it links.
func (p *progress) step(title string, upTo int64) string {
	compiled, total, passed := p.compiled.Load(), p.total.Load(), p.report.Since(p.started)
	if compiled >= upTo {
		return fmt.Sprintf("linking %s, %v", title, passed)
	}
	text := fmt.Sprintf("compiled %d of %d packages, %v", compiled, total, passed)
	if spent := p.report.Since(p.compiling); compiled > total/10 {
		text += fmt.Sprintf("; %s left", about(spent*time.Duration(total-compiled)/time.Duration(compiled)))
	}
	return text
}

// estimate is how long a number of packages takes on a number of cores.
func estimate(packages int64, cores int) time.Duration {
	return time.Duration(packages) * corePerPackage / time.Duration(cores)
}

// about rounds a duration as a person would.
func about(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 90*time.Second:
		return "about a minute"
	default:
		return fmt.Sprintf("about %d minutes", (d+30*time.Second)/time.Minute)
	}
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func titles(builds []Build) string {
	var all []string
	for _, b := range builds {
		all = append(all, b.Title)
	}
	return strings.Join(all, ", ")
}
