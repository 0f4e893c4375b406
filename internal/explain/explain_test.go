// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// What the manager has recorded and Jira has taken is explained without a word of what would change.
func TestARecordedRelease(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12: mend the login"))).
		recorded("shop-prod", delivered(metav1.ConditionTrue, v1alpha1.ReasonAccepted, "Jira took it."))
	found := w.explain("shop-prod")

	g.Expect(found.Workload).To(Equal(Workload{Kind: "Deployment", Namespace: "shop-prod", Name: "web"}))
	g.Expect(found.Revision).To(BeNumerically("==", 1))
	g.Expect(found.State).To(Equal("successful"))
	g.Expect(found.Why).To(Equal("Every pod that is wanted is of this revision and available."))
	g.Expect(*found.Since).To(Equal(noon.Add(60e9)))
	g.Expect(found.Problem).To(BeEmpty())
	g.Expect(found.Sites).To(HaveLen(1))
	site := found.Sites[0]
	g.Expect(site.Selected).To(BeTrue())
	g.Expect(site.Compared.Rule).To(Equal("Current"))
	g.Expect(site.Would).To(BeNil(), "the manager has nothing to write")
	g.Expect(site.Keys).To(Equal([]Key{{
		Key: "SHOP-12", Place: "pod template", Name: v1alpha1.AnnotationCommitMessage, Text: "SHOP-12: mend the login", Start: 0, End: 7,
		Rule: "Own", Because: "It comes with this revision.",
	}}))
	g.Expect(site.Environment).To(Equal(&Environment{ID: "prod-eu", Name: "Production EU", Type: "production", Because: "spec.environments[0] (id prod-eu) matches"}))
	g.Expect(site.Record.Issues).To(Equal([]string{"SHOP-12"}))
	g.Expect(site.Jira).To(Equal("Jira has it, since 2026-03-01T12:03:00Z."))
}

func TestNearMisses(t *testing.T) {
	for name, tt := range map[string]struct {
		change []func(*appsv1.Deployment)
		site   func(*v1alpha1.JiraSite)
		want   string // key, rule, place
	}{
		"lower case in a tag":    {[]func(*appsv1.Deployment){image("shop/web:shop-12")}, nil, "SHOP-12 LowerCase image"},
		"project not listed":     {[]func(*appsv1.Deployment){onTemplate(v1alpha1.AnnotationCommitMessage, "PAY-12")}, nil, "PAY-12 Project pod template"},
		"reverted":               {[]func(*appsv1.Deployment){onTemplate(v1alpha1.AnnotationCommitMessage, `Revert "SHOP-12"`)}, nil, "SHOP-12 Reverted pod template"},
		"a version":              {[]func(*appsv1.Deployment){onTemplate(v1alpha1.AnnotationCommitMessage, "shop-1.4.0")}, nil, "SHOP-1 Number pod template"},
		"a lookalike":            {[]func(*appsv1.Deployment){onTemplate(v1alpha1.AnnotationCommitMessage, "UTF-8")}, func(s *v1alpha1.JiraSite) { s.Spec.Projects = nil }, "UTF-8 Lookalike pod template"},
		"tags are off":           {[]func(*appsv1.Deployment){image("shop/web:SHOP-12")}, func(s *v1alpha1.JiraSite) { s.Spec.IssueKeys.ImageTags = v1alpha1.KeysOff }, "SHOP-12 ReadingOff image"},
		"another container":      {[]func(*appsv1.Deployment){func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[1].Image = "mesh/proxy:SHOP-12" }}, nil, "SHOP-12 OtherContainer image"},
		"an unlisted annotation": {[]func(*appsv1.Deployment){onWorkload("acme.example/ticket", "SHOP-12")}, nil, "SHOP-12 OtherPlace workload"},
		"an empty list hides it": {[]func(*appsv1.Deployment){onTemplate(v1alpha1.AnnotationIssueKeys, ""), onTemplate(v1alpha1.AnnotationBranch, "SHOP-12")}, nil, "SHOP-12 PassedOver pod template"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w := newWorld(t).with(web("shop-prod", tt.change...))
			if tt.site != nil {
				tt.site(w.site)
			}
			site := w.explain("shop-prod").Sites[0]
			g.Expect(site.Keys).To(BeEmpty())
			g.Expect(site.NearMisses).To(HaveLen(1))
			miss := site.NearMisses[0]
			g.Expect(miss.Key + " " + miss.Rule + " " + miss.Place).To(Equal(tt.want))
			g.Expect(miss.Because).To(Equal(words(record.Rule(miss.Rule))))
			why := "NoIssueKeys"
			if name == "an empty list hides it" {
				why = "EmptyList"
			}
			g.Expect(site.Notes).To(ContainElement(HaveField("Rule", why)))
		})
	}
}

