package controller

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const wrongDay = `[{"message":"it is the wrong day"}]`

// count returns how many records of a site have a reason.
func (p *post) count(site, reason string) int {
	p.t.Helper()
	n := 0
	for _, got := range p.reasons(site) {
		if got == reason {
			n++
		}
	}
	return n
}

// What a record said of an earlier state does not stay where nobody answers for the next one.
func TestARecordSaysThatItIsNotAnswered(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"an answer without it":      {http.StatusAccepted, `{}`, "Jira answered, but left the record out"},
		"a proxy that refuses it":   {http.StatusBadRequest, `<html>no</html>`, "not in Jira's words"},
		"a proxy with little space": {http.StatusRequestEntityTooLarge, `<html>no</html>`, "not in Jira's words"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.write("acme", 1)
			p.pass("acme")
			var d v1alpha1.JiraDeployment
			get := func() {
				if err := p.kube.Get(t.Context(), client.ObjectKey{Namespace: "shop-acme", Name: "web-1"}, &d); err != nil {
					t.Fatal(err)
				}
			}
			get()
			d.Spec.State, d.Generation = v1alpha1.StateRolledBack, 2
			if err := p.kube.Update(t.Context(), &d); err != nil {
				t.Fatal(err)
			}
			p.gateway = func(string) (int, string) { return tt.status, tt.body }
			before := p.writes.Load()
			p.passFor("acme", 24*time.Hour)
			get()
			delivered := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered)
			if delivered.Reason != pending || delivered.ObservedGeneration != 2 || !strings.Contains(delivered.Message, tt.says) {
				t.Errorf("after a day the record says %s of generation %d: %s", delivered.Reason, delivered.ObservedGeneration, delivered.Message)
			}
			if got := p.writes.Load() - before; got != 1 {
				t.Errorf("that took %d writes, want one", got)
			}
			p.gateway = nil
			p.passFor("acme", 6*time.Minute)
			if get(); d.Status.DeliveredGeneration != 2 {
				t.Errorf("once it is answered, generation %d is delivered, want 2", d.Status.DeliveredGeneration)
			}
		})
	}
}

func TestANewConnectionGivesUpNoFurtherRecord(t *testing.T) {
	p := newPost(t)
	p.gateway = func(string) (int, string) { return http.StatusBadRequest, wrongDay }
	p.write("acme", 20)
	for edit := range 5 {
		p.passFor("acme", time.Hour)
		p.connect(p.site("acme"), 901+edit) // a person tries to mend it
	}
	p.passFor("acme", time.Hour)
	if got := p.count("acme", rejected); got != 3 {
		t.Errorf("%d records were given up, want the first three", got)
	}
	p.gateway = nil
	p.passFor("acme", 6*time.Minute)
	if got := p.count("acme", accepted); got != 17 {
		t.Errorf("%d records went out once Jira takes some, want all that were not given up", got)
	}
	p.gateway = func(submission string) (int, string) {
		if strings.Contains(submission, "bad") {
			return http.StatusBadRequest, wrongDay
		}
		return 0, ""
	}
	p.create(makeRecord("acme", "bad", "SHOP-1"))
	p.passFor("acme", time.Minute)
	if got := p.reasons("acme")["bad"]; got != rejected {
		t.Errorf("a record that alone is refused is %s, want it given up", got)
	}
}

func TestAmongRecordsThatAreWrongTheNewestIsNext(t *testing.T) {
	p := newPost(t)
	p.gateway = func(submission string) (int, string) {
		if strings.Contains(submission, "web-") {
			return http.StatusBadRequest, wrongDay
		}
		return 0, ""
	}
	p.write("acme", 20)
	p.passFor("acme", time.Hour)
	good := makeRecord("acme", "good", "SHOP-100")
	good.Spec.LastUpdated = metav1.NewTime(p.now)
	p.create(good)
	p.now = p.now.Add(p.pass("acme"))
	p.pass("acme")
	if got := p.reasons("acme")["good"]; got != accepted {
		t.Errorf("a record that is right is %q after the next try", got)
	}
}

// A proxy that refuses some records has no words of Jira's, and so they stay pending.
func TestAmongRecordsThatAProxyRefusesOthersGoOut(t *testing.T) {
	p := newPost(t)
	p.gateway = func(submission string) (int, string) {
		if strings.Contains(submission, "web-") {
			return http.StatusBadRequest, "<html>no</html>"
		}
		return 0, ""
	}
	p.write("acme", 5)
	p.passFor("acme", time.Hour)
	for i, name := range []string{"a-good", "good", "z-good"} { // older than some of the others, and newer
		good := makeRecord("acme", name, "SHOP-100")
		good.Spec.LastUpdated = metav1.NewTime(noon.Add(time.Duration(i-1) * time.Hour))
		p.create(good)
		p.passFor("acme", time.Hour)
		if got := p.reasons("acme")[name]; got != accepted {
			t.Errorf("%s is %q after an hour", name, got)
		}
	}
}

