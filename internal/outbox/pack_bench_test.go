package outbox

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// pendingRecords are those of a burst.
const pendingRecords = 1000

// BenchmarkPack makes batches of what a burst leaves pending, beside the least that it takes: a copy of the items.
func BenchmarkPack(b *testing.B) {
	records := make([]*v1alpha1.JiraDeployment, pendingRecords)
	for i := range records {
		pipeline := fmt.Sprintf("eu-1/shop/Deployment/web-%d", i)
		records[i] = makeRecord("web", "SHOP-1", "SHOP-2").Full().Pipeline(pipeline).Sequence(int64(i + 1)).Obj()
	}
	browse := func(issueKey string) string { return record.BrowseURL("acme.atlassian.net", issueKey) }
	pack := func() []Item {
		items := make([]Item, 0, len(records))
		for _, d := range records {
			items = append(items, NewItem(d, browse))
		}
		Order(items)
		for rest := items; len(rest) > 0; {
			_, rest = Take(rest, MaxBatch)
		}
		return items
	}
	b.Run("pack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pack()
		}
	})
	b.Run("lower bound, copy", func(b *testing.B) {
		items := pack()
		var copied []Item // so that the copy is not optimized away
		defer runtime.KeepAlive(&copied)
		b.ReportAllocs()
		for b.Loop() {
			copied = slices.Clone(items)
		}
	})
}

// BenchmarkRead reads Jira's answer to a full batch.
func BenchmarkRead(b *testing.B) {
	batch, answer := make([]Item, MaxBatch), makeResult()
	for i := range batch {
		d := makeRecord("web", "SHOP-1", "SHOP-2").Pipeline(fmt.Sprintf("eu-1/shop/Deployment/web-%d", i))
		batch[i] = d.Item()
		answer.Accepted(d)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := Read(batch, answer.Obj()); len(got) != len(batch) {
			b.Fatalf("Read() = %d outcomes, want %d", len(got), len(batch))
		}
	}
}
