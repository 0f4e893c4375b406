// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func (w *workshop) expect(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.records()); diff != "" {
		w.t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestARunIsRecordedForEachSite(t *testing.T) {
	w := newWorkshop(t, "acme", "globex")
	w.run(makeJob(web))
	w.expect("acme web-7 in_progress", "globex web-7 in_progress")
	w.change(complete)
	w.reconcile(web)
	w.expect("acme web-7 successful", "globex web-7 successful")
	w.reconcile(web)
	if got := w.counted("rollcall_builds_finished_total", ""); got != 1 {
		t.Errorf("acme is told of %v builds that ended, want 1", got)
	}
	if w.gets > 0 || len(w.said()) > 0 {
		t.Errorf("the API server was asked %d times, and there are Events", w.gets)
	}
}

func TestARecordWithTooManyKeysIsCountedOnce(t *testing.T) {
	w := newWorkshop(t, "acme")
	job, keys := makeJob(web), make([]string, 112)
	for i := range keys {
		keys[i] = fmt.Sprint("SHOP-", i+1)
	}
	job.Annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(keys, ",")
	w.run(job)
	w.change(complete)
	w.reconcile(web)
	if got := w.counted("rollcall_issue_keys_truncated_total", ""); got != 1 {
		t.Errorf("%v records are counted, want 1", got)
	}
}

func TestTheRecordsOfASiteThatIsGoneGoWithIt(t *testing.T) {
	w := newWorkshop(t, "acme", "globex")
	w.run(makeJob(web))
	if err := w.kube.Delete(t.Context(), &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "globex"}}); err != nil {
		t.Fatal(err)
	}
	requests := w.r.all(t.Context(), &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "globex"}})
	if len(requests) == 0 {
		t.Fatal("a site that goes wakes no run")
	}
	w.reconcile(web)
	w.expect("acme web-7 in_progress")
}

// A site that was deleted takes also the record of a run that is gone.
func TestTheRecordsOfRunsThatAreGoneGoWithTheirSite(t *testing.T) {
	w := newWorkshop(t, "acme")
	job := makeJob(web)
	w.run(job)
	w.vanish(job)
	w.reconcile(web)
	w.expect("acme web-7 unknown")
	if err := w.kube.Delete(t.Context(), &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}}); err != nil {
		t.Fatal(err)
	}
	for _, request := range w.r.all(t.Context(), &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}}) {
		w.reconcile(request.NamespacedName)
	}
	w.expect()
}

func TestARecordByHandIsNobodysRun(t *testing.T) {
	w := newWorkshop(t, "acme")
	byHand := &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ci", Name: "by-hand"},
		Spec:       v1alpha1.JiraBuildSpec{Site: "acme", PipelineID: "eu-1/ci/Job/web-7", State: v1alpha1.BuildSuccessful, IssueKeys: []string{"SHOP-1"}},
	}
	if err := w.kube.Create(t.Context(), byHand); err != nil {
		t.Fatal(err)
	}
	if got := w.r.runOf(t.Context(), byHand); len(got) > 0 {
		t.Errorf("it wakes %v", got)
	}
	w.reconcile(web)
	w.expect("acme by hand successful")
	w.run(makeJob(web))
	w.expect("acme by hand successful", "acme web-7 in_progress")
}

