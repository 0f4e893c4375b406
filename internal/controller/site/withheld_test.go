// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

const (
	ofForeign  = v1alpha1.ReasonForeign
	ofExisting = v1alpha1.ReasonExisting
)

// inCluster lets the controller know that it is in a cluster, in which no workload lives.
func (p *post) inCluster(uid string) {
	p.r.Home = func(context.Context, v1alpha1.Record) (record.Home, error) {
		return record.Home{Cluster: types.UID(uid)}, nil
	}
}

// ofCluster makes a record as the workload controller of a cluster does.
func ofCluster(uid, name string, state v1alpha1.DeploymentState) *v1alpha1.JiraDeployment {
	d := makeRecord("acme", name, "SHOP-1")
	d.Spec.ClusterUID, d.Spec.State, d.Spec.Pipeline.ID = types.UID(uid), state, "eu-1/shop-acme/Deployment/"+name
	d.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name, UID: "uid-1"}
	return d
}

func TestARecordOfAnotherClusterIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.JiraSiteSpec){
		"at a site that works":        func(*v1alpha1.JiraSiteSpec) {},
		"at a site that is suspended": func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true },
		"in a dry run":                func(s *v1alpha1.JiraSiteSpec) { s.DryRun = true },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.inCluster("eu-2")
			p.edit("acme", change)
			p.create(ofCluster("eu-1", "web", v1alpha1.StateInProgress))
			p.create(ofCluster("eu-1", "api", v1alpha1.StateSuccessful))
			p.passFor("acme", time.Hour)
			p.expectReasons("acme", map[string]int{ofForeign: 2})
			p.expectPending("acme", 0)
			if diff := cmp.Diff([]int(nil), p.sent()); diff != "" {
				t.Errorf("records a request (-want +got):\n%s", diff)
			}
			if got := p.writes.Load(); got != 2 {
				t.Errorf("%d statuses were written, want one for each record", got)
			}
			p.r.Recorder.Eventf(nil, nil, "", "", "", "%s", "the last")
			var said strings.Builder
			for event := range p.said.Events {
				if said.WriteString(event + "\n"); strings.Contains(event, "the last") {
					break
				}
			}
			if !strings.Contains(said.String(), "Warning Foreign The record was restored from a backup") {
				t.Errorf("no Event says why:\n%s", said.String())
			}
		})
	}
}

// A person who changes a record that was restored changes nothing about where it is from.
func TestARecordOfAnotherClusterStaysForeign(t *testing.T) {
	p := newPost(t)
	p.inCluster("eu-2")
	p.create(ofCluster("eu-1", "web", v1alpha1.StateInProgress))
	p.passFor("acme", time.Second)
	p.change("acme", "web", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateFailed })
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{ofForeign: 1})
	p.expectPending("acme", 0)
	if got := p.sent(); len(got) > 0 {
		t.Errorf("%v records were sent, want none", got)
	}
}

// Where the status says that Jira was told only later than the record looks foreign, Jira is told what follows.
func TestARecordThatJiraWasToldOfIsNotWithheld(t *testing.T) {
	p := newPost(t)
	p.inCluster("eu-1")
	p.create(ofCluster("eu-1", "web", v1alpha1.StateInProgress))
	p.refuse = true
	p.passFor("acme", time.Second)
	p.inCluster("eu-2")
	p.change("acme", "web", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateSuccessful })
	p.passFor("acme", time.Second)
	p.refuse = false
	p.passFor("acme", time.Hour)
	p.expectReasons("acme", map[string]int{accepted: 1})
	if diff := cmp.Diff([]int{1, 1}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

// A record that was restored half-way goes with its namespace, and nothing is said of it.
func TestARecordOfAnotherClusterIsNotBuried(t *testing.T) {
	p := newPost(t)
	p.inCluster("eu-2")
	p.r.deletions.add(ofCluster("eu-1", "web", v1alpha1.StateInProgress))
	p.r.deletions.add(ofCluster("eu-2", "api", v1alpha1.StateInProgress))
	p.passFor("acme", time.Minute)
	var told []string
	for _, d := range p.jira.Deployments() {
		told = append(told, d.Pipeline.ID+" "+d.State)
	}
	if diff := cmp.Diff([]string{"eu-1/shop-acme/Deployment/api cancelled"}, told); diff != "" {
		t.Errorf("Jira was told (-want +got):\n%s", diff)
	}
}

// What one namespace holds that cannot be read holds up nothing of another.
func TestARecordOfWhichNobodyKnowsWhereItIsFromHoldsUpNoOther(t *testing.T) {
	p := newPost(t)
	known := errors.New("the cache is broken")
	p.r.Home = func(_ context.Context, d v1alpha1.Record) (record.Home, error) {
		if d.GetNamespace() == "bad" {
			return record.Home{}, known
		}
		return record.Home{}, nil
	}
	bad := makeRecord("acme", "web", "SHOP-1")
	bad.Namespace = "bad"
	p.create(bad)
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
	known = nil
	p.passFor("acme", time.Minute)
	if got := len(p.jira.Deployments()); got != 2 {
		t.Errorf("Jira has %d deployments, want also that of the record that waited", got)
	}
}

func TestWhatASiteIgnoresIsNotSentWithItsNamespaceEither(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.Existing = v1alpha1.ExistingIgnore })
	past := ofCluster("eu-1", "web", v1alpha1.StateSuccessful)
	past.Spec.OperationType = v1alpha1.OperationBackfill
	p.r.deletions.add(past)
	p.passFor("acme", time.Minute)
	if got := len(p.jira.Deployments()); got != 0 {
		t.Errorf("Jira has %d deployments, want none", got)
	}
}