func image(name string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = name }
}

// A text that was there for the release before speaks of that one.
func TestAStaleText(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onWorkload(v1alpha1.AnnotationChangeCause, "SHOP-12"))).recorded("shop-prod").
		replace(web("shop-prod", onWorkload(v1alpha1.AnnotationChangeCause, "SHOP-12"), revision("2")))
	site := w.explain("shop-prod").Sites[0]
	g.Expect(site.Compared.Rule).To(Equal("NewTemplate"))
	g.Expect(site.Compared.Revision).To(BeNumerically("==", 1))
	g.Expect(site.Keys).To(BeEmpty())
	g.Expect(site.NearMisses).To(ConsistOf(And(HaveField("Key", "SHOP-12"), HaveField("Rule", "Unchanged"))))
}

func TestARollbackHasTheKeysOfWhatItRestores(t *testing.T) {
	g := NewWithT(t)
	first := web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12"))
	third := web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12"), onWorkload("deployment.kubernetes.io/revision", "3"))
	w := newWorld(t).with(first).recorded("shop-prod").
		replace(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-13"), revision("2"))).recorded("shop-prod").
		replace(third)
	site := w.explain("shop-prod").Sites[0]
	g.Expect(site.Compared.Rule).To(Equal("Rollback"))
	g.Expect(site.Compared.Text).To(HaveSuffix("It restores revision 1."))
	g.Expect(site.Would.Issues).To(Equal([]string{"SHOP-12"}))
	g.Expect(site.Notes).To(ContainElement(HaveField("Rule", "Restored")))
}

// A Deployment whose ReplicaSets were deleted counts from 1 again. The record of that number is of another release: what Jira
// has of it says nothing of this one.
func TestNumbersThatStartedAnew(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12"))).
		recorded("shop-prod", delivered(metav1.ConditionTrue, v1alpha1.ReasonAccepted, "Jira took it.")).
		replace(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-13"), revision("2"))).recorded("shop-prod").
		replace(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-14"), image("shop/web:3.0")))
	site := w.explain("shop-prod").Sites[0]
	g.Expect(site.Compared.Rule).To(Equal("Outdated"))
	g.Expect(site.Record).To(BeNil())
	g.Expect(site.Delivered).To(BeNil())
}

// The keys of a finished rollout stay, whatever its texts say later.
func TestKeysThatCameTooLate(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12"))).recorded("shop-prod").
		replace(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12"), onWorkload(v1alpha1.AnnotationIssueKeys, "SHOP-13")))
	site := w.explain("shop-prod").Sites[0]
	g.Expect(site.Keys).To(ConsistOf(And(HaveField("Key", "SHOP-12"), HaveField("Rule", "Kept"), HaveField("Place", "record"))))
	g.Expect(site.NearMisses).To(ContainElement(And(HaveField("Key", "SHOP-13"), HaveField("Rule", "Finished"))))
}

func TestWhyASiteDoesNotReportAWorkload(t *testing.T) {
	for name, tt := range map[string]struct {
		site   func(*v1alpha1.JiraSite)
		change func(*appsv1.Deployment)
		want   string
	}{
		"the namespace is excluded": {func(s *v1alpha1.JiraSite) { s.Spec.ExcludeNamespaces = []string{"shop-*"} }, nil, "its spec.excludeNamespaces leaves it out"},
		"the namespace's labels":    {func(s *v1alpha1.JiraSite) { s.Spec.NamespaceSelector = labelled("team", "pay") }, nil, "the namespace's labels do not match its spec.namespaceSelector"},
		"the workload's labels":     {func(s *v1alpha1.JiraSite) { s.Spec.WorkloadSelector = labelled("team", "pay") }, nil, "its labels do not match the site's spec.workloadSelector"},
		"an invalid site":           {func(s *v1alpha1.JiraSite) { s.Spec.ExcludeNamespaces = []string{"["} }, nil, "the site has an error, and what it selects cannot be known"},
		"its own list of sites":     {nil, onWorkload(v1alpha1.AnnotationSites, "beta"), "its annotation rollcall.dev/sites does not name the site"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			changes := []func(*appsv1.Deployment){onTemplate(v1alpha1.AnnotationIssueKeys, "SHOP-12")}
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			w := newWorld(t).with(web("shop-prod", changes...))
			if tt.site != nil {
				tt.site(w.site)
			}
			site := w.explain("shop-prod").Sites[0]
			g.Expect(site.Selected).To(BeFalse())
			g.Expect(site.NotSelected).To(Equal(tt.want))
			g.Expect(site.Would).To(BeNil())
			g.Expect(site.Keys).To(ConsistOf(HaveField("Key", "SHOP-12")), "what it would be shown on is said all the same")
		})
	}
}

func labelled(name, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{name: value}}
}

func TestWhyThereIsNothingToTell(t *testing.T) {
	replaces := rollout.NewArgoRollout()
	replaces.SetNamespace("shop-prod")
	replaces.SetName("shop")
	replaces.Object["spec"] = map[string]any{"workloadRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}
	for name, tt := range map[string]struct {
		change func(*appsv1.Deployment)
		with   bool
		want   string
	}{
		"not observed":         {func(d *appsv1.Deployment) { d.Generation = 2 }, false, "There is nothing to tell yet"},
		"a Rollout takes over": {func(*appsv1.Deployment) {}, true, "Rollout shop is reported in its place."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).with(web("shop-prod", tt.change))
			if tt.with {
				w.with(replaces)
			}
			NewWithT(t).Expect(w.explain("shop-prod").Problem).To(ContainSubstring(tt.want))
		})
	}
}

func TestAWorkloadThatIsGone(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationIssueKeys, "SHOP-12"))).recorded("shop-prod")
	w.objects = append(w.objects[:3], w.objects[4:]...)
	found := w.explain("shop-prod")
	g.Expect(found.Problem).To(HavePrefix("It is not there any more."))
	g.Expect(found.Sites[0].Record.Issues).To(Equal([]string{"SHOP-12"}))
	_, err := w.explainer().Workload(t.Context(), workload.Kinds[0], "shop-prod", "api")
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "%v", err)
}