// A gateway that answers without a word: what it swallowed waits, and what comes after it goes out.
func TestManyRecordsThatAreLeftOutHoldUpNoOther(t *testing.T) {
	p := newPost(t)
	p.jira.AddProject("SHOP", 1000)
	requests := 0
	p.gateway = func(submission string) (int, string) {
		requests++
		if strings.Contains(submission, "web-") {
			return http.StatusAccepted, `{}`
		}
		return 0, ""
	}
	p.write("acme", 150)
	p.passFor("acme", time.Minute)
	for i := range 30 {
		p.create(makeRecord("acme", fmt.Sprintf("api-%d", i+1), fmt.Sprintf("SHOP-%d", i+1)))
	}
	p.passFor("acme", 2*time.Second)
	if got := p.count("acme", accepted); got != 30 {
		t.Errorf("%d records went out beside those that are left out, want 30", got)
	}
	p.passFor("acme", time.Hour)
	if requests > 60 {
		t.Errorf("%d requests went out in an hour", requests)
	}
	p.expectPending("acme", 150)
	p.gateway = nil
	p.passFor("acme", 6*time.Minute)
	if got := p.count("acme", accepted); got != 180 {
		t.Errorf("%d records went out in the end, want all", got)
	}
}

func TestTroubleEndsThoughARecordIsLeftOut(t *testing.T) {
	p := newPost(t)
	p.write("acme", 4)
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusBadGateway, Times: 1})
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, OmitItems: 1})
	p.now = p.now.Add(p.pass("acme"))
	if p.trouble("acme") == "" {
		t.Fatal("a site that fails is in no trouble")
	}
	p.pass("acme")
	if got := p.trouble("acme"); got != "" {
		t.Errorf("a site that took three of four records is in trouble: %s", got)
	}

	p.create(makeRecord("pay", "web", "SHOP-1"))
	p.jira.ClearFaults()
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusBadGateway, Times: 1})
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, OmitItems: 1})
	p.passFor("pay", time.Hour)
	if got := p.trouble("pay"); got != "" {
		t.Errorf("a site that answers, though not for its only record, is in trouble: %s", got)
	}
}

func TestTroubleEndsWithTheRecordThatMadeIt(t *testing.T) {
	p := newPost(t)
	p.write("acme", 1)
	p.jira.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1800"}}})
	p.pass("acme")
	if err := p.kube.DeleteAllOf(t.Context(), &v1alpha1.JiraDeployment{}, client.InNamespace("shop-acme")); err != nil {
		t.Fatal(err)
	}
	wait := p.pass("acme")
	if wait != 30*time.Minute || p.trouble("acme") == "" {
		t.Errorf("with nothing left to send it waits %s, its trouble is %q; want the half hour that Jira asks for", wait, p.trouble("acme"))
	}
	<-p.r.Connections.changed // the trouble itself was news
	p.now = p.now.Add(wait)
	p.pass("acme")
	if got := p.trouble("acme"); got != "" || len(p.r.Connections.changed) != 1 {
		t.Errorf("after that its trouble is %q, and the site controller was woken %d times, want none and once", got, len(p.r.Connections.changed))
	}
}

func TestNothingGoesOverAConnectionThatIsClosed(t *testing.T) {
	p := newPost(t)
	p.jira.AddProject("SHOP", 1000)
	p.gateway = func(string) (int, string) {
		p.r.Connections.close("acme") // somebody suspends the site
		return 0, ""
	}
	p.write("acme", 300)
	p.pass("acme")
	if diff := cmp.Diff([]int{100}, p.sent()); diff != "" {
		t.Errorf("records a request (-want +got), want the answer to the one under way alone:\n%s", diff)
	}
}

func TestRecordsOfASiteThatIsGone(t *testing.T) {
	p := newPost(t)
	byHand, late := makeRecord("acme", "by-hand", "SHOP-1"), makeRecord("acme", "late", "SHOP-2")
	p.create(byHand)
	var before v1alpha1.JiraDeploymentList
	if err := p.kube.List(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	p.pass("acme")
	ofWorkload := makeRecord("acme", "web", "SHOP-3")
	ofWorkload.Spec.Workload = &v1alpha1.WorkloadReference{Kind: "Deployment", Name: "web"}
	p.create(late)
	p.create(ofWorkload)
	if err := p.kube.Delete(t.Context(), p.site("acme")); err != nil {
		t.Fatal(err)
	}
	p.pass("acme")
	p.stale = &before // a cache that shows none of that yet
	p.pass("acme")
	p.stale = nil
	families, err := p.told.Gather()
	if err != nil || len(families) > 0 {
		t.Errorf("Gather() = %v, %v; want no metrics of a site that is gone", families, err)
	}
	want := map[string]string{"by-hand": accepted, "late": v1alpha1.ReasonSiteNotReady, "web": ""}
	if diff := cmp.Diff(want, p.reasons("acme")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
