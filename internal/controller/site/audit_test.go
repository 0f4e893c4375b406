// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/audit"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// history returns what a record says that Jira was told: "<state> <issues> <reason>".
func (p *post) history(of v1alpha1.Record, namespace, name string) []string {
	p.t.Helper()
	if err := p.kube.Get(p.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, of); err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for _, d := range of.GetRecordStatus().History {
		if d.AnsweredTime.Before(&d.SentTime) {
			p.t.Errorf("%s was answered at %s, and sent at %s", name, d.AnsweredTime, d.SentTime)
		}
		all = append(all, fmt.Sprintf("%s %s %s", d.State, d.Issues, d.Reason))
	}
	return all
}

// finish ends the rollout, or the build, of a record.
func (p *post) finish(r v1alpha1.Record) {
	p.t.Helper()
	switch r := r.(type) {
	case *v1alpha1.JiraDeployment:
		r.Spec.State = v1alpha1.StateSuccessful
	case *v1alpha1.JiraBuild:
		r.Spec.State = v1alpha1.BuildSuccessful
	}
	r.SetGeneration(r.GetGeneration() + 1)
	if err := p.kube.Update(p.t.Context(), r.(client.Object)); err != nil {
		p.t.Fatal(err)
	}
}

// What Jira was told stays on a record of either kind, costs no write of its own, and outlives a change of leader.
func TestARecordSaysWhatJiraWasTold(t *testing.T) {
	deployment := makeRecord("acme", "web", "SHOP-1")
	deployment.Spec.State = v1alpha1.StateInProgress
	build := makeBuild("acme", "web", "SHOP-1", "SHOP-2")
	build.Spec.State = v1alpha1.BuildInProgress
	for kind, record := range map[string]v1alpha1.Record{"JiraDeployment": deployment, "JiraBuild": build} {
		t.Run(kind, func(t *testing.T) {
			p := newPost(t)
			p.permit("acme", jiratest.Deployments, jiratest.Builds)
			p.create(record.(client.Object))
			p.passFor("acme", 10*time.Second)
			issues := strings.Join(record.GetIssueKeys(), ", ")
			got := kindOf(record).new()
			if diff := cmp.Diff([]string{"in_progress " + issues + " Accepted"}, p.history(got, "shop-acme", "web")); diff != "" {
				t.Fatalf("history (-want +got):\n%s", diff)
			}
			p.r.states.Delete("acme") // another leader knows nothing but the records
			p.finish(got)
			p.passFor("acme", 10*time.Second)
			want := []string{"successful " + issues + " Accepted", "in_progress " + issues + " Accepted"}
			if diff := cmp.Diff(want, p.history(kindOf(record).new(), "shop-acme", "web")); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			if n := p.writes.Load(); n != 2 {
				t.Errorf("two deliveries cost %d writes, want two", n)
			}
		})
	}
}

// An answer that the API server did not take before the record changed comes with the next one.
func TestAnAnswerIsRememberedThoughTheRecordChangedMeanwhile(t *testing.T) {
	p := newPost(t)
	d := makeRecord("acme", "web", "SHOP-1")
	d.Spec.State = v1alpha1.StateInProgress
	p.create(d)
	p.refuse = true
	p.passFor("acme", 10*time.Second)
	if got := p.history(d, "shop-acme", "web"); got != nil {
		t.Fatalf("the status was written: %v", got)
	}
	p.refuse = false
	p.finish(d)
	p.passFor("acme", 10*time.Second)
	want := []string{"successful SHOP-1 Accepted", "in_progress SHOP-1 Accepted"}
	if diff := cmp.Diff(want, p.history(d, "shop-acme", "web")); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if n := p.writes.Load(); n != 1 {
		t.Errorf("that cost %d writes, want one", n)
	}
}

// A request whose answer nobody got is remembered with why the site takes nothing: Jira may have what was sent.
func TestARequestThatIsNotAnsweredIsRemembered(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second) // the site is proved
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, ResetAfterStore: true, Times: 1})
	p.jira.Inject(jiratest.Fault{Match: jiratest.Get, Reset: true})
	d := makeRecord("acme", "web", "SHOP-1")
	p.create(d)
	p.passFor("acme", 3*time.Second)
	if diff := cmp.Diff([]string{"successful SHOP-1 SiteNotReady"}, p.history(d, "shop-acme", "web")); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	p.jira.ClearFaults()
	p.passFor("acme", time.Minute)
	want := []string{"successful SHOP-1 Accepted", "successful SHOP-1 SiteNotReady"}
	if diff := cmp.Diff(want, p.history(d, "shop-acme", "web")); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// noFailures fails where something is not written.
