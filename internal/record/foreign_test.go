// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// restored returns a record of web as a tool restores it at that minute: without its status, and made anew.
func restored(minute int, b *rolloutBuilder) *recordBuilder {
	record := makeRecord(b).Unsettled()
	record.d.UID += "-restored"
	record.d.CreationTimestamp = metav1.NewTime(at(minute))
	return record
}

func TestForeign(t *testing.T) {
	inProgress := func() *rolloutBuilder { return web(2, "B").InProgress(at(20)) }
	of := func(cluster string) func(*v1alpha1.JiraDeployment) {
		return func(d *v1alpha1.JiraDeployment) { d.Spec.ClusterUID = types.UID("uid-of-" + cluster) }
	}
	says := func(reason string, when time.Time) func(*v1alpha1.JiraDeployment) {
		return func(d *v1alpha1.JiraDeployment) {
			d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Reason: reason, LastTransitionTime: metav1.NewTime(when)}}
		}
	}
	byHand := func(d *v1alpha1.JiraDeployment) { d.Spec.Workload, d.Spec.Pipeline.ID = nil, "search/index/2026" }
	lives := Home{Cluster: "uid-of-eu-1", NamespaceCreated: at(-60), Workload: "uid-1", WorkloadCreated: created}
	gone, anew := lives, lives
	gone.Workload, gone.WorkloadCreated = "", time.Time{}
	anew.Workload, anew.WorkloadCreated = "uid-2", at(90)
	with := func(home Home, records ...*recordBuilder) Home {
		for _, record := range records {
			home.Records = append(home.Records, record.Obj())
		}
		return home
	}
	namespaceAnew := func(home Home) Home {
		home.NamespaceCreated = at(80)
		return home
	}

	for name, tt := range map[string]struct {
		record *recordBuilder
		change []func(*v1alpha1.JiraDeployment)
		home   Home
		want   string // a part of it; empty: it belongs here
	}{
		"one of this cluster":                                  {record: makeRecord(inProgress()), change: edits(of("eu-1")), home: lives},
		"one from before records named a cluster":              {record: makeRecord(inProgress()), home: lives},
		"one of this cluster, whose workload is gone":          {record: makeRecord(inProgress()), change: edits(of("eu-1")), home: gone},
		"one that a stale cache made for a workload long dead": {record: restored(20, inProgress()), home: gone},
		"one of another cluster":                               {record: restored(100, inProgress()), change: edits(of("eu-2")), home: lives, want: "UID uid-of-eu-2"},
		"one of another cluster that Jira was told of there":   {record: makeRecord(inProgress()), change: edits(of("eu-2")), home: lives, want: "UID uid-of-eu-2"},
		"one of another cluster, where nobody knows this one":  {record: makeRecord(inProgress()), change: edits(of("eu-2"))},
		"one that was restored in another namespace": {
			record: restored(100, inProgress()), home: lives, want: "it is of namespace shop-prod",
			change: edits(func(d *v1alpha1.JiraDeployment) { d.Namespace = "shop-copy" }),
		},
		"one whose namespace was made anew":                   {record: restored(100, inProgress()), home: namespaceAnew(anew), want: "older than the namespace"},
		"one whose namespace was made anew, without workload": {record: restored(100, inProgress()), home: namespaceAnew(gone), want: "older than the namespace"},
		"one whose workload was made anew before it":          {record: restored(100, inProgress()), home: anew, want: "Deployment web was made anew"},
		"one whose workload was made anew after it":           {record: makeRecord(inProgress()).Unsettled(), home: anew},
		"one that was restored before its workload":           {record: restored(89, inProgress()), home: anew, want: "2026-03-01T09:20:00Z"},
		"one that was restored without its workload":          {record: restored(100, inProgress()), home: gone, want: "2026-03-01T09:20:00Z"},
		"one that was made for what happened long before":     {record: restored(100, inProgress()), home: lives},
		"one that was restored beside that of a later revision": {
			record: restored(100, inProgress()), home: with(lives, makeRecord(web(3, "C").Successful(at(40)))), want: "made after web-3-",
		},
		"the record of a later revision":              {record: makeRecord(inProgress()).Unsettled(), home: with(lives, makeRecord(web(1, "A").Successful(at(10))))},
		"one that says why it waits, made anew":       {record: restored(100, inProgress()), change: edits(says(v1alpha1.ReasonSiteNotReady, at(101))), home: anew},
		"one that is foreign stays so":                {record: restored(100, inProgress()), change: edits(says(v1alpha1.ReasonForeign, at(101))), home: anew, want: "made anew"},
		"one that was restored with its status":       {record: restored(100, inProgress()), change: edits(says(v1alpha1.ReasonAccepted, at(21))), home: anew, want: "made anew"},
		"one of a manager whose clock is behind":      {record: restored(100, inProgress()), change: edits(says(v1alpha1.ReasonAccepted, at(100).Add(-time.Second))), home: anew},
		"one made by hand":                            {record: restored(100, inProgress()), change: edits(byHand), home: gone},
		"one made by hand that names another cluster": {record: restored(100, inProgress()), change: edits(byHand, of("eu-2")), home: gone, want: "UID uid-of-eu-2"},
	} {
		t.Run(name, func(t *testing.T) {
			d := tt.record.Obj()
			for _, change := range tt.change {
				change(d)
			}
			got := Foreign(d, tt.home)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("Foreign() = %q, want %q in it", got, tt.want)
			}
		})
	}
}

