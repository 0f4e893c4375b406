// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// suspended is a site that sends nothing, and the records of a workload there.
type suspended struct {
	t       *testing.T
	site    *Site
	records map[string]*v1alpha1.JiraDeployment
	crowded func() bool
	// most is how many records there were at most, merged how many went, and events what was said of that.
	most, merged int
	events       []Event
}

// observe is what the controller does until a plan has nothing left to do.
func (s *suspended) observe(r *rolloutBuilder, now time.Time) Plan {
	for range 5 {
		seen := observe(r).At(now).Obj()
		seen.Records, seen.Crowded = slices.Collect(maps.Values(s.records)), s.crowded
		plan := s.site.Plan(seen)
		if len(plan.Create)+len(plan.Update)+len(plan.Delete)+len(plan.Merge) == 0 {
			return plan
		}
		s.carryOut(plan, now)
	}
	s.t.Fatalf("plans that were carried out leave more to do, again and again")
	return Plan{}
}

func (s *suspended) carryOut(plan Plan, now time.Time) {
	if len(plan.Merge) > mergesAtOnce {
		s.t.Fatalf("%d records are deleted in one pass, want at most %d", len(plan.Merge), mergesAtOnce)
	}
	for _, d := range plan.Update {
		if !equality.Semantic.DeepEqual(d.Spec, s.records[d.Name].Spec) {
			d.Generation++
		}
		s.records[d.Name] = d
	}
	for _, d := range plan.Create {
		d.Generation, d.CreationTimestamp = 1, metav1.NewTime(now)
		s.records[d.Name] = d
	}
	s.most = max(s.most, len(s.records))
	for _, d := range slices.Concat(plan.Delete, plan.Merge) {
		delete(s.records, d.Name)
	}
	s.merged += len(plan.Merge)
	s.events = append(s.events, plan.Events...)
}

func (s *suspended) newest() *v1alpha1.JiraDeployment {
	bySequence := func(a, b *v1alpha1.JiraDeployment) int { return int(a.Spec.Sequence - b.Spec.Sequence) }
	return slices.MaxFunc(slices.Collect(maps.Values(s.records)), bySequence)
}

// resume has Jira told of all records.
func (s *suspended) resume() {
	for _, d := range s.records {
		d.Status.DeliveredGeneration = d.Generation
	}
}

// stamp is a release that ships one of so many issues.
func stamp(minute, issues int) *rolloutBuilder {
	return web(int64(minute+1), fmt.Sprint("stamp-", minute)).Keys(fmt.Sprintf("SHOP-%d", 1+minute%issues))
}

// A site is suspended for a month of 30 days, and a tool stamps the pod template each minute: 43,200 releases. Each of them is
// successful after 20 seconds.
func TestAMonthOfStampsLeavesHundredsOfRecords(t *testing.T) {
	const hour, day, month = 60, 24 * 60, 30 * 24 * 60
	for name, tt := range map[string]struct {
		minutes int
		issues  int // that the releases ship in turn
		most    int // records
	}{
		"each ships the same issue":         {minutes: month, issues: 1, most: 25},
		"each ships one of ten":             {minutes: 3 * day, issues: 10, most: 25},
		"each ships an issue of its own":    {minutes: 3 * day, issues: month, most: 115},
		"an hour in which nothing has gone": {minutes: hour, issues: month, most: hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := &suspended{t: t, site: makeSite("acme").Compiled(t), records: map[string]*v1alpha1.JiraDeployment{}}
			for minute := range tt.minutes {
				s.observe(stamp(minute, tt.issues).InProgress(at(minute)), at(minute))
				done := at(minute).Add(20 * time.Second)
				s.observe(stamp(minute, tt.issues).Successful(done), done)
			}
			if s.most > tt.most || len(s.records)+s.merged != tt.minutes {
				t.Errorf("%d records at most, and %d in the end with %d merged; want at most %d, and %d in sum", s.most, len(s.records), s.merged, tt.most, tt.minutes)
			}
			last := s.newest()
			if last.Spec.State != v1alpha1.StateSuccessful || last.Spec.Revision != int64(tt.minutes) || mergedInto(last) != s.merged {
				t.Errorf("the newest is revision %d, %s, with %d merged into it; want %d, successful, %d",
					last.Spec.Revision, last.Spec.State, mergedInto(last), tt.minutes, s.merged)
			}
			if want := len(strconv.Itoa(s.merged)); s.merged > 0 && len(s.events) != want {
				t.Errorf("%d Events are about %d that were merged, want %d: one for each tenfold", len(s.events), s.merged, want)
			}
			s.resume()
			s.observe(stamp(tt.minutes-1, tt.issues).Successful(at(tt.minutes)), at(tt.minutes))
			if len(s.records) != 5 {
				t.Errorf("once Jira was told there are %d records, want the five that are kept", len(s.records))
			}
		})
	}
}