// How a run ends is told though it is deleted before anybody observes it.
func TestARunThatGoesAwayIsRecordedAsItWasLastSeen(t *testing.T) {
	deleting := func(j *batchv1.Job) { j.DeletionTimestamp = &metav1.Time{Time: noon.Add(time.Minute)} }
	for name, tt := range map[string]struct {
		before, last func(*batchv1.Job)
		observed     bool // it was recorded before
		want         string
	}{
		"at its end":                           {last: complete, observed: true, want: "successful"},
		"at its end, before it was recorded":   {last: complete, want: "successful"},
		"in its midst":                         {observed: true, want: "unknown"},
		"in its midst, before it was recorded": {want: "unknown"},
		"while it is deleted":                  {last: deleting, observed: true, want: "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			job := makeJob(web)
			if tt.observed {
				w.run(job)
			}
			if tt.last != nil {
				tt.last(job)
			}
			w.vanish(job)
			w.reconcile(web)
			w.expect("acme web-7 " + tt.want)
			if n := len(w.r.vanished.byKey); n > 0 {
				t.Errorf("%d runs are still kept", n)
			}
			if w.reconcile(web); w.counted("rollcall_runs_dropped_total", "") > 0 {
				t.Error("a run was dropped")
			}
			w.expect("acme web-7 " + tt.want)
		})
	}
}

// A run of the same name that was made anew is another build, and the first one has ended.
func TestARunThatIsMadeAnewIsAnotherBuild(t *testing.T) {
	w := newWorkshop(t, "acme")
	first := makeJob(web)
	w.run(first)
	complete(first)
	w.vanish(first)
	second := makeJob(web)
	second.UID, second.CreationTimestamp = "uid-of-another", metav1.NewTime(noon.Add(time.Hour))
	w.run(second)
	got := w.records()
	if len(got) != 2 || !strings.Contains(strings.Join(got, ","), "web-7 successful") || !strings.Contains(strings.Join(got, ","), "web-7 in_progress") {
		t.Errorf("records %v, want one of each run", got)
	}
}

// Another leader made the record, and the cache of this one does not show it.
func TestARecordThatExistsAlreadyIsFollowed(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.run(makeJob(web))
	w.stale = &v1alpha1.JiraBuildList{}
	w.change(complete)
	if result := w.reconcile(web); result.RequeueAfter != 0 || w.gets != 1 {
		t.Errorf("again after %s, and the API server was asked %d times, want once", result.RequeueAfter, w.gets)
	}
	w.expect("acme web-7 successful")
}

// Jira's answer was written since the cache saw the record.
func TestAConflictIsPlannedAnewWithTheRecordThatIsThere(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.run(makeJob(web))
	w.stale = &v1alpha1.JiraBuildList{Items: []v1alpha1.JiraBuild{*w.one()}}
	answered := w.one()
	answered.Status.DeliveredGeneration = 1
	answered.Annotations[v1alpha1.AnnotationIssueKeys] = "PAY-7" // and a person corrected it
	if err := errors.Join(w.kube.Update(t.Context(), answered.DeepCopy())); err != nil {
		t.Fatal(err)
	}
	w.change(complete)
	if result := w.reconcile(web); result.RequeueAfter != 0 || w.gets != 1 {
		t.Errorf("again after %s, and the API server was asked %d times, want once", result.RequeueAfter, w.gets)
	}
	got := w.one()
	if got.Spec.State != v1alpha1.BuildSuccessful || !cmp.Equal(got.Spec.IssueKeys, []string{"PAY-7"}) {
		t.Errorf("the record is %s with the keys %v", got.Spec.State, got.Spec.IssueKeys)
	}
}

// The final state of a record is not written over from a cache that is behind.
func TestAStaleRecordIsNotWrittenOver(t *testing.T) {
	w := newWorkshop(t, "acme")
	job := makeJob(web)
	w.run(job)
	before := w.one()
	w.change(complete)
	w.reconcile(web)
	w.stale = &v1alpha1.JiraBuildList{Items: []v1alpha1.JiraBuild{*before}}
	if err := w.kube.Delete(t.Context(), job); err != nil { // this manager never saw how it ended
		t.Fatal(err)
	}
	w.reconcile(web)
	w.expect("acme web-7 successful")
}