// A foreign record is neither closed nor taken for a release of the workload that lives here.
func TestPlanBesideForeignRecords(t *testing.T) {
	const day = 24 * time.Hour
	foreign := func() *recordBuilder { return restored(500, web(2, "B").InProgress(at(20))) }
	anew := func(b *rolloutBuilder) *rolloutBuilder { return b.UID("uid-2").Created(at(400)) }
	beside := func(b *rolloutBuilder) *observationBuilder {
		o := observe(anew(b))
		o.observation.LiveCreated = at(400)
		return o
	}
	run(t, map[string]planTest{
		"one beside a workload that was made anew is marked alone": {
			observation: beside(web(1, "A").InProgress(at(595))).Records(foreign()),
			wantCreate:  []glance{{1, v1alpha1.StateInProgress, at(595), "SHOP-1", 0}},
			wantUpdate:  []glance{{2, v1alpha1.StateInProgress, at(20), "SHOP-2", 0}},
			wantWake:    day,
		},
		"one without a workload is not cancelled": {
			observation: observeNothing().Records(foreign()),
			wantUpdate:  []glance{{2, v1alpha1.StateInProgress, at(20), "SHOP-2", 0}},
			wantWake:    day,
		},
		"one that was restored though its workload lives is superseded by nothing": {
			observation: observe(web(3, "C").Successful(at(40))).Records(makeRecord(web(3, "C").Successful(at(40))), foreign()),
			wantUpdate:  []glance{{2, v1alpha1.StateInProgress, at(20), "SHOP-2", 0}},
			wantWake:    day,
		},
		"it stays for as long as others": {
			observation: observeNothing().Records(foreign().GoneSince(now.Add(-23 * time.Hour))),
			wantWake:    time.Hour,
		},
		"it goes with them, once it says that it is foreign": {
			observation: observeNothing().Records(saysForeign(foreign().GoneSince(now.Add(-day)))),
			wantDelete:  []int64{2},
		},
	})
}

func saysForeign(record *recordBuilder) *recordBuilder {
	record.d.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionDelivered, Reason: v1alpha1.ReasonForeign, ObservedGeneration: 1, LastTransitionTime: metav1.NewTime(now),
	}}
	return record
}

func edits(changes ...func(*v1alpha1.JiraDeployment)) []func(*v1alpha1.JiraDeployment) {
	return changes
}

// A new record names its cluster. One that is there does not get a name: Jira would be told of it once more.
func TestARecordNamesItsCluster(t *testing.T) {
	o := observe(web(1, "A"))
	o.observation.ClusterUID = "uid-of-eu-1"
	if got := plan(t, makeSite("acme"), o).Create[0].Spec.ClusterUID; got != "uid-of-eu-1" {
		t.Errorf("clusterUID = %q, want uid-of-eu-1", got)
	}
	if diff := cmp.Diff(Plan{}, plan(t, makeSite("acme"), o.Records(makeRecord(web(1, "A"))))); diff != "" {
		t.Errorf("plan beside a record from before (-want +got):\n%s", diff)
	}
}
