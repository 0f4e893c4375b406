// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestAnAnswerThatCannotBeWrittenIsNotSentAgain(t *testing.T) {
	p := newPost(t)
	p.write("acme", 3)
	p.refuse = true
	p.passFor("acme", time.Hour)
	p.expectPending("acme", 3)
	p.refuse = false
	p.writeStatuses()
	p.expectReasons("acme", map[string]int{accepted: 3})
	p.expectPending("acme", 0)
	if diff := cmp.Diff([]int{3}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

func TestACacheThatLagsSendsNothingTwice(t *testing.T) {
	p := newPost(t)
	p.write("acme", 3)
	var before v1alpha1.JiraDeploymentList
	if err := p.kube.List(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	p.stale = &before
	p.passFor("acme", 24*time.Hour)
	if diff := cmp.Diff([]int{3}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

// change makes the next generation of a record.
func (p *post) change(site, name string, change func(*v1alpha1.JiraDeploymentSpec)) {
	p.t.Helper()
	var d v1alpha1.JiraDeployment
	if err := p.kube.Get(p.t.Context(), client.ObjectKey{Namespace: "shop-" + site, Name: name}, &d); err != nil {
		p.t.Fatal(err)
	}
	change(&d.Spec)
	d.Generation++
	if err := p.kube.Update(p.t.Context(), &d); err != nil {
		p.t.Fatal(err)
	}
}

// An answer to a generation that is outdated already is not written: the next one follows.
func TestAnAnswerThatIsOutdatedIsNotWritten(t *testing.T) {
	p := newPost(t)
	p.write("acme", 1)
	p.gateway = func(string) (int, string) { // the rollout ends while Jira is told that it began
		p.gateway = nil
		p.change("acme", "web-1", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateFailed })
		return 0, ""
	}
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
	if got := p.writes.Load(); got != 1 {
		t.Errorf("%d statuses were written for two answers, want one", got)
	}
}

// An answer that comes for a record which was deleted and made anew is not the new one's.
func TestAnAnswerIsNotWrittenIntoAnotherRecordOfThatName(t *testing.T) {
	p := newPost(t)
	p.write("acme", 1)
	p.gateway = func(string) (int, string) {
		p.gateway = nil
		d := makeRecord("acme", "web-1", "SHOP-7")
		if err := p.kube.Delete(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		d = makeRecord("acme", "web-1", "SHOP-7")
		d.UID = "another"
		p.create(d)
		return 0, ""
	}
	for p.gateway != nil {
		p.pass("acme")
	}
	p.expectReasons("acme", map[string]int{"": 1})
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
}

// What a site says that has failed since does not take the place of Jira's last word, whether that is written or not.
func TestJirasLastWordStands(t *testing.T) {
	for name, written := range map[string]bool{"not written yet": false, "written, and not shown by the list": true} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.write("acme", 2)
			var before v1alpha1.JiraDeploymentList
			if err := p.kube.List(t.Context(), &before); err != nil {
				t.Fatal(err)
			}
			p.refuse = !written
			p.passFor("acme", time.Second)
			p.stale = &before
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = true })
			p.passFor("acme", time.Minute)
			p.stale, p.refuse = nil, false
			p.writeStatuses()
			p.expectReasons("acme", map[string]int{accepted: 2})
		})
	}
}

func TestDeletedRecordsOfSitesThatAreNotThereAreNotKept(t *testing.T) {
	p := newPost(t)
	for i := range 10 {
		d := makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1")
		d.Spec.Site = fmt.Sprintf("nowhere-%d", i)
		p.create(d)
		p.deleted(d)
	}
	if n := len(p.r.deletions.bySite); n > 0 {
		t.Errorf("deleted records of %d sites that do not exist are kept", n)
	}
}

func TestRecordsSayWhyTheyWaitOnce(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.DryRun = true })
	p.write("acme", 3)
	for range 100 {
		p.passFor("acme", time.Minute)
	}
	p.expectReasons("acme", map[string]int{v1alpha1.ReasonDryRun: 3})
	if got := p.writes.Load(); got != 3 || len(p.sent()) > 0 {
		t.Errorf("%d statuses were written, and Jira got %v, want three and nothing", got, p.sent())
	}
}

// deleted lets a record be deleted, with its namespace or alone.
func (p *post) deleted(d *v1alpha1.JiraDeployment) {
	p.t.Helper()
	if err := p.kube.Get(p.t.Context(), client.ObjectKeyFromObject(d), d); err != nil {
		p.t.Fatal(err)
	}
	if err := p.kube.Delete(p.t.Context(), d); err != nil {
		p.t.Fatal(err)
	}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	p.r.recordHandler().Delete(context.Background(), event.DeleteEvent{Object: d}, queue)
}

