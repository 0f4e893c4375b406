// SPDX-License-Identifier: Apache-2.0

package site

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// isReadBack says whether a request reads a deployment or a build, and is no probe.
func isReadBack(method, path string) bool {
	return method == http.MethodGet && strings.Contains(path, "/pipelines/") && !strings.Contains(path, "rollcall-probe")
}

// ofWorkload makes a record of a Deployment, in a namespace of its own: read-back reads no records that were made by hand.
func ofWorkload(site, namespace, workload string) *v1alpha1.JiraDeployment {
	d := makeRecord(site, workload+"-1", "SHOP-1")
	d.Namespace, d.UID = namespace, "uid-of-"+d.UID
	d.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: workload, UID: "uid"}
	d.Spec.Pipeline.ID = "eu-1/" + namespace + "/Deployment/" + workload
	return d
}

// readBacks returns how often a credential read what Jira had of a record.
func (p *post) readBacks(clientID string) int {
	count := 0
	for _, request := range p.jira.Requests() {
		if request.ClientID == clientID && isReadBack(request.Method, request.Path) {
			count++
		}
	}
	return count
}

// shownAs returns a record's condition Stored, as its reason; empty where it has none.
func (p *post) shownAs(o v1alpha1.Record) string {
	p.t.Helper()
	if err := p.kube.Get(p.t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
		p.t.Fatal(err)
	}
	if c := meta.FindStatusCondition(o.GetRecordStatus().Conditions, v1alpha1.ConditionStored); c != nil {
		return c.Reason
	}
	return ""
}

// differs returns the message of a site's condition ReadBackDiffers; empty where it has none.
func (p *post) differs(site string) string {
	p.t.Helper()
	if c := meta.FindStatusCondition(p.site(site).Status.Conditions, v1alpha1.ConditionReadBackDiffers); c != nil {
		return c.Message
	}
	return ""
}

// countReadBacks returns the metric of a site, by result.
func (p *post) countReadBacks(site string) map[string]int {
	p.t.Helper()
	counts := map[string]int{}
	for _, result := range []string{"same", "older", "newer", "missing", "error"} {
		if n := p.measured("rollcall_readbacks_total", "site="+site, "result="+result); n > 0 {
			counts[result] = int(n)
		}
	}
	return counts
}

// events returns the Events that were made since the last call and that have a reason.
func (p *post) events(reason string) []string {
	var all []string
	for {
		select {
		case event := <-p.said.Events:
			if strings.Contains(event, " "+reason+" ") {
				all = append(all, event)
			}
		default:
			return all
		}
	}
}

func keyOf(d *v1alpha1.JiraDeployment) jira.DeploymentKey {
	return jira.DeploymentKey{PipelineID: d.Spec.Pipeline.ID, EnvironmentID: d.Spec.Environment.ID, DeploymentSequenceNumber: d.Spec.Sequence}
}