// What a plan does not change it does not write: the cache keeps no more of a record than is read.
func TestAnUpdateLeavesAloneWhatItDoesNotChange(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.run(makeJob(web))
	b := w.one()
	b.Annotations["acme.example/note"], b.Labels["team"] = strings.Repeat("x", 100), "shop"
	if err := w.kube.Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	shown := w.one()
	delete(shown.Annotations, "acme.example/note")
	w.stale = &v1alpha1.JiraBuildList{Items: []v1alpha1.JiraBuild{*shown}}
	w.change(complete)
	w.reconcile(web)
	got := w.one()
	if got.Spec.State != v1alpha1.BuildSuccessful || len(got.Annotations["acme.example/note"]) != 100 || got.Labels["team"] != "shop" || w.gets != 0 {
		t.Errorf("the record is %s, with annotations %v and labels %v; asked %d times", got.Spec.State, got.Annotations, got.Labels, w.gets)
	}
}

func TestARecordThatTheAPIServerRefuses(t *testing.T) {
	w := newWorkshop(t, "acme", "globex")
	quota := apierrors.NewForbidden(schema.GroupResource{Resource: "jirabuilds"}, "x", errors.New("exceeded quota"))
	w.create = func(b *v1alpha1.JiraBuild) error {
		if b.Spec.Site == "acme" {
			return quota
		}
		return nil
	}
	job := makeJob(web)
	if err := w.kube.Create(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	first, second := w.reconcile(web).RequeueAfter, w.reconcile(web).RequeueAfter
	if first != 10*time.Second || second != 20*time.Second {
		t.Errorf("again after %s and %s, want 10s and 20s", first, second)
	}
	w.expect("globex web-7 in_progress")
	said := w.said()
	if len(said) == 0 || !strings.Contains(said[0], "Warning RecordRefused The build is not recorded for JiraSite acme, and tried again later: ") {
		t.Errorf("Events %v", said)
	}
	if got := w.counted("rollcall_records_refused_total", "Forbidden"); got != 2 {
		t.Errorf("%v refusals are counted, want 2", got)
	}

	// The run goes away meanwhile: what was last seen of it is kept until the API server takes the record.
	complete(job)
	w.vanish(job)
	w.reconcile(web)
	w.expect("globex web-7 successful")
	w.create = nil
	w.reconcile(web)
	w.expect("acme web-7 successful", "globex web-7 successful")
	if n := len(w.r.vanished.byKey); n > 0 {
		t.Errorf("%d runs are still kept", n)
	}
}

// Nothing can be written into a namespace that is being deleted, and nobody tries for ever.
func TestANamespaceThatEndsTakesNoRecord(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.create = func(*v1alpha1.JiraBuild) error {
		err := apierrors.NewForbidden(schema.GroupResource{Resource: "jirabuilds"}, "x", errors.New("it ends"))
		err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
		return err
	}
	job := makeJob(web)
	w.vanish(job)
	if result := w.reconcile(web); result.RequeueAfter != 0 || len(w.said()) > 0 || len(w.r.vanished.byKey) > 0 {
		t.Errorf("again after %s, or it is said, or kept", result.RequeueAfter)
	}
}

// Somebody made a record of that name: it is not taken for the run's.
func TestARecordOfAnotherRunIsNotWrittenOver(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.run(makeJob(web))
	other := w.one()
	if err := w.kube.Delete(t.Context(), other.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	other.ResourceVersion, other.Spec.Run.UID, other.Spec.Run.Name = "", "another", "another"
	if err := w.kube.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.change(complete)
	if result := w.reconcile(web); result.RequeueAfter != 10*time.Second {
		t.Errorf("again after %s", result.RequeueAfter)
	}
	w.expect("acme another in_progress")
	if got := w.counted("rollcall_records_refused_total", "AlreadyExists"); got != 1 {
		t.Errorf("%v refusals are counted, want 1", got)
	}
}

// A run that has no record is counted once for each site, and not with each of its changes.
func TestARunWithoutARecordIsCountedOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		job    func(*batchv1.Job)
		reason string
		event  string
	}{
		"no keys": {func(j *batchv1.Job) { j.Annotations = nil }, "NoIssueKey", ""},
		"too many labels": {func(j *batchv1.Job) {
			for i := range 1000 {
				j.Labels[fmt.Sprintf("label-%d", i)] = strings.Repeat("x", 63)
			}
		}, "NotUnderstood", "Warning NotUnderstood The run is not reported to JiraSite acme: "},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			job := makeJob(web)
			tt.job(job)
			w.run(job)
			for range 3 {
				w.reconcile(web)
			}
			w.expect()
			if got := w.counted("rollcall_builds_skipped_total", tt.reason); got != 1 {
				t.Errorf("it is counted %v times, want once", got)
			}
			said := w.said()
			if (tt.event == "") != (len(said) == 0) || len(said) > 1 || tt.event != "" && !strings.HasPrefix(said[0], tt.event) {
				t.Errorf("Events %v, want %q", said, tt.event)
			}
			complete(job)
			w.vanish(job)
			w.reconcile(web)
			if got := w.counted("rollcall_builds_skipped_total", tt.reason); got != 1 {
				t.Errorf("when it goes it is counted %v times, want once", got)
			}
			if _, kept := w.r.remembered.Load(web); kept {
				t.Error("it is remembered though it is gone")
			}
		})
	}
}

