// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// makeBuild makes a record of a build by hand, in a namespace of its site.
func makeBuild(site, name string, keys ...string) *v1alpha1.JiraBuild {
	return &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-" + site, Name: name, UID: types.UID(site + "/build/" + name), Generation: 1, CreationTimestamp: metav1.NewTime(noon),
		},
		Spec: v1alpha1.JiraBuildSpec{
			Site: site, PipelineID: "eu-1/" + name, BuildNumber: 1, State: v1alpha1.BuildSuccessful, LastUpdated: metav1.NewTime(noon), IssueKeys: keys,
		},
	}
}

// permit gives a site's credential permissions.
func (p *post) permit(site string, permissions ...jiratest.Permission) {
	p.jira.SetPermissions(site, permissions...)
}

// built returns the reason of each build's condition Delivered.
func (p *post) built() map[string]string {
	p.t.Helper()
	var records v1alpha1.JiraBuildList
	if err := p.kube.List(p.t.Context(), &records); err != nil {
		p.t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, b := range records.Items {
		reasons[b.Name] = ""
		if delivered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.ConditionDelivered); delivered != nil {
			reasons[b.Name] = delivered.Reason
		}
	}
	return reasons
}

func (p *post) expectBuilds(want map[string]string) {
	p.t.Helper()
	if diff := cmp.Diff(want, p.built()); diff != "" {
		p.t.Errorf("what the builds say (-want +got):\n%s", diff)
	}
}

// inJira returns the pipelines of the builds that Jira has, with their states.
func (p *post) inJira() []string {
	var all []string
	for _, b := range p.jira.Builds() {
		_, state, _ := strings.Cut(string(b.JSON), `"state":"`)
		state, _, _ = strings.Cut(state, `"`)
		all = append(all, b.Key.PipelineID+" "+state)
	}
	return all
}

// missing returns the condition BuildsPermissionMissing of a site; nil where there is none.
func (p *post) missing(site string) *metav1.Condition {
	return meta.FindStatusCondition(p.site(site).Status.Conditions, v1alpha1.ConditionBuildsPermissionMissing)
}

// asked counts the requests to one of Jira's APIs, "builds" or "deployments", that submit.
func (p *post) asked(api string) int {
	n := 0
	for _, request := range p.jira.Requests() {
		if request.Method == "POST" && strings.HasPrefix(request.Path, "/jira/"+api+"/") {
			n++
		}
	}
	return n
}

func TestBothKindsGoOutInOnePass(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.write("acme", 2)
	p.create(makeBuild("acme", "build-1", "SHOP-1"))
	p.create(makeBuild("acme", "build-2", "SHOP-2", "NOPE-1"))
	p.create(makeBuild("acme", "unknown", "NOPE-1"))
	p.pass("acme")
	p.expectReasons("acme", map[string]int{accepted: 2})
	p.expectBuilds(map[string]string{"build-1": accepted, "build-2": accepted, "unknown": v1alpha1.ReasonUnknownIssueKeys})
	if diff := cmp.Diff([]string{"eu-1/build-1 successful", "eu-1/build-2 successful"}, p.inJira()); diff != "" {
		t.Errorf("Jira has (-want +got):\n%s", diff)
	}
	var b v1alpha1.JiraBuild
	if err := p.kube.Get(t.Context(), client.ObjectKey{Namespace: "shop-acme", Name: "build-2"}, &b); err != nil {
		t.Fatal(err)
	}
	if b.Status.DeliveredGeneration != 1 || b.Status.ObservedGeneration != 1 || b.Status.DeliveredTime.IsZero() || !slices.Equal(b.Status.UnknownIssueKeys, []string{"NOPE-1"}) {
		t.Errorf("the status is %+v", b.Status)
	}
	if p.missing("acme") != nil {
		t.Error("the site says that it lacks a permission")
	}
	if d, b := p.asked("deployments"), p.asked("builds"); d != 1 || b != 1 {
		t.Errorf("%d requests with deployments and %d with builds, want one each", d, b)
	}
	p.passFor("acme", 24*time.Hour)
	if d, b := p.asked("deployments"), p.asked("builds"); d != 1 || b != 1 {
		t.Errorf("after a day %d requests with deployments and %d with builds, want one each", d, b)
	}
}

