// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// buildBuilder builds a record of a build.
type buildBuilder struct{ b v1alpha1.JiraBuild }

// makeBuild returns a record as a person writes it by hand: what may be left out is.
func makeBuild(name string, keys ...string) *buildBuilder {
	return &buildBuilder{v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "ci", Name: name, UID: types.UID("uid-of-" + name), Generation: 1, CreationTimestamp: metav1.NewTime(created),
		},
		Spec: v1alpha1.JiraBuildSpec{Site: "acme", PipelineID: "by-hand/" + name, State: v1alpha1.BuildSuccessful, IssueKeys: keys},
	}}
}

// Full fills in what a person may leave out.
func (b *buildBuilder) Full() *buildBuilder {
	spec := &b.b.Spec
	spec.Run = &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "shop-7", UID: "uid-1"}
	spec.PipelineID, spec.BuildNumber = "eu-1/ci/CronJob/shop", 1_772_355_600_000_007
	spec.LastUpdated = metav1.NewTime(created.Add(5 * time.Minute))
	spec.DisplayName, spec.Description, spec.Label, spec.URL = "shop-7", "Job ci/shop-7, main", "main", "https://tekton.acme.io/shop-7"
	spec.Tests = &v1alpha1.BuildTests{Total: new(int64(120)), Passed: new(int64(118)), Failed: new(int64(2))}
	spec.References = []v1alpha1.BuildReference{
		{Commit: &v1alpha1.BuildCommit{ID: "41ac7e7", RepositoryURL: "https://git.acme.io/shop"}, Ref: &v1alpha1.BuildRef{Name: "main", URL: "https://git.acme.io/shop"}},
		{Ref: &v1alpha1.BuildRef{Name: "v1", URL: "https://git.acme.io/shop/tags"}},
	}
	spec.Images = []string{"sha256:1"}
	spec.Source = &v1alpha1.Source{Revision: "41ac7e7"}
	return b
}

func (b *buildBuilder) Spec(change func(*v1alpha1.JiraBuildSpec)) *buildBuilder {
	change(&b.b.Spec)
	return b
}

func (b *buildBuilder) State(state v1alpha1.BuildState) *buildBuilder {
	b.b.Spec.State = state
	return b
}

func (b *buildBuilder) Generation(n int64) *buildBuilder {
	b.b.Generation = n
	return b
}

// Resynced makes it one that Jira took, and that is sent once more for a resync which began then.
func (b *buildBuilder) Resynced(at time.Time) *buildBuilder {
	b.b.Status.RecordStatus = makeRecord("x").Resynced(at).d.Status.RecordStatus
	b.b.Status.Conditions[0].ObservedGeneration, b.b.Status.DeliveredGeneration = b.b.Generation, b.b.Generation
	return b
}

func (b *buildBuilder) Obj() *v1alpha1.JiraBuild { return b.b.DeepCopy() }

func (b *buildBuilder) message() Message { return FromBuild(b.Obj(), browse) }

func TestWhatJiraIsToldOfABuild(t *testing.T) {
	for file, record := range map[string]*buildBuilder{
		"build-full.golden.json":    makeBuild("shop-7-4f1c", "SHOP-1", "SHOP-2").Full().Generation(3),
		"build-by-hand.golden.json": makeBuild("release-42", "SHOP-1"),
	} {
		t.Run(file, func(t *testing.T) {
			body, err := record.message().Body()
			if err != nil {
				t.Fatal(err)
			}
			var b jira.Build
			if err := json.Unmarshal(body, &b); err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(b, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, file, string(got)+"\n")
		})
	}
}

func TestTheMessageOfABuild(t *testing.T) {
	b := makeBuild("shop-7-4f1c", "SHOP-1", "SHOP-2").Full().Generation(3).Spec(func(s *v1alpha1.JiraBuildSpec) { s.DroppedIssueKeys = 12 })
	got := b.message()
	body, cancelled := got.Body, got.Cancelled
	if got.Body, got.Cancelled = nil, nil; body == nil || cancelled != nil {
		t.Error("a build that is finished has no body, or is cancelled when it goes")
	}
	want := Message{
		Key: `"eu-1/ci/CronJob/shop" 1772355600000007`, Version: created.Unix()*1_000_000 + 3,
		Source: Source{Namespace: "ci", Name: "shop-7-4f1c", UID: "uid-of-shop-7-4f1c", Generation: 3},
		Details: Details{
			Site: "acme", State: "successful", Pipeline: "eu-1/ci/CronJob/shop",
			Reference: &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "shop-7", UID: "uid-1"},
		},
		IssueKeys: []string{"SHOP-1", "SHOP-2"},
		Dropped:   "12 issue keys were left out: Jira takes at most 100 for a build.",
		Changed:   created.Add(5 * time.Minute),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if past := makeBuild("x", "SHOP-1").Spec(func(s *v1alpha1.JiraBuildSpec) { s.OperationType = v1alpha1.OperationBackfill }).message(); !past.Backfill || past.Resync {
		t.Error("what is past is no backfill, or counts as a resync")
	}
}