func TestWhatASiteIgnoresIsNotSent(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.Existing = v1alpha1.ExistingIgnore })
	past := ofCluster("eu-1", "web", v1alpha1.StateSuccessful)
	past.Spec.OperationType = v1alpha1.OperationBackfill
	p.create(past)
	p.create(ofCluster("eu-1", "api", v1alpha1.StateSuccessful))
	p.passFor("acme", time.Hour)
	p.expectReasons("acme", map[string]int{ofExisting: 1, accepted: 1})
	if diff := cmp.Diff([]int{1}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	if len(p.said.Events) > 1 { // that the site is Ready
		t.Errorf("%d Events, want none about a record: there may be thousands", len(p.said.Events)-1)
	}
	p.change("acme", "web", func(spec *v1alpha1.JiraDeploymentSpec) {
		spec.State, spec.LastUpdated, spec.OperationType = v1alpha1.StateRolledBack, metav1.NewTime(noon), ""
	})
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 2})
	var d v1alpha1.JiraDeployment
	if err := p.kube.Get(t.Context(), client.ObjectKeyFromObject(past), &d); err != nil || d.Status.DeliveredGeneration != 2 {
		t.Errorf("delivered generation %d, error %v; want the rollback to be delivered", d.Status.DeliveredGeneration, err)
	}
}

// A record of which no message can be made, or whose home panics, waits by itself.
func TestOneRecordsPanicIsItsOwn(t *testing.T) {
	p := newPost(t)
	p.r.Home = func(_ context.Context, d v1alpha1.Record) (record.Home, error) {
		if d.GetNamespace() == "shop-bad" {
			panic("with a credential in it")
		}
		return record.Home{}, nil
	}
	bad := makeRecord("acme", "web", "SHOP-1")
	bad.Namespace, bad.UID = "shop-bad", "uid-of-bad"
	p.create(bad)
	p.write("acme", 3)
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 3})
	if got := p.ready("acme"); got != v1alpha1.ReasonReady {
		t.Errorf("the site is %s", got)
	}
}

func TestWhatNoMessageCanBeMadeOfIsRejected(t *testing.T) {
	k := *kinds[0]
	for name, message := range map[string]func(outbox.Record, func(string) string) outbox.Message{
		"it panics at once": func(outbox.Record, func(string) string) outbox.Message { panic("s3cr3t") },
		"as it is encoded": func(outbox.Record, func(string) string) outbox.Message {
			return outbox.Message{Body: func() ([]byte, error) { panic("s3cr3t") }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k.message = message
			_, err := k.messageOf(makeRecord("acme", "web", "SHOP-1"), nil).Body()
			if err == nil || strings.Contains(err.Error(), "s3cr3t") || !strings.Contains(err.Error(), "panic in github.com/rollcall-dev/rollcall/internal/controller/site.TestWhatNoMessage") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// A message waits for minutes: it holds a copy of its record, and so neither the list that this is from, nor what becomes of it.
func TestAMessageHoldsACopyOfItsRecord(t *testing.T) {
	browse := func(key string) string { return "https://acme.atlassian.net/browse/" + key }
	d := makeRecord("acme", "web", "SHOP-1")
	m := kinds[0].messageOf(d, browse)
	want, err := kinds[0].message(d, browse).Body()
	if err != nil {
		t.Fatal(err)
	}
	d.Spec.IssueKeys[0], d.Spec.State = "PAY-1", v1alpha1.StateFailed
	if got, err := m.Body(); err != nil || string(got) != string(want) {
		t.Errorf("after the record has changed the body is %s, error %v; want %s", got, err, want)
	}
}

// Jira takes the beginning of a rollout while its end is written. Nobody writes that answer down, because the next one
// follows; and then the site is suspended, or the namespace is not selected any more.
func TestAnAnswerThatCameTooLateIsNotForgotten(t *testing.T) {
	for name, then := range map[string]struct {
		happens func(p *post)
		reason  string
		told    []string
	}{
		"the site is suspended": {func(p *post) { p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true }) },
			siteNotReady, []string{"eu-1/shop-acme/Deployment/web in_progress"}},
		"the namespace is not selected": {func(p *post) {
			p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{"shop-*"} })
		}, accepted, []string{"eu-1/shop-acme/Deployment/web in_progress", "eu-1/shop-acme/Deployment/web cancelled"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.inCluster("eu-1")
			d := ofCluster("eu-1", "web", v1alpha1.StateInProgress)
			p.create(d)
			p.gateway = func(string) (int, string) {
				p.gateway = nil
				d.Spec.State, d.Generation = v1alpha1.StateCancelled, 2
				if err := p.kube.Update(t.Context(), d); err != nil {
					t.Error(err)
				}
				then.happens(p)
				return 0, ""
			}
			p.passFor("acme", time.Minute)
			if diff := cmp.Diff(then.told, p.pipelines()); diff != "" {
				t.Errorf("what Jira was told (-want +got):\n%s", diff)
			}
			if err := p.kube.Get(t.Context(), client.ObjectKeyFromObject(d), d); err != nil {
				t.Fatal(err)
			}
			if got := p.reasons("acme")["web"]; got != then.reason || record.NeverTold(d) {
				t.Errorf("the record says %s, never told: %t; history %v", got, record.NeverTold(d), d.Status.History)
			}
		})
	}
}
