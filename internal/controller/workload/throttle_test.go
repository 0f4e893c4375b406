// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// writes plays a tool that writes as often as it is let, and at most once an interval. It returns when it wrote.
func writes(p *Throttle, every, lasts time.Duration) []time.Duration {
	var all []time.Duration
	for at := time.Duration(0); at < lasts; at += every {
		if left, _ := p.Wait("web", noon.Add(at)); left == 0 {
			p.Note("web", noon.Add(at))
			all = append(all, at)
		}
	}
	return all
}

func TestThrottle(t *testing.T) {
	const s, m = time.Second, time.Minute
	for name, tt := range map[string]struct {
		every, lasts time.Duration
		want         []time.Duration // the first twelve, and how many there are
		wantNumber   int
	}{
		"a loop": {
			every: s, lasts: time.Hour, wantNumber: 19,
			want: []time.Duration{0, 1 * s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s, 7 * s, 8 * s, 9 * s, 22 * s, 1*m + 21*s},
		},
		"ten in a burst":    {every: s, lasts: 10 * s, wantNumber: 10},
		"a stamp a minute":  {every: m, lasts: 24 * time.Hour, wantNumber: 24 * 60},
		"four in a minute":  {every: 15 * s, lasts: 24 * time.Hour, wantNumber: 24 * 60 * 4},
		"a release an hour": {every: time.Hour, lasts: 24 * time.Hour, wantNumber: 24},
	} {
		t.Run(name, func(t *testing.T) {
			got := writes(&Throttle{}, tt.every, tt.lasts)
			if len(got) != tt.wantNumber {
				t.Errorf("%d writes, want %d: %v", len(got), tt.wantNumber, got)
			}
			if tt.want != nil {
				if diff := cmp.Diff(tt.want, got[:min(12, len(got))]); diff != "" {
					t.Errorf("the first writes (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A loop leaves nothing behind: half an hour without a write, and all begins anew. Others are not slowed by it.
func TestThrottleForgets(t *testing.T) {
	p := &Throttle{}
	writes(p, time.Second, time.Hour)
	end := noon.Add(time.Hour)
	if left, _ := p.Wait("web", end); left < 4*time.Minute || left > throttleLongest {
		t.Errorf("right after the loop a write has to wait for %s, want minutes", left)
	}
	if left, _ := p.Wait("api", end); left != 0 {
		t.Errorf("the write of another has to wait for %s, want not at all", left)
	}
	p.Note("api", end.Add(throttleForgets))
	if left, _ := p.Wait("web", end.Add(throttleForgets)); left != 0 || len(p.buckets) != 1 {
		t.Errorf("half an hour later a write has to wait for %s, and %d are remembered, want no wait, and one", left, len(p.buckets))
	}
	p.Note("web", end.Add(throttleForgets+time.Minute))
	if _, known := p.buckets["api"]; known {
		t.Error("a minute after its only write the other is remembered, want it forgotten: it has ten again")
	}
}

func TestThrottleSaysItOnce(t *testing.T) {
	p := &Throttle{}
	writes(p, time.Second, 10*time.Second)
	var said int
	for at := range 60 {
		left, news := p.Wait("web", noon.Add(time.Duration(10+at)*time.Second))
		if news {
			said++
		}
		if left == 0 {
			p.Note("web", noon.Add(time.Duration(10+at)*time.Second))
		}
	}
	if said != 2 {
		t.Errorf("it is said %d times, want twice: for each of two waits", said)
	}
}

// loop changes the Deployment each second and lets the controller see it, and lets it see what it asked for after that.
func (w *workshop) loop(times int, change func(d *appsv1.Deployment, revision int)) {
	for i := range times {
		w.now = w.now.Add(time.Second)
		w.change(func(d *appsv1.Deployment) { change(d, i+1) })
		w.reconcile()
	}
	for range 5 {
		w.now = w.now.Add(w.reconcile().RequeueAfter)
	}
}

// notesCreated notes the revisions that are recorded.
func (w *workshop) notesCreated() *[]int64 {
	var all []int64
	w.create = func(d *v1alpha1.JiraDeployment) error {
		all = append(all, d.Spec.Revision)
		return nil
	}
	return &all
}

// A tool changes the template each second for two minutes.
func TestALoopOfReleasesIsSlowed(t *testing.T) {
	w := newWorkshop(t, "acme")
	created := w.notesCreated()
	w.loop(120, release)
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 23, 82, 120}, *created); diff != "" {
		t.Errorf("recorded revisions (-want +got):\n%s", diff)
	}
	for _, d := range w.records() {
		if d.Unfinished() != (d.Spec.Revision == 120) {
			t.Errorf("revision %d is %s, want the last one alone to be under way", d.Spec.Revision, d.Spec.State)
		}
	}
	events := w.events(v1alpha1.EventReleasesThrottled)
	want := "Warning ReleasesThrottled Too many releases for JiraSite acme: the next one is recorded in 11s, as it is then."
	if len(events) != 3 || !strings.HasPrefix(events[0], want) {
		t.Errorf("Events %q, want one for each wait, the first with %q", events, want)
	}
}

func TestTenReleasesInABurstAreNotSlowed(t *testing.T) {
	w := newWorkshop(t, "acme", "globex")
	created := w.notesCreated()
	w.loop(10, release)
	if got := len(*created); got != 20 {
		t.Errorf("%d records, want one for each of ten revisions and two sites", got)
	}
	if events := w.events(v1alpha1.EventReleasesThrottled); len(events) > 0 {
		t.Errorf("Events %q, want none", events)
	}
}

// Two tools undo each other's changes of a template.
func TestTwoToolsThatUndoEachOtherAreNamed(t *testing.T) {
	w := newWorkshop(t, "acme")
	created := w.notesCreated()
	w.loop(60, func(d *appsv1.Deployment, revision int) {
		release(d, revision)
		d.Spec.Template.Labels["release"] = []string{"blue", "green"}[revision%2]
	})
	if got := len(*created); got > 13 {
		t.Errorf("%d records of 60 revisions, want at most 13", got)
	}
	events := w.events(v1alpha1.EventReleasesThrottled)
	if len(events) == 0 || !strings.Contains(events[0], "restores the template of revision 1: two tools may undo each other's changes") {
		t.Errorf("Events %q, want one that names what is restored", events)
	}
}

// A tool deletes the record each time that Rollcall makes it.
func TestARecordThatIsDeletedInALoopIsMadeMoreAndMoreSeldom(t *testing.T) {
	w := newWorkshop(t, "acme")
	made := 0
	for range 300 {
		w.now = w.now.Add(time.Second)
		w.reconcile()
		for _, d := range w.records() {
			made++
			if err := w.kube.Delete(t.Context(), &d); err != nil {
				t.Fatal(err)
			}
		}
	}
	if made > 14 {
		t.Errorf("the record is made %d times in five minutes, want at most 14", made)
	}
}

// A tool of the tenant, or another version of Rollcall, sets the record's spec back each time that Rollcall corrects it.
func TestTwoWritersOfARecordBackOff(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	updates := 0
	w.update = func(d *v1alpha1.JiraDeployment) error {
		updates++
		d.Generation++ // as the API server does
		return nil
	}
	for range 300 {
		w.now = w.now.Add(time.Second)
		theirs := w.records()[0]
		theirs.Spec.DisplayName = "mine"
		theirs.Generation++
		if err := w.kube.Update(t.Context(), &theirs); err != nil {
			t.Fatal(err)
		}
		w.reconcile()
	}
	if updates > 14 {
		t.Errorf("%d updates in five minutes, want at most 14", updates)
	}
	events := w.events(v1alpha1.EventCorrectionsThrottled)
	if len(events) == 0 || !strings.Contains(events[0], "Something else sets its spec back: kubectl -n shop-prod get jiradeployment web-1-") {
		t.Errorf("Events %q, want one that says where to look", events)
	}
	w.change(finish) // the other one has stopped
	for range 3 {
		w.now = w.now.Add(w.reconcile().RequeueAfter)
	}
	if d := w.records()[0]; d.Spec.State != v1alpha1.StateSuccessful || d.Spec.DisplayName == "mine" {
		t.Errorf("in the end the record is %s and called %q, want it corrected", d.Spec.State, d.Spec.DisplayName)
	}
}

// A rollout that is halted and goes on thirty times within a minute, as one of many short steps, is followed.
func TestARolloutOfManyStepsIsNotSlowed(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.update = func(d *v1alpha1.JiraDeployment) error { d.Generation++; return nil } // as the API server does
	w.reconcile()
	for range 30 {
		for paused, want := range map[bool]v1alpha1.DeploymentState{true: v1alpha1.StatePending, false: v1alpha1.StateInProgress} {
			w.now = w.now.Add(time.Second)
			w.change(func(d *appsv1.Deployment) { d.Spec.Paused = paused })
			w.reconcile()
			if got := w.records()[0].Spec.State; got != want {
				t.Fatalf("paused %t: the record is %s, want %s at once", paused, got, want)
			}
		}
	}
	w.change(finish)
	w.reconcile()
	if got := w.records()[0].Spec.State; got != v1alpha1.StateSuccessful {
		t.Errorf("in the end the record is %s, want successful at once", got)
	}
	if events := w.events(v1alpha1.EventCorrectionsThrottled); len(events) > 0 {
		t.Errorf("Events %q, want none", events)
	}
}

// The loop of one tenant neither delays nor throttles another's release.
func TestTenantLoopIsNobodyElses(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.loop(60, release)
	if got := w.recordOfAnother(); len(got) != 1 {
		t.Errorf("%d records in the other namespace after one pass, want one", len(got))
	}
}