// Jira refuses a reference without a name, and the build with it.
func TestABranchWhoseNameCannotBeSeenIsLeftOut(t *testing.T) {
	commit := &v1alpha1.BuildCommit{ID: "41ac7e7", RepositoryURL: "https://git.acme.io/shop"}
	hidden := &v1alpha1.BuildRef{Name: "\u200b\u202e", URL: "https://git.acme.io/shop"}
	told := &jira.CommitReference{ID: "41ac7e7", RepositoryURI: "https://git.acme.io/shop"}
	for name, tt := range map[string]struct {
		of   []v1alpha1.BuildReference
		want []jira.Reference
	}{
		"beside a commit": {[]v1alpha1.BuildReference{{Commit: commit, Ref: hidden}}, []jira.Reference{{Commit: told}}},
		"alone":           {[]v1alpha1.BuildReference{{Ref: hidden}, {Commit: commit}}, []jira.Reference{{Commit: told}}},
		"in parts": {[]v1alpha1.BuildReference{{Ref: &v1alpha1.BuildRef{Name: "ma\u200bin", URL: hidden.URL}}},
			[]jira.Reference{{Ref: &jira.RefReference{Name: "main", URI: hidden.URL}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, references(tt.of)); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
		})
	}
}

// Two builds that were made by hand within a second, of one pipeline, are two builds to Jira.
func TestBuildsByHandHaveNumbersOfTheirOwn(t *testing.T) {
	of := func(name string) Message {
		return makeBuild(name, "SHOP-1").Spec(func(s *v1alpha1.JiraBuildSpec) { s.PipelineID = "web" }).message()
	}
	first, second, again := of("a").Key, of("b").Key, of("a").Key
	if first == second {
		t.Errorf("both are %s", first)
	}
	if first != again {
		t.Errorf("the build is %s, and then %s", first, again)
	}
}

