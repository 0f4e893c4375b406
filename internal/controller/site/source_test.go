// SPDX-License-Identifier: Apache-2.0

package site

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// withSource makes a record of a workload whose commits are asked for.
func withSource(name string, keys ...string) *v1alpha1.JiraDeployment {
	d := makeRecord("acme", name, keys...)
	d.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name, UID: "uid-1"}
	d.Spec.Pipeline.ID, d.Spec.Source = "eu-1/shop-acme/Deployment/"+name, &v1alpha1.Source{Image: "ghcr.io/acme/shop:1"}
	d.Spec.Environment.ID = "eu-1/shop-acme"
	return d
}

// stored returns a record as it is now.
func (p *post) stored(d *v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	p.t.Helper()
	var now v1alpha1.JiraDeployment
	if err := p.kube.Get(p.t.Context(), client.ObjectKeyFromObject(d), &now); err != nil {
		p.t.Fatal(err)
	}
	return &now
}

// expectSource compares the two conditions of a record, as reasons.
func (p *post) expectSource(d *v1alpha1.JiraDeployment, delivered, source string) {
	p.t.Helper()
	conditions := p.stored(d).Status.Conditions
	for kind, want := range map[string]string{v1alpha1.ConditionDelivered: delivered, v1alpha1.ConditionSourceResolved: source} {
		got := ""
		if condition := meta.FindStatusCondition(conditions, kind); condition != nil {
			got = condition.Reason
		}
		if got != want {
			p.t.Errorf("%s of %s is %q, want %q", kind, d.Name, got, want)
		}
	}
}

// update changes a record as the workload controller does, and tells the site controller.
func (p *post) update(d *v1alpha1.JiraDeployment, change func(*v1alpha1.JiraDeployment)) {
	p.t.Helper()
	before := p.stored(d)
	after := before.DeepCopy()
	change(after)
	if err := p.kube.Update(p.t.Context(), after); err != nil {
		p.t.Fatal(err)
	}
	p.r.recordHandler().Update(p.t.Context(), event.UpdateEvent{ObjectOld: before, ObjectNew: after}, nowhere{})
	p.drain()
}

// drain lets the writer of statuses do what is in its queue.
func (p *post) drain() {
	for p.r.statuses.queue.Len() > 0 {
		key, _ := p.r.statuses.queue.Get()
		p.r.statuses.work(p.t.Context(), key)
		p.r.statuses.queue.Done(key)
	}
}

// nowhere is a queue that forgets what is added.
type nowhere struct{ requests }

func (nowhere) Add(ctrl.Request) {}

func TestARecordWithoutKeysIsNotSentAndSaysHowFarItsSourceIs(t *testing.T) {
	p := newPost(t)
	d := withSource("web")
	p.create(d)
	p.pass("acme")
	p.expectSource(d, v1alpha1.ReasonNoIssueKeys, v1alpha1.ReasonResolving)
	p.expectPending("acme", 0)
	written := p.writes.Load()

	p.update(d, func(d *v1alpha1.JiraDeployment) {
		d.Annotations = map[string]string{v1alpha1.AnnotationSourceProblem: v1alpha1.ReasonUnauthorized + ": Mend Secret acme-git."}
	})
	p.expectSource(d, v1alpha1.ReasonNoIssueKeys, v1alpha1.ReasonUnauthorized)
	p.update(d, func(d *v1alpha1.JiraDeployment) { d.Labels = map[string]string{"else": "changed"} })
	if got := p.writes.Load() - written; got != 1 {
		t.Errorf("%d statuses were written for one that changed", got)
	}
	if sent := p.sent(); len(sent) > 0 {
		t.Errorf("Jira was sent %v", sent)
	}

	p.update(d, func(d *v1alpha1.JiraDeployment) {
		delete(d.Annotations, v1alpha1.AnnotationSourceProblem)
		d.Spec.IssueKeys, d.Generation = []string{"SHOP-12"}, 2
		d.Spec.Source.Range, d.Spec.Source.Revision, d.Spec.Source.IssueKeys = v1alpha1.RangeHeadOnly, strings.Repeat("a", 40), d.Spec.IssueKeys
	})
	p.pass("acme")
	p.expectSource(d, v1alpha1.ReasonAccepted, v1alpha1.ReasonResolved)
	if sent := p.sent(); len(sent) != 1 {
		t.Errorf("Jira was sent %v, want one request", sent)
	}
	for len(p.said.Events) > 0 {
		if said := <-p.said.Events; strings.Contains(said, v1alpha1.ReasonNoIssueKeys) {
			t.Errorf("an Event says %q; a record that has no keys yet is no news", said)
		}
	}
}

func TestARecordThatGoesOutBeforeItsCommitsAreKnownSaysSo(t *testing.T) {
	p := newPost(t)
	d := withSource("web", "SHOP-12")
	p.create(d)
	p.pass("acme")
	p.expectSource(d, v1alpha1.ReasonAccepted, v1alpha1.ReasonResolving)
	if got := p.writes.Load(); got != 1 {
		t.Errorf("%d statuses were written, want one with both conditions", got)
	}
}

func TestASourceThatIsTakenAwayIsNotSaidAnyMore(t *testing.T) {
	p := newPost(t)
	d := withSource("web", "SHOP-12")
	p.create(d)
	p.pass("acme")
	p.update(d, func(d *v1alpha1.JiraDeployment) { d.Spec.Source, d.Generation = nil, 2 })
	p.pass("acme")
	p.expectSource(d, v1alpha1.ReasonAccepted, "")
}

// What waits says what is wrong with its source as well: a dry run is how people try that out.
func TestAPendingRecordSaysHowFarItsSourceIs(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.DryRun = true })
	d := withSource("web", "SHOP-12")
	p.create(d)
	p.pass("acme")
	p.expectSource(d, v1alpha1.ReasonDryRun, v1alpha1.ReasonResolving)
	p.drain()
	p.update(d, func(d *v1alpha1.JiraDeployment) {
		d.Annotations = map[string]string{v1alpha1.AnnotationSourceProblem: v1alpha1.ReasonUnauthorized + ": Mend Secret acme-git."}
	})
	p.expectSource(d, v1alpha1.ReasonDryRun, v1alpha1.ReasonUnauthorized)
}