type noFailures struct{ t *testing.T }

func (f noFailures) AuditFailed()  { f.t.Error("the audit file could not be written") }
func (f noFailures) AuditDropped() { f.t.Error("a line of the audit file is lost") }

// audited lets a site make passes for so long, with an audit file, and returns the file's lines and those of the log.
func (p *post) audited(site string, long time.Duration) (entries []audit.Entry, said []string) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "audit.jsonl")
	p.r.Audit = audit.New(path, logr.Discard(), noFailures{p.t})
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = p.r.Audit.Start(ctx) })
	log := funcr.New(func(_, line string) { said = append(said, line) }, funcr.Options{})
	for end := p.now.Add(long); p.now.Before(end); p.set(p.now.Add(time.Second)) {
		if _, err := p.r.Reconcile(ctrl.LoggerInto(p.t.Context(), log), ctrl.Request{NamespacedName: client.ObjectKey{Name: site}}); err != nil {
			p.t.Fatal(err)
		}
		p.writeStatuses()
	}
	cancel()
	running.Wait()
	text, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var e audit.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			p.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries, said
}

func TestADeliveryIsALineOfTheAuditFileAndOfTheLog(t *testing.T) {
	p := newPost(t)
	d := makeRecord("acme", "web", "SHOP-1", "NOPE-1")
	d.Spec.ServiceIDs = []string{"b:svc"}
	p.create(d)
	entries, said := p.audited("acme", 20*time.Second)
	const message = "Jira took the record. It does not know NOPE-1, b:svc: check the spelling, and whether JiraSite acme is the site that holds them."
	want := []audit.Entry{{
		Time: noon, SentTime: noon, Audit: "delivery", Cluster: "eu-1", Site: "acme", Host: p.jira.Host(),
		Kind: "JiraDeployment", Namespace: "shop-acme", Name: "web", UID: "acme/web", Pipeline: "eu-1/web", Environment: "prod", EnvironmentType: "production",
		State: "successful", IssueKeys: []string{"SHOP-1", "NOPE-1"}, ServiceIDs: []string{"b:svc"},
		UpdateSequenceNumber: noon.Unix()*1_000_000 + 1, Reason: "Accepted", Message: message,
	}}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("the audit file (-want +got):\n%s", diff)
	}
	var told []string
	for _, line := range said {
		if strings.Contains(line, `"Told Jira"`) {
			told = append(told, line)
		}
	}
	if len(told) != 1 {
		t.Fatalf("of one delivery the log says %q", told)
	}
	for _, part := range []string{`"kind"="JiraDeployment"`, `"namespace"="shop-acme"`, `"record"="web"`, `"state"="successful"`, `"issues"="SHOP-1, NOPE-1, b:svc"`, `"reason"="Accepted"`} {
		if !strings.Contains(told[0], part) {
			t.Errorf("the log does not say %s: %s", part, told[0])
		}
	}
}

// A record that fails for an hour is one line, and so is one that went with its namespace.
func TestTheAuditFileHasALineForEachNewAnswer(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second)
	p.gateway = func(submission string) (int, string) {
		if strings.Contains(submission, "SHOP-2") {
			return 422, ""
		}
		return 0, ""
	}
	p.create(makeRecord("acme", "good", "SHOP-1"))
	p.create(makeRecord("acme", "bad", "SHOP-2"))
	gone := makeRecord("acme", "gone", "SHOP-3")
	gone.Namespace, gone.Spec.State = "shop-preview", v1alpha1.StateInProgress
	p.addNamespace("shop-preview")
	p.endNamespace("shop-preview")
	p.r.deletions.add(gone)
	entries, _ := p.audited("acme", 15*time.Minute)
	lines := map[string]int{}
	for _, e := range entries {
		lines[fmt.Sprintf("%s/%s %s %s", e.Namespace, e.Name, e.State, e.Reason)]++
	}
	want := map[string]int{
		"shop-acme/good successful Accepted": 1, "shop-acme/bad successful Pending": 1, "shop-preview/gone cancelled Accepted": 1,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