// Jira took a record of one namespace and lost it. The record, its workload and the site say so; the site stays Ready, and
// the record of another namespace, and another site, say nothing. A resync mends it.
func TestWhatJiraLostIsFoundAndSaid(t *testing.T) {
	p := newPost(t)
	lost, kept, others := ofWorkload("acme", "lost", "web"), ofWorkload("acme", "kept", "api"), ofWorkload("pay", "pay", "web")
	for _, o := range []client.Object{lost, kept, others} {
		p.create(o)
	}
	for _, site := range []string{"acme", "pay"} {
		p.passFor(site, time.Second)
	}
	p.jira.Lose(keyOf(lost), 0)
	p.passFor("acme", 13*time.Minute)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.RequestsPerMinute = 899 }) // another client: it is read back at once
	p.passFor("acme", time.Minute)
	if got := p.readBacks("acme"); got > 0 {
		t.Fatalf("%d records were read within 15 minutes after Jira took them: it may not have stored them yet", got)
	}
	for range 12 { // which of the two is read is left to chance
		if p.passFor("acme", time.Hour); p.shownAs(lost) != "" {
			break
		}
	}
	if got := p.shownAs(lost); got != v1alpha1.ReasonMissing {
		t.Fatalf("the record says %q of what Jira stored, want %s", got, v1alpha1.ReasonMissing)
	}
	found := p.site("acme").Status.ReadBack
	if want := (v1alpha1.RecordReference{Kind: "JiraDeployment", Namespace: "lost", Name: "web-1"}); found.Record != want || found.Result != v1alpha1.ReadBackMissing {
		t.Errorf("the site's status says %+v, want %s of %v", found, v1alpha1.ReadBackMissing, want)
	}
	for _, words := range []string{"JiraDeployment lost/web-1: Jira took the record, and has nothing", "kubectl annotate --overwrite jirasite acme rollcall.dev/resync="} {
		if got := p.differs("acme"); !strings.Contains(got, words) {
			t.Errorf("the site's condition says %q, want %q in it", got, words)
		}
	}
	if got := p.events(v1alpha1.EventReadBackDiffers); len(got) != 2 { // on the workload, and on the site
		t.Errorf("Events: %q, want two", got)
	}
	p.expectReady("acme", v1alpha1.ReasonReady)
	if counts := p.countReadBacks("acme"); counts["missing"] == 0 {
		t.Errorf("the metric counts %v", counts)
	}

	// Nobody else's trouble.
	if got := p.shownAs(kept); got != "" {
		t.Errorf("the record of another namespace says %q", got)
	}
	p.set(noon)
	p.passFor("pay", 3*time.Hour)
	if status := p.site("pay").Status.ReadBack; status.Result != v1alpha1.ReadBackSame || p.differs("pay") != "" || p.shownAs(others) != "" {
		t.Errorf("another site says %+v, %q", status, p.differs("pay"))
	}

	// It is read again together with others, and makes no further Events, until Jira has it.
	p.passFor("acme", 13*time.Hour)
	if got := p.events(v1alpha1.EventReadBackDiffers); len(got) > 0 || p.differs("acme") == "" {
		t.Errorf("further Events: %q; the site says %q", got, p.differs("acme"))
	}
	p.askToResync("acme", "lost")
	p.passFor("acme", time.Minute)
	if got := p.shownAs(lost); got != "" {
		t.Errorf("the record says %q after Jira took it once more", got)
	}
	p.passFor("acme", time.Hour)
	if status := p.site("acme").Status.ReadBack; status.Result != v1alpha1.ReadBackSame || p.differs("acme") != "" {
		t.Errorf("the site says %+v, and %q, after the resync", status, p.differs("acme"))
	}
}

func TestWhatIsReadIsComparedInStateAndNumber(t *testing.T) {
	for name, tc := range map[string]struct {
		happens func(*post, *v1alpha1.JiraDeployment)
		want    v1alpha1.ReadBackResult
		words   string
	}{
		"nothing":                           {func(*post, *v1alpha1.JiraDeployment) {}, v1alpha1.ReadBackSame, ""},
		"the later update is lost":          {func(p *post, d *v1alpha1.JiraDeployment) { p.jira.Lose(keyOf(d), 1) }, v1alpha1.ReadBackOlder, "in_progress"},
		"all of it is lost":                 {func(p *post, d *v1alpha1.JiraDeployment) { p.jira.Lose(keyOf(d), 0) }, v1alpha1.ReadBackMissing, "nothing under its key"},
		"somebody else writes":              {func(p *post, d *v1alpha1.JiraDeployment) { p.forge(d, "failed") }, v1alpha1.ReadBackNewer, "somebody else writes"},
		"somebody else writes what is true": {func(p *post, d *v1alpha1.JiraDeployment) { p.forge(d, "successful") }, v1alpha1.ReadBackSame, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			d := ofWorkload("acme", "shop", "web")
			d.Spec.State = v1alpha1.StateInProgress
			p.create(d)
			p.passFor("acme", time.Second)
			p.shownAs(d) // as it is now
			d.Spec.State, d.Generation = v1alpha1.StateSuccessful, 2
			if err := p.kube.Update(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			p.passFor("acme", time.Second)
			tc.happens(p, d)
			p.passFor("acme", 2*time.Hour)
			if got := p.site("acme").Status.ReadBack; got.Result != tc.want || !strings.Contains(got.Message, tc.words) {
				t.Errorf("got %+v, want %s: %s", got, tc.want, tc.words)
			}
			if got, want := p.shownAs(d), string(tc.want); tc.want.Differs() && got != want || !tc.want.Differs() && got != "" {
				t.Errorf("the record says %q of what Jira stored, want %q where it differs", got, want)
			}
		})
	}
}

