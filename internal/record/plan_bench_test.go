package record

import (
	"runtime"
	"testing"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// BenchmarkPlan plans for a workload with as many records as are kept. Most observations find nothing to do: those of an
// unchanged cluster after a restart, and those at each step of a rollout that changes no state. The lower bound is
// the copy of a record, which every change of one needs.
func BenchmarkPlan(b *testing.B) {
	compiled, _ := Compile(makeSite("acme").Projects("SHOP").Obj())
	var records []*recordBuilder
	for revision, template := range []string{"A", "B", "C", "D", "E"} {
		records = append(records, makeRecord(web(int64(revision+1), template).Successful(at(revision+1))))
	}
	newest := web(5, "E").Successful(at(5))
	for _, observation := range []struct {
		name string
		*observationBuilder
	}{
		{"nothing to do", observe(newest).Records(records...)},
		{"first revision", observe(web(1, "A").InProgress(at(1)))},
		{"new revision", observe(web(6, "F").InProgress(at(6))).Records(records...)},
		{"rollback", observe(web(6, "C").InProgress(at(6))).Records(records...)},
		{"workload is gone", observeNothing().Records(records...)},
	} {
		b.Run(observation.name, func(b *testing.B) {
			seen := observation.Obj()
			b.ReportAllocs()
			for b.Loop() {
				compiled.Plan(seen)
			}
		})
	}
	b.Run("lower bound, copy a record", func(b *testing.B) {
		d := records[0].Obj()
		var keep *v1alpha1.JiraDeployment // so that the copy is not optimized away
		defer runtime.KeepAlive(&keep)
		b.ReportAllocs()
		for b.Loop() {
			keep = d.DeepCopy()
		}
	})
}