// A credential of an earlier version has the permission for deployments alone. Builds wait and say so; the deployments of the
// same namespace and of others go on.
func TestBuildsThatMayNotBeWrittenHoldUpNoDeployment(t *testing.T) {
	p := newPost(t)
	build := makeBuild("acme", "build-1", "SHOP-1")
	p.create(build)
	p.write("acme", 1)
	other := makeRecord("acme", "api", "SHOP-2")
	other.Namespace = "another-tenant"
	p.create(other)
	p.passFor("acme", time.Minute)

	p.expectReasons("acme", map[string]int{accepted: 1})
	if got := len(p.jira.Deployments()); got != 2 {
		t.Errorf("Jira has %d deployments, want that of the other tenant as well", got)
	}
	p.expectBuilds(map[string]string{"build-1": v1alpha1.ReasonPermissionMissing})
	if got := p.ready("acme"); got != v1alpha1.ReasonReady {
		t.Errorf("the site is %s, want Ready", got)
	}
	condition := p.missing("acme")
	if condition == nil || condition.Status != metav1.ConditionTrue || condition.Reason != v1alpha1.ReasonPermissionMissing || condition.ObservedGeneration != 1 {
		t.Fatalf("the site says %+v", condition)
	}
	for _, part := range []string{"Builds permission", "OAuth credentials", "deployments go on", "probe at "} {
		if !strings.Contains(condition.Message, part) || strings.Contains(condition.Message, secretOfTheTest) {
			t.Errorf("the message is %q, want %q in it, and no secret", condition.Message, part)
		}
	}

	// A later deployment does not wait either, and waiting costs little.
	before := p.asked("builds")
	late := makeRecord("acme", "late", "SHOP-3")
	p.create(late)
	p.passFor("acme", time.Hour)
	p.expectReasons("acme", map[string]int{accepted: 2})
	if got := p.asked("builds") - before; got > 30 || got < 5 {
		t.Errorf("it was asked %d times in an hour whether builds may be written", got)
	}
	if writes := p.writes.Load(); writes > 5 {
		t.Errorf("%d statuses were written, want one a record and one more for the build", writes)
	}

	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.passFor("acme", 10*time.Minute)
	p.expectBuilds(map[string]string{"build-1": accepted})
	if p.missing("acme") != nil {
		t.Error("the condition stays once the permission is there")
	}
	p.passFor("acme", time.Hour)
	if got := p.inJira(); !slices.Equal(got, []string{"eu-1/build-1 successful"}) {
		t.Errorf("Jira has %v", got)
	}
}

// What a tenant's builds wait for is no business of a site that has the permission, nor of one that has no builds.
func TestAPermissionThatIsMissingIsSaidByItsSiteAlone(t *testing.T) {
	p := newPost(t)
	p.permit("pay", jiratest.Deployments, jiratest.Builds)
	p.create(makeBuild("acme", "build-1", "SHOP-1"))
	p.create(makeBuild("pay", "build-2", "SHOP-2"))
	p.passFor("acme", time.Minute)
	p.passFor("pay", time.Minute)
	p.expectBuilds(map[string]string{"build-1": v1alpha1.ReasonPermissionMissing, "build-2": accepted})
	if p.missing("acme") == nil || p.missing("pay") != nil {
		t.Errorf("acme says %v, and pay %v", p.missing("acme"), p.missing("pay"))
	}
	p.write("pay", 1)
	p.passFor("pay", time.Minute)
	if p.asked("builds") == 0 {
		t.Fatal("nothing was asked")
	}

	quiet := newPost(t) // no builds: nobody asks
	quiet.write("acme", 1)
	quiet.passFor("acme", time.Hour)
	if got := quiet.asked("builds"); got != 0 || quiet.missing("acme") != nil {
		t.Errorf("a site without builds asked %d times, and says %v", got, quiet.missing("acme"))
	}
}

// The build that found that the permission is missing may be deleted before it is given.
func TestTheConditionGoesWithoutABuild(t *testing.T) {
	p := newPost(t)
	build := makeBuild("acme", "build-1", "SHOP-1")
	p.create(build)
	p.passFor("acme", time.Minute)
	if err := p.kube.Delete(t.Context(), build); err != nil {
		t.Fatal(err)
	}
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.passFor("acme", 10*time.Minute)
	if got := p.missing("acme"); got != nil {
		t.Errorf("the site still says %s", got.Message)
	}
}

// A Secret with another credential is tried at once.
func TestAnotherCredentialIsTriedAtOnce(t *testing.T) {
	p := newPost(t)
	p.create(makeBuild("acme", "build-1", "SHOP-1"))
	p.passFor("acme", time.Hour)
	p.jira.AddCredential("acme", "rotated", jiratest.Deployments, jiratest.Builds)
	secret := p.secret("acme-jira")
	secret.Data[v1alpha1.SecretClientSecret] = []byte("rotated")
	if err := p.kube.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	p.passFor("acme", time.Second)
	p.expectBuilds(map[string]string{"build-1": accepted})
	if p.missing("acme") != nil {
		t.Error("the condition stays")
	}
}