// A tenant's trouble is nobody else's: two namespaces with one name of a workload.
func TestTwoNamespaces(t *testing.T) {
	g := NewWithT(t)
	many := map[string]string{}
	for i := range 500 {
		many[string(rune('a'+i%26))+"."+string(rune('a'+i/26))] = string(make([]byte, 60))
	}
	crowded := web("pay-prod")
	crowded.Labels = many
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationIssueKeys, "SHOP-12")), namespaceOf("pay-prod", "uid-of-pay"), crowded)
	all, err := w.explainer().All(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(all).To(HaveLen(2))
	g.Expect(all[0].Problem).To(ContainSubstring("it has too many labels"))
	g.Expect(all[1].Problem).To(BeEmpty())
	g.Expect(all[1].Sites[0].Would.Issues).To(Equal([]string{"SHOP-12"}))
}

// What waits says why; what Jira does not know is named.
func TestWhatBecameOfARecord(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*v1alpha1.JiraDeployment)
		want   string
	}{
		"not yet":  {func(*v1alpha1.JiraDeployment) {}, "It was not sent yet."},
		"rejected": {delivered(metav1.ConditionFalse, v1alpha1.ReasonRejected, "The name is too long."), "Jira does not have it (Rejected): The name is too long."},
		"an unknown key": {func(d *v1alpha1.JiraDeployment) {
			delivered(metav1.ConditionTrue, v1alpha1.ReasonAccepted, "")(d)
			d.Status.UnknownIssueKeys = []string{"SHOP-12"}
		}, "Jira has it, since 2026-03-01T12:03:00Z. It does not know SHOP-12."},
		"an earlier state": {func(d *v1alpha1.JiraDeployment) {
			delivered(metav1.ConditionTrue, v1alpha1.ReasonAccepted, "Jira took it.")(d)
			d.Generation = 2
		}, "Jira has an earlier state of it. The present one was not sent yet."},
		"a later state waits": {func(d *v1alpha1.JiraDeployment) {
			delivered(metav1.ConditionFalse, v1alpha1.ReasonSiteNotReady, "The site is not Ready.")(d)
			d.Generation, d.Status.DeliveredGeneration, d.Status.Conditions[0].ObservedGeneration = 2, 1, 2
		}, "Jira has an earlier state of it. The present one waits (SiteNotReady): The site is not Ready."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationIssueKeys, "SHOP-12"))).recorded("shop-prod", tt.change)
			NewWithT(t).Expect(w.explain("shop-prod").Sites[0].Jira).To(Equal(tt.want))
		})
	}
}

