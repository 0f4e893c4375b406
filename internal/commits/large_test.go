// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
)

// large makes a repository of 10,000 commits behind a first one: nine of ten with a short message, one with a long one,
// and a merge now and then. It returns base and head.
func large(tb testing.TB) (client *commits.Client, url, base, head string) {
	tb.Helper()
	if !gittest.Available() {
		tb.Skip("there is no git on this machine, which serves the history")
	}
	server, err := gittest.Start(tb.TempDir(), gittest.Options{})
	must(tb, err)
	tb.Cleanup(server.Close)
	repo, err := server.Create("acme/large.git")
	must(tb, err)
	all := make([]gittest.Commit, 10_001)
	for i := range all {
		all[i].Message = fmt.Sprintf("SHOP-%d: mend what commit %d broke\n\nIt was found in production.\n", i, i-1)
		if i%10 == 0 {
			all[i].Message += strings.Repeat(fmt.Sprintf("What follows says at length why number %d does it.\n", i), 40)
		}
		if i > 0 {
			all[i].Parents = []int{i - 1}
		}
		if i > 5 && i%7 == 0 {
			all[i].Parents = []int{i - 1, i - 3}
		}
	}
	ids, err := repo.Import(all...)
	must(tb, err)
	must(tb, repo.SetBranch("main", ids[10_000]))
	_, err = repo.Git("repack", "-adq")
	must(tb, err)
	return newClient(tb, commits.Config{}), repo.URL, ids[0], ids[10_000]
}

func TestTenThousandCommitsStayWithin64MB(t *testing.T) {
	client, url, base, head := large(t)
	stop, peak := watchHeap()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := client.Between(t.Context(), commits.Range{Repository: url, Base: base, Head: head})
	runtime.ReadMemStats(&after)
	stop()
	must(t, err)
	if len(r.Commits) != 10_000 || r.Kind != commits.Ahead || len(r.Notes) != 0 {
		t.Errorf("got %d commits, %s, %v", len(r.Commits), r.Kind, r.Notes)
	}
	const limit = 64 << 20
	used := int64(peak.Load()) - int64(before.HeapAlloc)
	t.Logf("the heap grows by %d MB, of %d MB that are allocated", used>>20, (after.TotalAlloc-before.TotalAlloc)>>20)
	if used > limit {
		t.Errorf("the heap grows by %d bytes, want at most %d", used, limit)
	}
}

// watchHeap notes the largest heap until it is stopped.
func watchHeap() (stop func(), peak *atomic.Uint64) {
	runtime.GC()
	peak = &atomic.Uint64{}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(sample)
			peak.Store(max(peak.Load(), sample[0].Value.Uint64()))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(done); <-ended }, peak
}

// BenchmarkTenThousandCommits measures the whole way: Git's server, the pack, order, reverts.
func BenchmarkTenThousandCommits(b *testing.B) {
	client, url, base, head := large(b)
	b.ReportAllocs()
	for b.Loop() {
		r, err := client.Between(b.Context(), commits.Range{Repository: url, Base: base, Head: head})
		if err != nil || len(r.Commits) != 10_000 {
			b.Fatalf("got %+v, %v", r, err)
		}
	}
}