// A run that goes away unwanted leaves nothing in memory either.
func TestARunThatIsNoBuildAnyMoreIsForgotten(t *testing.T) {
	w := newWorkshop(t, "acme")
	job := makeJob(web)
	job.Annotations = nil
	w.run(job)
	w.change(func(j *batchv1.Job) { j.Labels[v1alpha1.LabelBuild] = "false" })
	w.reconcile(web)
	job.Labels[v1alpha1.LabelBuild] = "false"
	w.vanish(job)
	w.reconcile(web)
	if _, kept := w.r.remembered.Load(web); kept {
		t.Error("it is remembered though it is gone")
	}
}

func TestTestsThatAreNotUnderstoodAreSaidOnce(t *testing.T) {
	w := newWorkshop(t, "acme")
	job := makeJob(web)
	job.Annotations[v1alpha1.AnnotationTests] = "many"
	w.run(job)
	w.change(complete)
	for range 3 {
		w.reconcile(web)
	}
	w.expect("acme web-7 successful")
	said := w.said()
	if len(said) != 1 || !strings.HasPrefix(said[0], "Warning TestsNotUnderstood The build is reported without its tests: ") {
		t.Errorf("Events %v, want one", said)
	}
}

func TestAnErrorAtOneSiteHoldsUpNoOther(t *testing.T) {
	w := newWorkshop(t, "acme", "globex")
	w.create = func(b *v1alpha1.JiraBuild) error {
		if b.Spec.Site == "acme" {
			return errors.New("the API server is busy")
		}
		return nil
	}
	if err := w.kube.Create(t.Context(), makeJob(web)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.r.Reconcile(t.Context(), requestOf(makeJob(web))); err == nil || !strings.Contains(err.Error(), "write JiraBuild: the API server is busy") {
		t.Errorf("Reconcile() error = %v", err)
	}
	w.expect("globex web-7 in_progress")
}

// Two namespaces with runs of one name have nothing to do with each other.
func TestRunsOfTwoNamespacesDoNotMeet(t *testing.T) {
	w := newWorkshop(t, "acme")
	other := client.ObjectKey{Namespace: "dev", Name: web.Name}
	mine, theirs := makeJob(web), makeJob(other)
	w.run(mine)
	w.run(theirs)
	complete(theirs)
	w.vanish(theirs)
	w.reconcile(other)
	w.expect("acme web-7 in_progress", "acme web-7 successful")
	var list v1alpha1.JiraBuildList
	if err := w.kube.List(t.Context(), &list, client.InNamespace("ci")); err != nil || len(list.Items) != 1 || list.Items[0].Spec.State != v1alpha1.BuildInProgress {
		t.Errorf("the record of namespace ci is %+v, %v", list.Items, err)
	}
}
