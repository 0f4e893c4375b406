// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const (
	accepted     = v1alpha1.ReasonAccepted
	rejected     = v1alpha1.ReasonRejected
	pending      = v1alpha1.ReasonPending
	siteNotReady = v1alpha1.ReasonSiteNotReady
)

// count counts the reasons that the records of a site say.
func (p *post) count(site string) map[string]int {
	p.t.Helper()
	counts := map[string]int{}
	for _, reason := range p.reasons(site) {
		counts[reason]++
	}
	return counts
}

func (p *post) expectReasons(site string, want map[string]int) {
	p.t.Helper()
	if diff := cmp.Diff(want, p.count(site)); diff != "" {
		p.t.Errorf("what the records of %s say (-want +got):\n%s", site, diff)
	}
}

// api injects a fault into every request to the API of deployments.
func (p *post) api(fault jiratest.Fault) {
	for _, endpoint := range []jiratest.Endpoint{jiratest.Bulk, jiratest.Get} {
		fault.Match = endpoint
		p.jira.Inject(fault)
	}
}

// Jira's answers to requests of every kind: what the site and its records say while they last, and that everything goes
// out afterwards.
func TestAnswersToEverything(t *testing.T) {
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	tests := map[string]struct {
		fault     jiratest.Fault
		ready     string
		abnormal  string
		records   string
		waitsFrom time.Duration
		waitsTo   time.Duration
	}{
		"401":        {jiratest.Fault{Status: 401}, v1alpha1.ReasonCredentialsRejected, v1alpha1.ConditionStalled, siteNotReady, time.Second, 2 * time.Second},
		"403":        {jiratest.Fault{Status: 403}, v1alpha1.ReasonPermissionMissing, v1alpha1.ConditionStalled, siteNotReady, time.Second, 2 * time.Second},
		"a redirect": {jiratest.Fault{Status: 307, Header: header("Location", "https://elsewhere.example/")}, v1alpha1.ReasonSiteNotFound, v1alpha1.ConditionStalled, siteNotReady, time.Second, 2 * time.Second},
		"429 with seconds": {
			jiratest.Fault{Status: 429, Header: header("Retry-After", "40")}, v1alpha1.ReasonRateLimited, v1alpha1.ConditionReconciling, siteNotReady, 40 * time.Second, 40 * time.Second,
		},
		"503":                    {jiratest.Fault{Status: 503}, v1alpha1.ReasonRateLimited, v1alpha1.ConditionReconciling, siteNotReady, time.Second, 2 * time.Second},
		"500":                    {jiratest.Fault{Status: 500}, v1alpha1.ReasonUnreachable, v1alpha1.ConditionReconciling, siteNotReady, time.Second, 2 * time.Second},
		"a broken connection":    {jiratest.Fault{Reset: true}, v1alpha1.ReasonUnreachable, v1alpha1.ConditionReconciling, siteNotReady, time.Second, 2 * time.Second},
		"400 of a gateway's own": {jiratest.Fault{Status: 400, Body: "<html>"}, v1alpha1.ReasonUnreachable, v1alpha1.ConditionReconciling, siteNotReady, time.Second, 2 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.passFor("acme", time.Second) // the site is proved
			p.api(tt.fault)
			p.write("acme", 4)
			p.doubt("acme")
			wait := p.pass("acme")
			if wait < tt.waitsFrom || wait > tt.waitsTo {
				t.Errorf("the site waits %s, want between %s and %s", wait, tt.waitsFrom, tt.waitsTo)
			}
			if got := p.ready("acme"); got != tt.ready {
				t.Errorf("the site says %s, want %s", got, tt.ready)
			}
			if !meta.IsStatusConditionTrue(p.site("acme").Status.Conditions, tt.abnormal) {
				t.Errorf("the site is not %s: %v", tt.abnormal, p.site("acme").Status.Conditions)
			}
			p.expectReasons("acme", map[string]int{tt.records: 4})
			if sent := p.sent(); len(sent) > 0 {
				t.Errorf("Jira processed requests of %v records", sent)
			}
			p.jira.ClearFaults()
			p.passFor("acme", 2*time.Minute)
			p.expectReasons("acme", map[string]int{accepted: 4})
			if got := p.site("acme").Status.Conditions; p.ready("acme") != v1alpha1.ReasonReady || len(got) != 1 {
				t.Errorf("the site says %v, want that it is Ready", got)
			}
		})
	}
}

