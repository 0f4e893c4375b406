package controller

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const (
	accepted = v1alpha1.ReasonAccepted
	rejected = v1alpha1.ReasonRejected
	pending  = v1alpha1.ReasonPending
	unknown  = v1alpha1.ReasonUnknownIssueKeys
)

// allOf returns the reason for the records web-1 to web-n.
func allOf(n int, reason string) map[string]string {
	names := []string{"web-1", "web-2", "web-3", "web-4", "web-5", "web-6"}
	reasons := map[string]string{}
	for _, name := range names[:n] {
		reasons[name] = reason
	}
	return reasons
}

func but(reasons map[string]string, name, reason string) map[string]string {
	reasons[name] = reason
	return reasons
}

// Every row of the table of Jira's answers: what the records say after the first pass, how long the controller waits
// then, and that all that can go out has done so after the second.
func TestAnswersOfJira(t *testing.T) {
	bulk := func(f jiratest.Fault) jiratest.Fault {
		f.Match, f.Times = jiratest.Bulk, max(1, f.Times)
		return f
	}
	refused := `[{"message":"it is the wrong day"}]`
	tests := map[string]struct {
		fault     jiratest.Fault
		reasons   map[string]string
		wait      [2]time.Duration // between these
		trouble   string
		sent      []int // records a request, those that Jira processed
		sentLater []int
		atLast    map[string]string
	}{
		"all are taken": {
			reasons: allOf(4, accepted), sent: []int{4}, atLast: allOf(4, accepted),
		},
		"400: the batch is halved until the bad record stands alone": {
			fault: bulk(jiratest.Fault{Status: http.StatusBadRequest, Body: refused, Times: 3}), reasons: but(allOf(4, accepted), "web-1", rejected),
			sent: []int{1, 2}, atLast: but(allOf(4, accepted), "web-1", rejected),
		},
		"400 that does not say why: the record waits, the others go out": {
			fault: bulk(jiratest.Fault{Status: http.StatusBadRequest, Body: "<html>", Times: 3}), reasons: but(allOf(4, accepted), "web-1", pending),
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sent: []int{1, 2}, sentLater: []int{1}, atLast: allOf(4, accepted),
		},
		"413: half the size": {
			fault: bulk(jiratest.Fault{Status: http.StatusRequestEntityTooLarge}), reasons: allOf(4, accepted), sent: []int{2, 2}, atLast: allOf(4, accepted),
		},
		"401 once: a new token": {
			fault: bulk(jiratest.Fault{Status: http.StatusUnauthorized}), reasons: allOf(4, accepted), sent: []int{4}, atLast: allOf(4, accepted),
		},
		"401 again with the new token": {
			fault: bulk(jiratest.Fault{Status: http.StatusUnauthorized, Times: 2}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonCredentialsRejected,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"403": {
			fault: bulk(jiratest.Fault{Status: http.StatusForbidden}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonPermissionMissing,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"404": {
			fault: bulk(jiratest.Fault{Status: http.StatusNotFound}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonSiteNotFound,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"a redirect": {
			fault:   bulk(jiratest.Fault{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://elsewhere.example/"}}}),
			reasons: allOf(4, pending), trouble: v1alpha1.ReasonSiteNotFound,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"429 with seconds": {
			fault:   bulk(jiratest.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"40"}}}),
			reasons: allOf(4, pending), trouble: v1alpha1.ReasonRateLimited,
			wait: [2]time.Duration{40 * time.Second, 40 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"503 with a date": {
			fault: bulk(jiratest.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {
				noon.Add(time.Minute).Format(http.TimeFormat)}, "Date": {noon.Format(http.TimeFormat)}}}),
			reasons: allOf(4, pending), trouble: v1alpha1.ReasonRateLimited,
			wait: [2]time.Duration{time.Minute, time.Minute}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"500": {
			fault: bulk(jiratest.Fault{Status: http.StatusInternalServerError}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonUnreachable,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"the connection breaks before Jira has the request": {
			fault: bulk(jiratest.Fault{Reset: true}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonUnreachable,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"the connection breaks after Jira has stored the request: the same goes out once more": {
			fault: bulk(jiratest.Fault{ResetAfterStore: true}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonUnreachable,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sent: []int{4}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"half an answer": {
			fault: bulk(jiratest.Fault{CutBody: true}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonUnreachable,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sent: []int{4}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"an answer that is no JSON": {
			fault: bulk(jiratest.Fault{BrokenJSON: true}), reasons: allOf(4, pending), trouble: v1alpha1.ReasonUnreachable,
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sent: []int{4}, sentLater: []int{4}, atLast: allOf(4, accepted),
		},
		"an answer that leaves out an item: it stays pending": {
			fault: bulk(jiratest.Fault{OmitItems: 1}), reasons: but(allOf(4, accepted), "web-4", pending),
			wait: [2]time.Duration{time.Second, 2 * time.Second}, sent: []int{4}, sentLater: []int{1}, atLast: allOf(4, accepted),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.write("acme", 4)
			if tt.fault.Times > 0 {
				p.jira.Inject(tt.fault)
			}
			wait := p.pass("acme")
			if wait < tt.wait[0] || wait > tt.wait[1] {
				t.Errorf("the controller waits %s, want between %s and %s", wait, tt.wait[0], tt.wait[1])
			}
			if diff := cmp.Diff(tt.reasons, p.reasons("acme")); diff != "" {
				t.Errorf("records after the first pass (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.sent, p.sent()); diff != "" {
				t.Errorf("records a request (-want +got):\n%s", diff)
			}
			if got := p.trouble("acme"); got != tt.trouble {
				t.Errorf("the site's trouble is %q, want %q", got, tt.trouble)
			}
			p.now = p.now.Add(wait)
			p.pass("acme")
			if diff := cmp.Diff(tt.atLast, p.reasons("acme")); diff != "" {
				t.Errorf("records after the second pass (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append(tt.sent, tt.sentLater...), p.sent()); diff != "" {
				t.Errorf("records a request, after the second pass (-want +got):\n%s", diff)
			}
			if got := p.trouble("acme"); got != "" {
				t.Errorf("the site's trouble is still %q", got)
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
	p.pass("acme")
	want := map[string]string{"good": accepted, "half": accepted, "lost": unknown, "wrong": rejected}
	if diff := cmp.Diff(want, p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{4}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

func TestASiteInTroubleHoldsUpNoOther(t *testing.T) {
	p := newPost(t)
	p.write("acme", 2)
	p.write("pay", 2)
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusServiceUnavailable, Times: 1})
	wait := p.pass("acme")
	p.pass("pay")
	if diff := cmp.Diff(allOf(2, accepted), p.reasons("pay")); diff != "" {
		t.Errorf("records of the other site (-want +got):\n%s", diff)
	}
	if again := p.pass("acme"); again <= 0 || again > wait {
		t.Errorf("a pass before the %s are over waits %s", wait, again)
	}
	if got := len(p.sent()); got != 1 {
		t.Errorf("%d requests went out, want that of the other site alone", got)
	}
}

func TestABurstGoesOutInFewRequests(t *testing.T) {
	p := newPost(t)
	p.jira.AddProject("SHOP", 1000)
	p.write("acme", 250)
	p.now = p.now.Add(p.pass("acme"))
	if diff := cmp.Diff([]int{100, 100}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got), want what fills none to wait:\n%s", diff)
	}
	p.expectPending("acme", 50)
	p.pass("acme")
	p.expectPending("acme", 0)
	if diff := cmp.Diff([]int{100, 100, 50}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	if got := p.writes.Load(); got != 250 {
		t.Errorf("%d statuses were written, want one a record", got)
	}
}

func TestAnAnswerTakesAwayWhatTheOneBeforeSaid(t *testing.T) {
	p := newPost(t)
	p.create(makeRecord("acme", "web", "NOPE-1"))
	p.pass("acme")
	var d v1alpha1.JiraDeployment
	get := func() {
		if err := p.kube.Get(t.Context(), client.ObjectKey{Namespace: "shop-acme", Name: "web"}, &d); err != nil {
			t.Fatal(err)
		}
	}
	if get(); !slices.Equal(d.Status.UnknownIssueKeys, []string{"NOPE-1"}) {
		t.Fatalf("the status names the unknown keys %v, want NOPE-1", d.Status.UnknownIssueKeys)
	}
	d.Spec.IssueKeys, d.Generation = []string{"SHOP-1"}, 2
	if err := p.kube.Update(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	p.pass("acme")
	if get(); d.Status.UnknownIssueKeys != nil || d.Status.DeliveredGeneration != 2 || len(d.Status.Conditions) != 1 {
		t.Errorf("after the keys were corrected its status is %+v", d.Status)
	}
}

func TestWhatJiraLeavesOutHoldsUpNoOther(t *testing.T) {
	p := newPost(t)
	p.jira.AddProject("SHOP", 1000)
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, OmitItems: 1})
	p.write("acme", 1)
	for range 10 { // it is tried less and less often
		p.now = p.now.Add(p.pass("acme"))
	}
	for i := range 150 {
		p.create(makeRecord("acme", fmt.Sprintf("api-%d", i), "SHOP-1"))
	}
	if wait := p.pass("acme"); wait <= 0 || wait > lonelyAfter {
		t.Errorf("the records that fill no request wait %s, want %s at most", wait, lonelyAfter)
	}
	p.expectPending("acme", 52) // 51 of them wait, and one was left out
}

// A record an instant, for as long as a burst lasts: the first ones go out at once, the others share requests.
func TestASiteThatIsBusyIsToldInFewRequests(t *testing.T) {
	p := newPost(t)
	due := p.now
	for i := range 300 { // 9 s
		p.create(makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1"))
		if wait := p.pass("acme"); wait > 0 {
			due = p.now.Add(wait)
		}
		if len(p.sent()) < i+1 && i < calmBurst {
			t.Errorf("record %d waits, want the first %d to go out at once", i+1, calmBurst)
		}
		p.now = p.now.Add(30 * time.Millisecond)
	}
	for wait := due.Sub(p.now); wait > 0; {
		p.now = p.now.Add(wait)
		wait = p.pass("acme")
	}
	if got := len(p.sent()); got > 30 {
		t.Errorf("%d requests went out, want 30 at most", got)
	}
	if got := len(p.jira.Deployments()); got != 300 {
		t.Errorf("Jira has %d deployments, want 300", got)
	}
	if late := p.now.Sub(noon.Add(9 * time.Second)); late > time.Second {
		t.Errorf("the last record went out %s after the burst", late)
	}
}

// Two records a second, for as long as it may be: each goes out at once.
func TestASiteThatIsCalmIsToldAtOnce(t *testing.T) {
	p := newPost(t)
	for i := range 100 {
		p.create(makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1"))
		if wait := p.pass("acme"); wait > 0 {
			t.Fatalf("record %d waits %s", i+1, wait)
		}
		p.now = p.now.Add(500 * time.Millisecond)
	}
}

func TestAnAnswerThatCannotBeWrittenIsNotSentAgain(t *testing.T) {
	p := newPost(t)
	p.write("acme", 3)
	p.refuse = true
	p.pass("acme")
	p.pass("acme")
	p.refuse = false
	p.pass("acme")
	if diff := cmp.Diff(allOf(3, accepted), p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
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
	p.pass("acme")
	p.stale = &before
	p.pass("acme")
	p.pass("acme")
	if diff := cmp.Diff([]int{3}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

func TestAnAnswerIsNotForTheNextRecordOfTheSameName(t *testing.T) {
	p := newPost(t)
	p.create(makeRecord("acme", "web", "NOPE-1"))
	var before v1alpha1.JiraDeploymentList
	if err := p.kube.List(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	if err := p.kube.Delete(t.Context(), &before.Items[0]); err != nil {
		t.Fatal(err)
	}
	anew := makeRecord("acme", "web", "SHOP-1")
	anew.UID = "anew"
	p.create(anew)
	p.stale, p.refuseWrite = &before, 2
	p.pass("acme")
	p.stale = nil
	if diff := cmp.Diff(map[string]string{"web": ""}, p.reasons("acme")); diff != "" {
		t.Errorf("records after the answer to the one that is gone (-want +got):\n%s", diff)
	}
	p.pass("acme")
	if diff := cmp.Diff(map[string]string{"web": accepted}, p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestAWeekWithoutJiraLosesNothing(t *testing.T) {
	p := newPost(t)
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusInternalServerError})
	p.write("acme", 4)
	passes := 0
	for end := p.now.Add(7 * 24 * time.Hour); p.now.Before(end); passes++ {
		p.now = p.now.Add(p.pass("acme"))
	}
	if most := 7 * 24 * 12 * 11 / 10; passes > most {
		t.Errorf("Jira was tried %d times in a week, want one every five minutes or so", passes)
	}
	if got := p.writes.Load(); got != 4 {
		t.Errorf("%d statuses were written in a week without news, want one a record", got)
	}
	p.jira.ClearFaults()
	p.now = p.now.Add(p.pass("acme"))
	p.pass("acme")
	if diff := cmp.Diff(allOf(4, accepted), p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestARequestsPerMinuteLimitIsKept(t *testing.T) {
	p := newPost(t)
	conn := p.connection("acme")
	for conn.client.Reserve(p.now) == 0 { // other passes used up what there is
		if p.now.After(noon) {
			t.Fatal("the clock moves")
		}
	}
	p.write("acme", 1)
	wait := p.pass("acme")
	if wait <= 0 || len(p.sent()) > 0 {
		t.Fatalf("beyond the limit the controller waits %s, and has sent %v", wait, p.sent())
	}
	p.now = p.now.Add(wait)
	p.pass("acme")
	if diff := cmp.Diff([]int{1}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}