// A manager of an earlier version left a record for each release. They go in portions.
func TestABacklogIsMergedInPortions(t *testing.T) {
	s := &suspended{t: t, site: makeSite("acme").Compiled(t), records: map[string]*v1alpha1.JiraDeployment{}}
	for _, d := range pile(t, times(1_000, "s")) {
		s.records[d.Name] = d
	}
	last := s.newest()
	r := web(1_000, "A").Keys("SHOP-1").Successful(last.Spec.LastUpdated.Time)
	r.r.TemplateHash = last.Spec.TemplateHash
	passes := 0
	for plan := (Plan{RequeueAfter: time.Second}); plan.RequeueAfter > 0; passes++ {
		seen := observe(r).Obj()
		seen.Records = slices.Collect(maps.Values(s.records))
		plan = s.site.Plan(seen)
		s.carryOut(plan, now)
		if passes > 100 {
			t.Fatal("it does not end")
		}
	}
	if len(s.records) != few || mergedInto(s.newest()) != 1_000-few || passes != 20 {
		t.Errorf("%d records with %d merged after %d passes, want %d with %d after 20", len(s.records), mergedInto(s.newest()), passes, few, 1_000-few)
	}
}

// A namespace is crowded. A workload with many records goes on with the newest of them, and one with few has to wait.
func TestACrowdedNamespace(t *testing.T) {
	s := &suspended{t: t, site: makeSite("acme").Compiled(t), records: map[string]*v1alpha1.JiraDeployment{}}
	record := func(from, to int) (last Plan) {
		for minute := from; minute < to; minute++ {
			last = s.observe(stamp(minute, 1_000).Successful(at(minute)), at(minute))
		}
		return last
	}
	record(0, 60)
	s.crowded = func() bool { return true }
	record(60, 90)
	if len(s.records) > 25 || s.newest().Spec.Revision != 90 {
		t.Errorf("%d records, the newest of revision %d; want at most 25, and 90", len(s.records), s.newest().Spec.Revision)
	}
	clear(s.records)
	if turned := record(90, 91).Crowded; turned == nil || turned.Spec.Revision != 91 || len(s.records) > 0 {
		t.Errorf("a workload without records is recorded (%d), or nobody knows that it is not", len(s.records))
	}
	s.crowded = nil
	if turned := record(90, 91).Crowded; turned != nil || len(s.records) != 1 {
		t.Errorf("once there is room there are %d records, want one", len(s.records))
	}
}

// A dry run tells Jira nothing, and keeps what its retention says.
func TestADryRunIsNeverCrowded(t *testing.T) {
	s := &suspended{t: t, site: makeSite("acme").DryRun().Compiled(t), records: map[string]*v1alpha1.JiraDeployment{}, crowded: func() bool { return true }}
	for minute := range 60 {
		s.observe(stamp(minute, 1).Successful(at(minute)), at(minute))
	}
	if len(s.records) != 5 || s.merged > 0 || len(s.events) > 0 {
		t.Errorf("%d records, %d merged, %d Events; want five, none and none", len(s.records), s.merged, len(s.events))
	}
}

// A person corrected the oldest record, and it is written before it goes with a later plan. An observation that is outdated
// writes nothing.
func TestARecordIsNotWrittenAndDeletedInOnePlan(t *testing.T) {
	records := pile(t, times(14, "c"))
	annotate(records[0], v1alpha1.AnnotationIssueKeys, "SHOP-12")
	for name, tt := range map[string]struct {
		rollout               *rolloutBuilder
		wantUpdate, wantMerge []int64
	}{
		"the next revision":       {rollout: web(15, "Z").InProgress(at(0)), wantUpdate: []int64{1}, wantMerge: []int64{2, 3, 4, 5}},
		"an outdated observation": {rollout: web(3, "Z").InProgress(at(0)), wantUpdate: []int64{14}, wantMerge: []int64{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			seen := observe(tt.rollout).Obj()
			seen.Records = copies(records)
			plan := makeSite("acme").Compiled(t).Plan(seen)
			if diff := cmp.Diff(tt.wantUpdate, revisions(plan.Update)) + cmp.Diff(tt.wantMerge, revisions(plan.Merge)); diff != "" {
				t.Errorf("updates, and what is merged (-want +got):\n%s", diff)
			}
		})
	}
}
