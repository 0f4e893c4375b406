// SPDX-License-Identifier: Apache-2.0

package site

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// askToResync writes the annotation, as a person does.
func (p *post) askToResync(name, value string) {
	p.t.Helper()
	site := p.site(name)
	metav1.SetMetaDataAnnotation(&site.ObjectMeta, v1alpha1.AnnotationResync, value)
	if err := p.kube.Update(p.t.Context(), site); err != nil {
		p.t.Fatal(err)
	}
}

// expectResync compares the value of a site's last resync, and whether it is complete.
func (p *post) expectResync(name, value string, complete bool) {
	p.t.Helper()
	if got := p.site(name).Status.Resync; got.Value != value || got.CompletionTime.IsZero() == complete {
		p.t.Errorf("the site says %+v; want a resync %q, complete %t", got, value, complete)
	}
}

// kinds returns how often each pipeline was told as a backfill that moves no issues, and how often otherwise.
func (p *post) kinds() (backfills, others map[string]int) {
	backfills, others = map[string]int{}, map[string]int{}
	for _, request := range p.jira.Requests() {
		counts := others
		if request.OperationType == "BACKFILL" && request.PreventTransitions {
			counts = backfills
		}
		for _, d := range request.Deployments {
			counts[d.Pipeline.ID]++
		}
	}
	return backfills, others
}

func TestAResyncSendsWhatJiraTookOnceMore(t *testing.T) {
	p := newPost(t)
	p.write("acme", 150)
	p.create(makeRecord("acme", "unknown", "NOPE-1"))
	p.write("pay", 1)
	p.passFor("pay", time.Minute)
	p.passFor("acme", time.Minute)
	before := len(p.sent())
	p.askToResync("acme", "2026-03-01")
	p.passFor("acme", time.Minute)

	if diff := cmp.Diff([]int{100, 50}, p.sent()[before:]); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	backfills, others := p.kinds()
	if len(backfills) != 150 || backfills["eu-1/web-1"] != 1 || backfills["eu-1/unknown"] != 0 || others["eu-1/web-1"] != 2 { // also pay's
		t.Errorf("%d pipelines were told once more, web-1 %d times; otherwise it was told %d times", len(backfills), backfills["eu-1/web-1"], others["eu-1/web-1"])
	}
	p.expectReasons("acme", map[string]int{accepted: 150, v1alpha1.ReasonUnknownIssueKeys: 1})
	p.expectResync("acme", "2026-03-01", true)

	p.r.states.Clear() // another manager takes over
	p.passFor("acme", 3*time.Hour)
	if got := len(p.sent()); got != before+2 {
		t.Errorf("%d requests were made, want no more than %d", got, before+2)
	}
	p.askToResync("acme", "once more")
	p.passFor("acme", time.Minute)
	if got := len(p.sent()); got != before+4 {
		t.Errorf("%d requests were made after another value, want %d", got, before+4)
	}
	p.expectResync("acme", "once more", true)
}

// Somebody with the credential wrote over what Jira was told, with numbers that Jira takes: the next one, and the time in
// microseconds, as scripts use it. What is current takes its place again, and so does each change after that.
func TestAResyncReplacesWhatSomebodyElseWrote(t *testing.T) {
	p := newPost(t)
	p.write("acme", 2)
	p.passFor("acme", time.Hour)
	stranger, err := jira.New(jira.Config{Host: p.jira.Host(), APIURL: p.jira.URL(), ClientID: "acme", ClientSecret: secretOfTheTest})
	if err != nil {
		t.Fatal(err)
	}
	var forged [][]byte
	for _, d := range p.jira.Deployments() {
		d.State, d.DisplayName = "failed", "forged"
		if d.UpdateSequenceNumber++; strings.HasSuffix(d.Pipeline.ID, "-2") {
			d.UpdateSequenceNumber = p.now.UnixMicro()
		}
		body, err := jira.EncodeDeployment(d.Deployment)
		if err != nil {
			t.Fatal(err)
		}
		forged = append(forged, body)
	}
	if _, err := stranger.SubmitDeployments(t.Context(), jira.Submission{Items: forged}); err != nil {
		t.Fatal(err)
	}
	states := func() map[string]string {
		states := map[string]string{}
		for _, d := range p.jira.Deployments() {
			states[d.DisplayName] += d.State
		}
		return states
	}
	if diff := cmp.Diff(map[string]string{"forged": "failedfailed"}, states()); diff != "" {
		t.Fatalf("Jira shows (-want +got):\n%s", diff)
	}
	p.set(p.now.Add(time.Minute))
	p.askToResync("acme", "leaked")
	p.passFor("acme", time.Minute)
	if diff := cmp.Diff(map[string]string{"web-1": "successful", "web-2": "successful"}, states()); diff != "" {
		t.Errorf("Jira shows (-want +got):\n%s", diff)
	}
	p.change("acme", "web-2", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateRolledBack })
	p.passFor("acme", time.Minute)
	if diff := cmp.Diff(map[string]string{"web-1": "successful", "web-2": "rolled_back"}, states()); diff != "" {
		t.Errorf("Jira shows after a change (-want +got):\n%s", diff)
	}
	if backfills, others := p.kinds(); backfills["eu-1/web-2"] != 1 || others["eu-1/web-2"] != 3 { // first, forged, and the change
		t.Errorf("web-2 was told %d times as past, and %d times as news", backfills["eu-1/web-2"], others["eu-1/web-2"])
	}
}