// A credential that lost the permission for everything is the site's trouble.
func TestACredentialThatMayDoNothingIsTheSites(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.passFor("acme", time.Second)
	p.permit("acme", jiratest.Read)
	p.create(makeBuild("acme", "build-1", "SHOP-1"))
	p.write("acme", 1)
	p.passFor("acme", time.Minute)
	if got := p.ready("acme"); got != v1alpha1.ReasonPermissionMissing {
		t.Errorf("the site is %s", got)
	}
	p.expectReasons("acme", map[string]int{siteNotReady: 1})
	p.expectBuilds(map[string]string{"build-1": siteNotReady})
}

// A proxy that refuses one build, in words like Jira's for a missing permission, refuses that build: an empty submission goes
// through. It waits by itself, and the others go on.
func TestABuildThatIsRefusedAsIfForbiddenIsContent(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.gateway = func(submission string) (int, string) {
		if strings.Contains(submission, "eu-1/bad") {
			return 403, string(jiratest.PermissionMissing().Body)
		}
		return 0, ""
	}
	for i := range 3 {
		p.create(makeBuild("acme", fmt.Sprintf("build-%d", i), "SHOP-1"))
	}
	bad := makeBuild("acme", "bad", "SHOP-1")
	bad.Namespace = "mallory"
	p.create(bad)
	p.write("acme", 1)
	p.passFor("acme", 10*time.Minute)
	p.expectBuilds(map[string]string{"build-0": accepted, "build-1": accepted, "build-2": accepted, "bad": pending})
	p.expectReasons("acme", map[string]int{accepted: 1})
	if p.missing("acme") != nil || p.ready("acme") != v1alpha1.ReasonReady {
		t.Errorf("the site is %s, and says %v", p.ready("acme"), p.missing("acme"))
	}
}

// The rate of a site is shared: records of neither kind wait until there are none of the other.
func TestNeitherKindUsesUpTheRateOfTheOther(t *testing.T) {
	for name, disturb := range map[string]bool{"passes at their time": false, "passes in between, as new records cause them": true} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.permit("acme", jiratest.Deployments, jiratest.Builds)
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.RequestsPerMinute = 6 })
			for i := range 350 {
				p.create(makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1"))
				p.create(makeBuild("acme", fmt.Sprintf("build-%d", i), "SHOP-1"))
			}
			for end := p.now.Add(65 * time.Second); p.now.Before(end); { // a request each ten seconds, and the probe
				wait := p.pass("acme")
				if disturb {
					wait = p.pass("acme")
				}
				p.set(p.now.Add(wait))
			}
			if d, b := p.asked("deployments"), p.asked("builds"); d != 3 || b != 3 {
				t.Errorf("%d requests with deployments and %d with builds, want as many", d, b)
			}
		})
	}
}

// buildDeleted lets the record of a build be deleted.
func (p *post) buildDeleted(b *v1alpha1.JiraBuild) {
	p.t.Helper()
	if err := p.kube.Get(p.t.Context(), client.ObjectKeyFromObject(b), b); err != nil {
		p.t.Fatal(err)
	}
	if err := p.kube.Delete(p.t.Context(), b); err != nil {
		p.t.Fatal(err)
	}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	p.r.recordHandler().Delete(context.Background(), event.DeleteEvent{Object: b}, queue)
}