// forge writes over a deployment with the site's credential, and the next number.
func (p *post) forge(d *v1alpha1.JiraDeployment, state string) {
	p.t.Helper()
	stranger, err := jira.New(jira.Config{Host: p.jira.Host(), APIURL: p.jira.URL(), ClientID: "acme", ClientSecret: secretOfTheTest})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, stored := range p.jira.Deployments() {
		if stored.Key() != keyOf(d) {
			continue
		}
		stored.State, stored.UpdateSequenceNumber = state, stored.UpdateSequenceNumber+1
		body, err := jira.EncodeDeployment(stored.Deployment)
		if err != nil {
			p.t.Fatal(err)
		}
		if _, err := stranger.SubmitDeployments(p.t.Context(), jira.Submission{Items: [][]byte{body}}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// An old credential may write and not read. That is said, once a day, and changes nothing else.
func TestACredentialThatMayNotReadIsAskedOnceADay(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.WriteDeployments)
	p.create(ofWorkload("acme", "shop", "web"))
	p.passFor("acme", 2*time.Hour)
	found := p.site("acme").Status.ReadBack
	if found.Result != v1alpha1.ReadBackNotPermitted || !strings.Contains(found.Message, "may write, and not read") {
		t.Errorf("the site says %+v", found)
	}
	before := p.countReadBacks("acme")
	p.events("")
	for range 20 {
		p.passFor("acme", time.Hour)
		p.expectReady("acme", v1alpha1.ReasonReady)
	}
	if diff := cmp.Diff(map[string]int{"error": 1}, before); diff != "" {
		t.Errorf("the metric after two hours (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, p.countReadBacks("acme")); diff != "" {
		t.Errorf("the metric 20 hours later (-before +now):\n%s", diff)
	}
	if got := p.events(v1alpha1.ReasonReady); len(got) > 0 || p.differs("acme") != "" {
		t.Errorf("Events %q, and the site says %q: it flaps", got, p.differs("acme"))
	}
	p.permit("acme", jiratest.Deployments)
	p.passFor("acme", 6*time.Hour)
	if got := p.site("acme").Status.ReadBack.Result; got != v1alpha1.ReadBackSame {
		t.Errorf("a day after the credential may read the site says %s", got)
	}
}

// What fails on the way says nothing of what Jira has: a page of a gateway with the status 404 neither. What was found before
// stands.
func TestAReadThatFailsFindsNothing(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"a server error": {500, "{}"}, "404 of a gateway": {404, "<html><title>Not Found</title></html>"}, "no JSON": {200, "hello"},
		"to wait": {429, "{}"}, "a redirect": {307, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			d := ofWorkload("acme", "shop", "web")
			p.create(d)
			p.passFor("acme", time.Second)
			p.reads = func(string) (int, string) { return answer.status, answer.body }
			p.passFor("acme", 2*time.Hour)
			if got := p.site("acme").Status.ReadBack; got.Result != v1alpha1.ReadBackError || p.shownAs(d) != "" || p.differs("acme") != "" {
				t.Errorf("the site says %+v and %q, the record %q", got, p.differs("acme"), p.shownAs(d))
			}
			p.expectReady("acme", v1alpha1.ReasonReady)
			p.reads = nil
			p.jira.Lose(keyOf(d), 0)
			p.passFor("acme", time.Hour)
			p.reads = func(string) (int, string) { return answer.status, answer.body }
			p.passFor("acme", time.Hour)
			if p.shownAs(d) != v1alpha1.ReasonMissing || p.differs("acme") == "" {
				t.Errorf("the record says %q, the site %q; want what was found before", p.shownAs(d), p.differs("acme"))
			}
		})
	}
}

// A site with many records is read once an hour, by whichever manager, and a record that was stored late says nothing any more.
func TestReadBackIsOneRequestAnHour(t *testing.T) {
	p := newPost(t)
	for i := range 50 {
		p.create(ofWorkload("acme", "shop", fmt.Sprintf("web-%d", i)))
	}
	p.passFor("acme", 2*time.Hour)
	before := p.readBacks("acme")
	for i := range 24 {
		p.passFor("acme", time.Hour)
		if i%5 == 0 {
			p.r.states.Clear()
		}
	}
	if got := p.readBacks("acme") - before; got < 24 || got > 27 {
		t.Errorf("%d records were read within a day, want 24 to 27", got)
	}
	if diff := cmp.Diff(map[string]int{"same": before + 24}, p.countReadBacks("acme")); diff == "" {
		return
	}
	if counts := p.countReadBacks("acme"); len(counts) != 1 || counts["same"] != p.readBacks("acme") {
		t.Errorf("the metric counts %v of %d", counts, p.readBacks("acme"))
	}
}

// What is not stored after a quarter of an hour may be stored later: the record is read again, and says so no more.
func TestWhatJiraStoresLateIsRight(t *testing.T) {
	p := newPost(t)
	d := ofWorkload("acme", "shop", "web")
	p.create(d)
	p.passFor("acme", time.Second)
	p.reads = func(string) (int, string) {
		return http.StatusNotFound, `[{"message":"No data was found for this key."}]`
	}
	p.passFor("acme", 2*time.Hour)
	if got := p.shownAs(d); got != v1alpha1.ReasonMissing {
		t.Fatalf("the record says %q", got)
	}
	p.reads = nil
	p.passFor("acme", readBackRetry+time.Minute)
	if got := p.shownAs(d); got != "" || p.differs("acme") != "" {
		t.Errorf("the record says %q, the site %q", got, p.differs("acme"))
	}
}

func TestBuildsAreReadBackBesideDeployments(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	d, b := ofWorkload("acme", "shop", "web"), makeBuild("acme", "tests", "SHOP-1")
	b.Namespace, b.Spec.PipelineID = "ci", "eu-1/ci/Job/tests"
	b.Spec.Run = &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "tests", UID: "uid"}
	p.create(d)
	p.create(b)
	p.passFor("acme", time.Second)
	p.expectBuilds(map[string]string{"tests": accepted})
	p.jira.LoseBuild(jiratest.BuildKey{PipelineID: "eu-1/ci/Job/tests", BuildNumber: 1}, 0)
	p.passFor("acme", 2*time.Hour)
	if got := p.shownAs(b); got != v1alpha1.ReasonMissing {
		t.Errorf("the build says %q, want %s", got, v1alpha1.ReasonMissing)
	}
	if got := p.shownAs(d); got != "" {
		t.Errorf("the deployment says %q", got)
	}
	if got := p.site("acme").Status.ReadBack; got.Record.Kind != "JiraBuild" || got.Result != v1alpha1.ReadBackMissing {
		t.Errorf("the site says %+v, want what differs", got)
	}
}