func TestWhatIsToldOfABuildThatGoesWithItsNamespace(t *testing.T) {
	later := created.Add(time.Hour)
	for state, want := range map[v1alpha1.BuildState]string{
		v1alpha1.BuildPending: "unknown", v1alpha1.BuildInProgress: "unknown",
		v1alpha1.BuildSuccessful: "", v1alpha1.BuildFailed: "", v1alpha1.BuildCancelled: "", v1alpha1.BuildUnknown: "",
	} {
		t.Run(string(state), func(t *testing.T) {
			record := makeBuild("shop-7", "SHOP-1").Full().State(state).Generation(3).Spec(func(s *v1alpha1.JiraBuildSpec) { s.OperationType = v1alpha1.OperationBackfill })
			b := record.Obj()
			message := FromBuild(b, browse)
			if message.Cancelled == nil {
				if want != "" {
					t.Fatal("nobody says how it ended")
				}
				return
			}
			told := message.Cancelled(later)
			body, err := told.Body()
			if err != nil {
				t.Fatal(err)
			}
			var got jira.Build
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if got.State != want || !got.LastUpdated.Equal(later) || told.Version <= message.Version || told.Key != message.Key || told.Backfill {
				t.Errorf("it is told as %s since %v, version %d after %d, backfill %t", got.State, got.LastUpdated, told.Version, message.Version, told.Backfill)
			}
			if diff := cmp.Diff(record.Obj(), b); diff != "" {
				t.Errorf("the record is changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestABuildIsSentOnceMoreForAResync(t *testing.T) {
	began := created.Add(48 * time.Hour)
	before, after := makeBuild("shop-7", "SHOP-1").Full().Generation(3), makeBuild("shop-7", "SHOP-1").Full().Generation(3).Resynced(began)
	got := after.message()
	if !got.Resync || !got.Backfill || !got.Changed.IsZero() {
		t.Errorf("resync %t, backfill %t, changed %v; want true, true, never", got.Resync, got.Backfill, got.Changed)
	}
	if got.Version != began.Unix()*1_000_000+3 || got.Version <= before.message().Version {
		t.Errorf("version %d does not begin with the resync, so that Jira drops it", got.Version)
	}
}

// buildQueue is a queue of builds, and what became of them.
type buildQueue struct {
	q       *Queue
	now     time.Time
	records []Record
	said    map[string]Outcome
	sizes   []int
}

func newBuildQueue(records ...*buildBuilder) *buildQueue {
	q := &buildQueue{now: created.Add(time.Hour), said: map[string]Outcome{}}
	q.q = NewQueue("acme", func(r Record) Message { return FromBuild(r.(*v1alpha1.JiraBuild), browse) })
	for _, b := range records {
		q.records = append(q.records, b.Obj())
	}
	return q
}

// run makes passes for so long. refuse says why Jira refuses a request with these builds; nil lets it take them.
func (q *buildQueue) run(t *testing.T, long time.Duration, refuse func(names []string) error) {
	t.Helper()
	for end := q.now.Add(long); q.now.Before(end); {
		if wait := q.q.Wait(q.now); wait > 0 {
			q.now = q.now.Add(wait)
			continue
		}
		q.q.Sync(slices.DeleteFunc(slices.Clone(q.records), func(r Record) bool { return q.said[r.GetName()].Terminal() }), q.now)
		batch, wait := q.q.Next(q.now)
		outcomes := batch.Outcomes
		if len(batch.Bodies) > 0 {
			q.sizes = append(q.sizes, len(batch.Bodies))
			outcomes = append(outcomes, q.send(t, batch, refuse)...)
		} else if wait <= 0 {
			t.Fatal("the queue does not come to rest")
		}
		for _, o := range outcomes {
			q.said[o.Source.Name] = o
		}
		q.now = q.now.Add(max(wait, time.Millisecond))
	}
}

func (q *buildQueue) send(t *testing.T, batch Batch, refuse func([]string) error) []Outcome {
	t.Helper()
	var result jira.Result[jira.BuildKey]
	var names []string
	for _, body := range batch.Bodies {
		var b jira.Build
		if err := json.Unmarshal(body, &b); err != nil {
			t.Fatalf("a body is no build: %v", err)
		}
		names, result.Accepted = append(names, b.DisplayName), append(result.Accepted, b.Key())
	}
	if refuse != nil {
		if err := refuse(names); err != nil {
			return q.q.Settle(batch, nil, err, q.now)
		}
	}
	return q.q.Settle(batch, ReplyOf(&result), nil, q.now)
}

// It is the same queue as that of deployments: what is tested of those holds for builds.
func TestABuildThatJiraRefusesHoldsUpNoOther(t *testing.T) {
	var all []*buildBuilder
	for i := range 20 {
		all = append(all, makeBuild(fmt.Sprintf("web-%02d", i), "SHOP-1"))
	}
	q := newBuildQueue(all...)
	q.run(t, 10*time.Minute, func(names []string) error {
		if slices.Contains(names, "web-07") {
			return inJirasWords
		}
		return nil
	})
	for _, b := range all {
		want := v1alpha1.ReasonAccepted
		if b.b.Name == "web-07" {
			want = v1alpha1.ReasonPending
		}
		if got := q.said[b.b.Name].Condition.Reason; got != want {
			t.Errorf("%s is %s, want %s: %s", b.b.Name, got, want, q.said[b.b.Name].Condition.Message)
		}
	}
	if q.sizes[0] != 20 || !slices.Contains(q.sizes, 1) {
		t.Errorf("requests of %v builds, want halves until the bad one is alone", q.sizes)
	}
	q.records = append(q.records, makeBuild("proof", "SHOP-1").Obj())
	q.run(t, 10*time.Minute, func(names []string) error {
		if slices.Contains(names, "web-07") {
			return inJirasWords
		}
		return nil
	})
	if got := q.said["web-07"].Condition; got.Reason != v1alpha1.ReasonRejected || !strings.Contains(got.Message, "it is the wrong day") {
		t.Errorf("once Jira took another, it is %s: %s", got.Reason, got.Message)
	}
}

func TestOfTwoRecordsOfABuildTheNewerOneIsSent(t *testing.T) {
	same := func(name string, generation int64) *buildBuilder {
		return makeBuild(name, "SHOP-1").Generation(generation).Spec(func(s *v1alpha1.JiraBuildSpec) { s.PipelineID, s.BuildNumber = "web", 7 })
	}
	q := newBuildQueue(same("old", 1), same("new", 2))
	q.run(t, time.Minute, nil)
	if got := q.said["new"].Condition.Reason; got != v1alpha1.ReasonAccepted {
		t.Errorf("the newer one is %s", got)
	}
	if got := q.said["old"].Condition; got.Reason != v1alpha1.ReasonSuperseded || got.Message != "Jira took a newer record of the same deployment or build: new. This one is not sent." {
		t.Errorf("the older one is %s: %s", got.Reason, got.Message)
	}
}