func TestKindsAsKubectlTakesThem(t *testing.T) {
	for words, want := range map[string]string{
		"deploy/web": "deployments/web", "deployments.apps/web": "deployments/web", "deployment.v1.apps/web": "deployments/web", "sts/db": "statefulsets/db",
		"DaemonSet/agent": "daemonsets/agent", "rollout/web": "rollouts/web", "ro/web": "rollouts/web",
		"pod/web": "", "web": "", "deploy/": "", "deploy/web/x": "", "deploy.batch/web": "",
	} {
		kind, name, err := ParseWorkload([]string{words})
		if got := kind.Resource + "/" + name; (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s is %s, %v; want %q", words, got, err, want)
		}
	}
	if kind, name, err := ParseWorkload([]string{"sts", "db"}); err != nil || kind.Resource != "statefulsets" || name != "db" {
		t.Errorf("sts db is %s %s, %v", kind.Resource, name, err)
	}
}

func TestAnExcerptIsTheLineAroundAKey(t *testing.T) {
	long := string(make([]byte, 500))
	for name, tt := range map[string]struct {
		text       string
		start, end int
		want       string
	}{
		"a line":              {"first\r\nfix SHOP-12\r\nlast", 11, 18, "fix SHOP-12"},
		"a long line":         {long + "SHOP-12" + long, 500, 507, long[:80] + "SHOP-12" + long[:80]},
		"no part of a letter": {"é" + long[:79] + "SHOP-12", 81, 88, long[:79] + "SHOP-12"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got, start, end := excerpt(tt.text, tt.start, tt.end)
			g.Expect(got).To(Equal(tt.want))
			g.Expect(got[start:end]).To(Equal("SHOP-12"))
		})
	}
}

// Others read the JSON: its names stay.
func TestTheNamesInJSON(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationCommitMessage, "SHOP-12 and PAY-1"))).recorded("shop-prod")
	text, err := json.Marshal(w.explain("shop-prod"))
	g.Expect(err).NotTo(HaveOccurred())
	var fields map[string]any
	g.Expect(json.Unmarshal(text, &fields)).To(Succeed())
	g.Expect(fields).To(And(HaveKey("workload"), HaveKey("revision"), HaveKey("templateHash"), HaveKey("images"), HaveKey("state"), HaveKey("since"), HaveKey("why"), HaveKey("sites")))
	g.Expect(fields["sites"].([]any)[0]).To(And(HaveKey("name"), HaveKey("selected"), HaveKey("compared"), HaveKey("projects"), HaveKey("keys"), HaveKey("nearMisses"),
		HaveKey("texts"), HaveKey("environment"), HaveKey("record"), HaveKey("jira")))
}