// With a new client id Jira knows nothing of what the old one wrote. It is told of all of it.
func TestAResyncTellsANewCredential(t *testing.T) {
	p := newPost(t)
	p.write("acme", 3)
	p.passFor("acme", time.Minute)
	p.jira.RevokeCredential("acme")
	p.jira.AddCredential("new-id", "new-secret", jiratest.Deployments)
	secret := p.secret("acme-jira")
	secret.Data = map[string][]byte{v1alpha1.SecretClientID: []byte("new-id"), v1alpha1.SecretClientSecret: []byte("new-secret")}
	if err := p.kube.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	p.askToResync("acme", "new id")
	p.passFor("acme", time.Minute)
	by := map[string]int{}
	for _, d := range p.jira.Deployments() {
		by[d.ClientID]++
	}
	if diff := cmp.Diff(map[string]int{"acme": 3, "new-id": 3}, by); diff != "" {
		t.Errorf("deployments of each credential (-want +got):\n%s", diff)
	}
}

// A resync goes on where it was, whenever the manager ends: each record is told once more, once.
func TestAResyncThatIsInterruptedGoesOn(t *testing.T) {
	p := newPost(t)
	p.write("acme", 250)
	p.passFor("acme", time.Minute)
	p.askToResync("acme", "1")
	restarts := 0
	for range 200 {
		p.set(p.now.Add(max(p.pass("acme"), time.Millisecond)))
		if restarts++; restarts%3 == 0 {
			p.r.states.Clear()
		}
		p.refuse = restarts%5 == 0 // the API server is away for a moment
	}
	p.refuse = false
	p.passFor("acme", 10*time.Minute)
	p.expectResync("acme", "1", true)
	p.expectReasons("acme", map[string]int{accepted: 250})
	backfills, _ := p.kinds()
	if len(backfills) != 250 {
		t.Errorf("%d records were told once more, want 250", len(backfills))
	}
	for _, d := range p.jira.Deployments() {
		if got := len(p.jira.Updates(d.Key())); got != 2 {
			t.Fatalf("Jira stored %d updates of %s, want two: one of them by the resync", got, d.Pipeline.ID)
		}
	}
}

// What changes while it waits to be sent once more is news.
func TestARecordThatChangesDuringAResyncIsNews(t *testing.T) {
	p := newPost(t)
	p.write("acme", 2)
	p.passFor("acme", time.Minute)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.RequestsPerMinute = 1 })
	p.pass("acme")
	p.useUp("acme")
	p.askToResync("acme", "1")
	p.passFor("acme", 10*time.Second)
	p.expectReasons("acme", map[string]int{pending: 2})
	p.expectPending("acme", 2)
	p.change("acme", "web-2", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateRolledBack })
	p.passFor("acme", 10*time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 2})
	if backfills, others := p.kinds(); backfills["eu-1/web-1"] != 1 || backfills["eu-1/web-2"] != 0 || others["eu-1/web-2"] != 2 {
		t.Errorf("told as past: %v, as news: %v", backfills, others)
	}
}

// A dry run sends nothing, and a site that is not Ready says so first; the resync is not forgotten.
func TestAResyncWaitsForItsSite(t *testing.T) {
	p := newPost(t)
	p.write("acme", 1)
	p.passFor("acme", time.Minute)
	for name, set := range map[string]func(*v1alpha1.JiraSiteSpec, bool){
		"dry run": func(spec *v1alpha1.JiraSiteSpec, on bool) { spec.DryRun = on },
		"suspend": func(spec *v1alpha1.JiraSiteSpec, on bool) { spec.Suspend = on },
	} {
		p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { set(spec, true) })
		p.askToResync("acme", name)
		before := len(p.sent())
		p.passFor("acme", time.Minute)
		p.expectReasons("acme", map[string]int{accepted: 1})
		if got := len(p.sent()); got != before {
			t.Errorf("%s: %d requests were made", name, got-before)
		}
		p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { set(spec, false) })
		p.passFor("acme", time.Minute)
		p.expectResync("acme", name, true)
		if got := len(p.sent()); got != before+1 {
			t.Errorf("%s: %d requests were made once it was over, want one", name, got-before)
		}
	}
}