func TestARecordThatIsDeleted(t *testing.T) {
	tests := map[string]struct {
		state          v1alpha1.DeploymentState
		delivered      bool
		namespaceLives bool
		silent         func(*v1alpha1.JiraSiteSpec) // makes the site one to which nothing is sent
		want           []string                     // what Jira is told
	}{
		"pending, with its namespace":                             {v1alpha1.StateSuccessful, false, false, nil, []string{"successful"}},
		"in flight and delivered, with its namespace":             {v1alpha1.StateInProgress, true, false, nil, []string{"in_progress", "cancelled"}},
		"over and delivered, with its namespace":                  {v1alpha1.StateSuccessful, true, false, nil, []string{"successful"}},
		"pending, by a person's hand: it is theirs to delete":     {v1alpha1.StateSuccessful, false, true, nil, nil},
		"in flight, by a person's hand: the workload still tells": {v1alpha1.StateInProgress, true, true, nil, []string{"in_progress"}},
		"in a dry run, which goes live later": {
			v1alpha1.StateInProgress, false, false, func(spec *v1alpha1.JiraSiteSpec) { spec.DryRun = true }, nil,
		},
		"at a suspended site, which is resumed later": {
			v1alpha1.StateInProgress, false, false, func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = true }, nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			record := makeRecord("acme", "web", "SHOP-1")
			record.Spec.State = tt.state
			if tt.silent != nil {
				p.edit("acme", tt.silent)
			}
			p.create(record)
			if tt.delivered || tt.silent != nil {
				p.passFor("acme", time.Second)
			}
			if !tt.namespaceLives {
				p.endNamespace(record.Namespace)
			}
			p.deleted(record)
			p.passFor("acme", time.Second)
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.DryRun, spec.Suspend = false, false })
			p.passFor("acme", time.Hour)
			var told []string
			for _, request := range p.jira.Requests() {
				for _, d := range request.Deployments {
					told = append(told, d.State)
				}
			}
			if diff := cmp.Diff(tt.want, told); diff != "" {
				t.Errorf("Jira was told (-want +got):\n%s", diff)
			}
		})
	}
}

// Records that somebody's finalizer holds are pending no more, and stop nobody.
func TestRecordsThatAFinalizerHoldsStopNobody(t *testing.T) {
	p := newPost(t)
	for i := range 60 {
		d := makeRecord("acme", fmt.Sprintf("held-%d", i), "SHOP-1")
		d.Namespace, d.Finalizers = "bad", []string{"example.com/hold"}
		p.create(d)
		if err := p.kube.Delete(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	p.write("acme", 2)
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 2})
	if diff := cmp.Diff([]int{2}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

func TestRecordsOfASiteThatIsNotThere(t *testing.T) {
	p := newPost(t)
	ofWorkload := makeRecord("acme", "web", "SHOP-3")
	ofWorkload.Spec.Workload = &v1alpha1.WorkloadReference{Kind: "Deployment", Name: "web"}
	for _, d := range []*v1alpha1.JiraDeployment{makeRecord("acme", "by-hand", "SHOP-1"), ofWorkload} {
		d.Spec.Site = "nowhere"
		p.create(d)
		if got := p.r.siteOf(t.Context(), d).Name; got != noSite {
			t.Errorf("the record of a site that is not there has the key %q, want the one that all of them share", got)
		}
	}
	p.pass(noSite)
	want := map[string]string{"by-hand": siteNotReady, "web": ""}
	if diff := cmp.Diff(want, p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestASiteThatIsGoneLeavesNothing(t *testing.T) {
	p := newPost(t)
	p.write("acme", 2)
	p.passFor("acme", time.Second)
	if err := p.kube.Delete(t.Context(), p.site("acme")); err != nil {
		t.Fatal(err)
	}
	p.pass("acme")
	families, err := p.told.Gather()
	_, kept := p.r.states.Load("acme")
	if err != nil || strings.Contains(fmt.Sprint(families), "acme") || kept {
		t.Errorf("Gather() = %v, %v, and its state is kept: %v; want nothing of a site that is gone", families, err, kept)
	}
}

// What was answered while the manager ends is written before it ends.
func TestTheManagerEndsWithItsAnswersWritten(t *testing.T) {
	p := newPost(t)
	p.write("acme", 3)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- p.r.statuses.Start(ctx) }()
	p.gateway = func(string) (int, string) {
		stop()
		return 0, ""
	}
	for ctx.Err() == nil {
		if _, err := p.r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: "acme"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	p.expectReasons("acme", map[string]int{accepted: 3})
}

// A namespace that cannot be read holds up the record that was deleted in it, and nothing else.
func TestANamespaceThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	p := newPost(t)
	gone := makeRecord("acme", "gone", "SHOP-1")
	gone.Namespace = "bad"
	p.create(gone)
	p.pass("acme")
	p.endNamespace("bad")
	p.r.APIReader = interceptor.NewClient(p.kube.(client.WithWatch), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("the API server is busy")
		},
	})
	p.deleted(gone)
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
	p.r.APIReader = p.kube
	p.passFor("acme", time.Minute)
	if got := len(p.jira.Deployments()); got != 2 {
		t.Errorf("Jira has %d deployments, want also that of the record which is gone", got)
	}
}

// What waits for another try when the manager ends is written before it ends.
func TestTheManagerEndsWithItsRetriesWritten(t *testing.T) {
	p := newPost(t)
	p.write("acme", 3)
	p.refuse = true
	p.passFor("acme", time.Second)
	p.refuse = false
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := p.r.statuses.Start(ctx); err != nil {
		t.Fatal(err)
	}
	p.expectReasons("acme", map[string]int{accepted: 3})
}

func TestALinkLeadsToTheHostThatTheSiteHasNow(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second)
	host := strings.Replace(p.jira.Host(), "127.0.0.1", "localhost", 1)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Host = host })
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	for _, d := range p.jira.Deployments() {
		if want := "https://" + host + "/browse/SHOP-1"; d.URL != want {
			t.Errorf("the link is %s, want %s", d.URL, want)
		}
	}
	p.expectReasons("acme", map[string]int{accepted: 1})
}
