// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// crowds are observations of a workload with many records, each of which a step that looks at all records for one of them
// makes quadratic.
var crowds = map[string]func(n int) Observation{
	"releases": func(n int) Observation {
		return crowd(n, func(*v1alpha1.JiraDeployment, int) {})
	},
	"two templates in turn": func(n int) Observation {
		return crowd(n, func(d *v1alpha1.JiraDeployment, i int) {
			d.Spec.TemplateHash = fmt.Sprint("hash-", i%2)
			if i > 1 {
				d.Spec.RollbackToRevision, d.Spec.State = int64(i%2+1), v1alpha1.StateRolledBack
			}
		})
	},
	"records that were made late, and never told": func(n int) Observation {
		return crowd(n, func(d *v1alpha1.JiraDeployment, _ int) {
			d.Annotations, d.Status = nil, v1alpha1.JiraDeploymentStatus{}
		})
	},
	"all rolling out": func(n int) Observation {
		return crowd(n, func(d *v1alpha1.JiraDeployment, _ int) { d.Spec.State = v1alpha1.StateInProgress })
	},
	"all corrected": func(n int) Observation {
		return crowd(n, func(d *v1alpha1.JiraDeployment, _ int) {
			annotate(d, v1alpha1.AnnotationIssueKeys, "SHOP-4711")
		})
	},
}

// crowd observes the newest of n revisions, one a minute.
func crowd(n int, change func(*v1alpha1.JiraDeployment, int)) Observation {
	one := makeRecord(web(1, "A").Successful(at(0))).Obj()
	seen := observe(web(int64(n), "A").Successful(at(n))).At(at(n)).Obj()
	for i := range n {
		d := one.DeepCopy()
		d.Name, d.Spec.Revision, d.Spec.Sequence = fmt.Sprint("web-", i+1), int64(i+1), one.Spec.Sequence+int64(i)
		d.Spec.TemplateHash, d.Spec.Evidence = fmt.Sprint("hash-", i), fmt.Sprint("exact-", i)
		d.CreationTimestamp, d.Spec.LastUpdated = metav1.NewTime(at(i)), metav1.NewTime(at(i))
		annotate(d, v1alpha1.AnnotationRecordedAt, at(i).UTC().Format(time.RFC3339))
		change(d, i)
		seen.Records = append(seen.Records, d)
	}
	seen.Rollout.TemplateHash, seen.Rollout.ExactHash = seen.Records[n-1].Spec.TemplateHash, seen.Records[n-1].Spec.Evidence
	return seen
}

// BenchmarkPlanOfManyRecords shows that a plan costs the same for each record, however many there are.
func BenchmarkPlanOfManyRecords(b *testing.B) {
	compiled, _ := Compile(makeSite("acme").Projects("SHOP").Obj())
	for name, crowd := range crowds {
		for _, n := range []int{10, 100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				seen := crowd(n)
				b.ReportAllocs()
				for b.Loop() {
					compiled.Plan(seen)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
			})
		}
	}
}

// A plan is made with each change of a workload, so that one with many records must not cost the square of their number. A
// quadratic step makes a record of 10,000 a hundred times as dear as one of 100. A machine that is busy with something else
// makes some of the measurements bad, and not all of them.
func TestAPlanIsLinearInTheRecords(t *testing.T) {
	compiled := makeSite("acme").Projects("SHOP").Compiled(t)
	for _, name := range []string{"releases", "two templates in turn", "records that were made late, and never told"} {
		few, many := time.Hour, time.Hour
		measure := func(best *time.Duration, seen Observation) {
			begun := time.Now()
			compiled.Plan(seen)
			*best = min(*best, time.Since(begun)/time.Duration(len(seen.Records)))
		}
		hundred, crowded := crowds[name](100), crowds[name](10_000)
		for try := 0; try < 10 && (try < 2 || many > 20*few); try++ {
			measure(&few, hundred)
			measure(&many, crowded)
		}
		if many > 20*few {
			t.Errorf("%s: a record of 100 costs %s, one of 10,000 %s", name, few, many)
		}
	}
}

// A plan looks at no text that keys are not read from. Who asks about them pays for each.
func TestAPlanThatNobodyAsksAboutPaysForNoExplanation(t *testing.T) {
	compiled := makeSite("acme").Projects("SHOP").Compiled(t)
	few, many := web(2, "B").Successful(at(20)), web(2, "B").Successful(at(20))
	for i := range 40 {
		many.Annotation(fmt.Sprintf("acme.example/note-%d", i), "SHOP-12")
	}
	allocations := func(r *rolloutBuilder, run func(Observation)) float64 {
		seen := observe(r).Records(makeRecord(web(1, "A").Successful(at(10))), makeRecord(web(2, "B").Successful(at(20)))).Obj()
		return testing.AllocsPerRun(100, func() { run(seen) })
	}
	plan, texts := func(o Observation) { compiled.Plan(o) }, func(o Observation) { compiled.Texts(o, o.Records[1]) }
	if without, with := allocations(few, plan), allocations(many, plan); with > without {
		t.Errorf("a plan takes %v allocations, and %v where the workload has 40 annotations more that no key is read from", without, with)
	}
	if without, with := allocations(few, texts), allocations(many, texts); with < without+40 {
		t.Errorf("to explain the texts takes %v allocations, and %v with 40 texts more: what this test counts is not what it costs", without, with)
	}
}