// Another client id sees nothing of what the former wrote. That is found with the change, and not an hour later.
func TestAnotherClientIDIsReadBackAtOnce(t *testing.T) {
	p := newPost(t)
	d := ofWorkload("acme", "shop", "web")
	p.create(d)
	p.passFor("acme", 2*time.Hour)
	p.jira.AddCredential("new-id", "new-secret", jiratest.Deployments)
	secret := p.secret("acme-jira")
	secret.Data = map[string][]byte{v1alpha1.SecretClientID: []byte("new-id"), v1alpha1.SecretClientSecret: []byte("new-secret")}
	if err := p.kube.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	p.passFor("acme", time.Second)
	if got := p.shownAs(d); got != v1alpha1.ReasonMissing || p.readBacks("new-id") != 1 {
		t.Errorf("the record says %q after %d reads, want %s after one", got, p.readBacks("new-id"), v1alpha1.ReasonMissing)
	}
}

// What is pending, what was made by hand, and what Jira refused or never was told, is not read.
func TestWhatIsNotReadBack(t *testing.T) {
	p := newPost(t)
	p.create(makeRecord("acme", "by-hand", "SHOP-1"))
	unknown := ofWorkload("acme", "shop", "unknown")
	unknown.Spec.IssueKeys = []string{"NOPE-1"}
	p.create(unknown)
	p.passFor("acme", 3*time.Hour)
	if got := p.readBacks("acme"); got > 0 {
		t.Errorf("%d records were read", got)
	}
	if got := p.site("acme").Status.ReadBack; got != (v1alpha1.ReadBackStatus{}) {
		t.Errorf("the site says %+v", got)
	}
	reasons := p.reasons("acme")
	if want := map[string]string{"by-hand": accepted}; !slices.Equal(keysOf(reasons), keysOf(want)) {
		t.Errorf("the records say %v", reasons)
	}
	if delivered := meta.FindStatusCondition(mustGet(p, unknown).Status.Conditions, v1alpha1.ConditionDelivered); delivered == nil || delivered.Status == metav1.ConditionTrue {
		t.Errorf("the record of an unknown issue says %v", delivered)
	}
}

func keysOf(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key+"="+m[key])
	}
	slices.Sort(keys)
	return keys
}

func mustGet(p *post, d *v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	p.t.Helper()
	p.shownAs(d)
	return d
}