// The same answers to deliveries alone: the site works, as the probe shows, and says so. The records go out in the end.
func TestAnswersToDeliveriesAlone(t *testing.T) {
	for name, fault := range map[string]jiratest.Fault{
		"403": {Status: 403}, "404": {Status: 404}, "422": {Status: 422}, "500": {Status: 500}, "413": {Status: 413},
		"a redirect":                        {Status: 307, Header: http.Header{"Location": {"https://elsewhere.example/"}}},
		"429":                               {Status: 429, Header: http.Header{"Retry-After": {"7"}}},
		"401 with the new token, too":       {Status: 401, Times: 2},
		"400 that does not say why":         {Status: 400, Body: "<html>"},
		"the connection breaks before":      {Reset: true},
		"the connection breaks afterwards":  {ResetAfterStore: true},
		"half an answer":                    {CutBody: true},
		"an answer that is no JSON":         {BrokenJSON: true},
		"an answer that leaves one out":     {OmitItems: 1},
		"an answer of more than a megabyte": {Status: 202, Body: strings.Repeat(" ", 2<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			fault.Match, fault.Times = jiratest.Bulk, max(1, fault.Times)
			p.jira.Inject(fault)
			p.write("acme", 4)
			p.passFor("acme", 500*time.Millisecond)
			if got := p.ready("acme"); got != v1alpha1.ReasonReady {
				t.Errorf("the site says %s, though the probe goes through", got)
			}
			p.passFor("acme", 20*time.Second)
			p.expectReasons("acme", map[string]int{accepted: 4})
			if got := len(p.jira.Deployments()); got != 4 {
				t.Errorf("Jira has %d deployments, want 4", got)
			}
		})
	}
}

func TestAnswersItemByItem(t *testing.T) {
	p := newPost(t)
	p.create(makeRecord("acme", "good", "SHOP-1"))
	p.create(makeRecord("acme", "half", "SHOP-2", "NOPE-1"))
	p.create(makeRecord("acme", "lost", "NOPE-2"))
	wrong := makeRecord("acme", "wrong", "SHOP-3")
	wrong.Spec.State = "on_fire"
	p.create(wrong)
	p.passFor("acme", time.Second)
	want := map[string]string{"good": accepted, "half": accepted, "lost": v1alpha1.ReasonUnknownIssueKeys, "wrong": rejected}
	if diff := cmp.Diff(want, p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{4}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	for name, want := range map[string]float64{"rollcall_jira_submissions_total": 1, "rollcall_batch_records": 1, "rollcall_issue_keys_unknown_total": 2, "rollcall_records_answered_total": 4} {
		if got := p.measured(name, "site=acme"); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for range 4 { // the site is Ready, and three records have something to say
		said := <-p.said.Events
		if !strings.Contains(said, "Ready") && !strings.Contains(said, "Unknown") && !strings.Contains(said, "Rejected") {
			t.Errorf("an Event says %q", said)
		}
	}
	if more := len(p.said.Events); more > 0 {
		t.Errorf("there are %d further Events", more)
	}
}

func TestAnAnswerTakesAwayWhatTheOneBeforeSaid(t *testing.T) {
	p := newPost(t)
	p.create(makeRecord("acme", "web", "NOPE-1"))
	p.passFor("acme", time.Second)
	key := client.ObjectKey{Namespace: "shop-acme", Name: "web"}
	var d v1alpha1.JiraDeployment
	if err := p.kube.Get(t.Context(), key, &d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"NOPE-1"}, d.Status.UnknownIssueKeys); diff != "" {
		t.Fatalf("unknown keys (-want +got):\n%s", diff)
	}
	d.Spec.IssueKeys, d.Generation = []string{"SHOP-1"}, 2
	if err := p.kube.Update(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	p.passFor("acme", time.Second)
	if err := p.kube.Get(t.Context(), key, &d); err != nil {
		t.Fatal(err)
	}
	if d.Status.UnknownIssueKeys != nil || d.Status.DeliveredGeneration != 2 || len(d.Status.Conditions) != 1 {
		t.Errorf("after the keys were corrected its status is %+v", d.Status)
	}
}