// While a resync of one tenant's hundreds of records goes on, another tenant's release goes first.
func TestAResyncHoldsUpNoOtherTenant(t *testing.T) {
	p := newPost(t)
	p.write("acme", 450)
	p.passFor("acme", time.Minute)
	p.askToResync("acme", "1")
	resent := 0
	p.gateway = func(submission string) (int, string) {
		if resent++; resent == 2 {
			news := makeRecord("acme", "news", "SHOP-1")
			news.Namespace, news.CreationTimestamp = "another-tenant", metav1.NewTime(p.now)
			p.create(news)
		}
		if strings.Contains(submission, "eu-1/news") && resent != 3 {
			t.Errorf("the release of the other tenant was sent with request %d, want the one after it was made", resent)
		}
		return 0, ""
	}
	p.passFor("acme", time.Minute)
	if _, others := p.kinds(); others["eu-1/news"] != 1 || resent != 6 {
		t.Errorf("the release was told %d times, in %d requests", others["eu-1/news"], resent)
	}
}

// What a tenant may not say any more is not said once more, and no resync waits for it.
func TestAResyncTellsWhatATenantMaySay(t *testing.T) {
	p := newPost(t)
	p.write("acme", 2)
	p.passFor("acme", time.Minute)
	before := len(p.sent())
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.ExcludeNamespaces = []string{"shop-acme"} })
	p.askToResync("acme", "1")
	p.passFor("acme", time.Minute)
	p.expectResync("acme", "1", true)
	p.expectReasons("acme", map[string]int{v1alpha1.ReasonNotSelected: 2})
	if got := len(p.sent()); got != before {
		t.Errorf("%d requests were made for a namespace that the site does not select any more", got-before)
	}
}

// A value that is longer than the status takes asks for one resync as well.
func TestALongValueAsksForOneResync(t *testing.T) {
	p := newPost(t)
	long := strings.Repeat("ä", 200)
	p.askToResync("acme", long)
	p.passFor("acme", time.Minute)
	if got := p.site("acme").Status.Resync; !strings.HasPrefix(long, got.Value) || len(got.Value) != 252 || got.CompletionTime.IsZero() {
		t.Errorf("the site says %+v, want the beginning of the value, and complete", got)
	}
}

func TestAnotherValueWakesTheSite(t *testing.T) {
	site := func(annotations map[string]string) client.Object {
		return &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme", Annotations: annotations}}
	}
	asked := map[string]string{v1alpha1.AnnotationResync: "1"}
	if !resyncAsked.Update(event.UpdateEvent{ObjectOld: site(nil), ObjectNew: site(asked)}) {
		t.Error("the annotation wakes nobody")
	}
	if resyncAsked.Update(event.UpdateEvent{ObjectOld: site(asked), ObjectNew: site(map[string]string{v1alpha1.AnnotationResync: "1", "a": "b"})}) {
		t.Error("another annotation wakes the site")
	}
}

// The mark of a resync is written where Jira took the record as it is, and nowhere else.
func TestAMarkFitsWhatJiraTook(t *testing.T) {
	began := noon.Add(time.Hour)
	for name, tt := range map[string]struct {
		change func(*v1alpha1.JiraDeployment)
		want   bool
	}{
		"what Jira took":            {func(*v1alpha1.JiraDeployment) {}, true},
		"what a former resync sent": {func(d *v1alpha1.JiraDeployment) { d.Status.ResyncTime = metav1.NewTime(noon) }, true},
		"what this one sent":        {func(d *v1alpha1.JiraDeployment) { d.Status.ResyncTime = metav1.NewTime(began) }, false},
		"what was made since": {func(d *v1alpha1.JiraDeployment) {
			d.CreationTimestamp, d.Status.DeliveredTime = metav1.NewTime(began), metav1.NewMicroTime(began)
		}, false},
		"what was made since by a clock that is ahead": {func(d *v1alpha1.JiraDeployment) { d.CreationTimestamp = metav1.NewTime(began) }, true},
		"what was told since":                          {func(d *v1alpha1.JiraDeployment) { d.Status.DeliveredTime = metav1.NewMicroTime(began) }, true},
		"what Jira refused":                            {func(d *v1alpha1.JiraDeployment) { d.Status.Conditions[0].Reason = rejected }, false},
		"what was never sent":                          {func(d *v1alpha1.JiraDeployment) { d.Status.Conditions = nil }, false},
		"what has changed, and is pending":             {func(d *v1alpha1.JiraDeployment) { d.Generation = 2 }, false},
		"what is being deleted":                        {func(d *v1alpha1.JiraDeployment) { d.DeletionTimestamp = &metav1.Time{Time: noon} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := makeRecord("acme", "web", "SHOP-1")
			d.Status.RecordStatus = v1alpha1.RecordStatus{DeliveredGeneration: 1, DeliveredTime: metav1.NewMicroTime(noon), Conditions: []metav1.Condition{{
				Type: v1alpha1.ConditionDelivered, Reason: accepted, ObservedGeneration: 1,
			}}}
			tt.change(d)
			o := outbox.NewOutcome(outbox.SourceOf(d), v1alpha1.ReasonResync, "It is sent once more.")
			o.Resync = began
			if got := (&write{Outcome: o}).fits(d); got != tt.want {
				t.Errorf("fits() = %t, want %t", got, tt.want)
			}
		})
	}
}