// What Jira is told of a build whose namespace goes: nobody sees any more how it ends.
func TestABuildThatIsDeleted(t *testing.T) {
	for name, tt := range map[string]struct {
		state          v1alpha1.BuildState
		delivered      bool
		namespaceLives bool
		want           []string
	}{
		"pending, with its namespace":                 {v1alpha1.BuildSuccessful, false, false, []string{"eu-1/shop-acme/build-1 successful"}},
		"in flight and delivered, with its namespace": {v1alpha1.BuildInProgress, true, false, []string{"eu-1/shop-acme/build-1 unknown"}},
		"over and delivered, with its namespace":      {v1alpha1.BuildFailed, true, false, []string{"eu-1/shop-acme/build-1 failed"}},
		"pending, by a person's hand":                 {v1alpha1.BuildSuccessful, false, true, nil},
		"in flight, by a person's hand":               {v1alpha1.BuildInProgress, true, true, []string{"eu-1/shop-acme/build-1 in_progress"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.permit("acme", jiratest.Deployments, jiratest.Builds)
			p.edit("acme", sameNamespace)
			build := makeBuild("acme", "build-1", "SHOP-1")
			build.Spec.State, build.Spec.PipelineID = tt.state, "build-1"
			p.create(build)
			if tt.delivered {
				p.passFor("acme", time.Second)
			}
			if !tt.namespaceLives {
				p.endNamespace(build.Namespace)
			}
			p.buildDeleted(build)
			p.passFor("acme", time.Hour)
			if diff := cmp.Diff(tt.want, p.inJira()); diff != "" {
				t.Errorf("Jira has (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAResyncSendsBuildsOnceMore(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	for i := range 3 {
		p.create(makeBuild("acme", fmt.Sprintf("build-%d", i), "SHOP-1"))
	}
	p.create(makeBuild("acme", "unknown", "NOPE-1"))
	p.create(makeBuild("pay", "pays", "SHOP-1"))
	p.write("acme", 1)
	p.passFor("acme", time.Minute)
	before, beforeDeployments := p.asked("builds"), p.asked("deployments")
	p.askToResync("acme", "1")
	p.passFor("acme", time.Minute)
	p.expectResync("acme", "1", true)
	if b, d := p.asked("builds")-before, p.asked("deployments")-beforeDeployments; b != 1 || d != 1 {
		t.Errorf("%d requests with builds and %d with deployments, want one each", b, d)
	}
	p.expectBuilds(map[string]string{"build-0": accepted, "build-1": accepted, "build-2": accepted, "unknown": v1alpha1.ReasonUnknownIssueKeys, "pays": ""})
	var b v1alpha1.JiraBuild
	if err := p.kube.Get(t.Context(), client.ObjectKey{Namespace: "shop-acme", Name: "build-0"}, &b); err != nil || b.Status.ResyncTime.IsZero() {
		t.Errorf("the status does not say for which resync it was sent: %+v, %v", b.Status, err)
	}
	p.passFor("acme", 24*time.Hour)
	if got := p.asked("builds") - before; got != 1 {
		t.Errorf("%d requests with builds after a day, want one", got)
	}
}

// Builds that wait for a permission do not keep a resync from its end for ever, once they get it.
func TestAResyncOfBuildsThatMayNotBeWritten(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.create(makeBuild("acme", "build-1", "SHOP-1"))
	p.write("acme", 1)
	p.passFor("acme", time.Minute)
	p.permit("acme", jiratest.Deployments)
	p.askToResync("acme", "1")
	p.passFor("acme", 10*time.Minute)
	p.expectResync("acme", "1", false)
	p.expectReasons("acme", map[string]int{accepted: 1})
	p.expectBuilds(map[string]string{"build-1": v1alpha1.ReasonPermissionMissing})
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.passFor("acme", 10*time.Minute)
	p.expectResync("acme", "1", true)
	p.expectBuilds(map[string]string{"build-1": accepted})
}

func TestBuildsOfASiteThatIsNotThere(t *testing.T) {
	p := newPost(t)
	ofRun := makeBuild("acme", "run", "SHOP-3")
	ofRun.Spec.Run = &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "run", UID: "1"}
	for _, b := range []*v1alpha1.JiraBuild{makeBuild("acme", "by-hand", "SHOP-1"), ofRun} {
		b.Spec.Site = "nowhere"
		p.create(b)
		if got := p.r.siteOf(t.Context(), b).Name; got != noSite {
			t.Errorf("the record of a site that is not there has the key %q, want the one that all of them share", got)
		}
	}
	p.pass(noSite)
	p.expectBuilds(map[string]string{"by-hand": siteNotReady, "run": ""})
}

// A build that its namespace may not tell says so, and holds up neither builds nor deployments of others.
func TestABuildThatIsWithheldWaitsByItself(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.edit("acme", sameNamespace)
	mine, others := makeBuild("acme", "mine", "SHOP-1"), makeBuild("acme", "others", "SHOP-1")
	others.Spec.Run = &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "x", UID: "1"}
	others.Namespace, others.Spec.PipelineID = "mallory", "eu-1/shop-acme/Job/mine"
	p.create(mine)
	p.create(others)
	p.create(inNamespace("shop-acme"))
	p.passFor("acme", time.Minute)
	p.expectBuilds(map[string]string{"mine": accepted, "others": v1alpha1.ReasonForeign})
	p.expectReasons("acme", map[string]int{accepted: 1})
	if got := p.inJira(); !slices.Equal(got, []string{"eu-1/shop-acme/eu-1/mine successful"}) {
		t.Errorf("Jira has %v", got)
	}
}

func TestABuildSaysThatItsSiteIsNotReady(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = true })
	p.create(makeBuild("acme", "build-1", "SHOP-1"))
	p.passFor("acme", time.Minute)
	p.expectBuilds(map[string]string{"build-1": siteNotReady})
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend, spec.DryRun = false, true })
	p.passFor("acme", time.Minute)
	p.expectBuilds(map[string]string{"build-1": v1alpha1.ReasonDryRun})
	if got := p.asked("builds"); got != 0 {
		t.Errorf("%d requests with builds in a dry run", got)
	}
}
