// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/internal/why"

	"github.com/rollcall-dev/rollcall/test/builders"
)

// byHand creates a record as a person would, of the site acme.
func (p place) byHand(ctx context.Context, f func(*v1alpha1.JiraDeployment)) {
	GinkgoHelper()
	d := &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "by-hand"},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:        "acme",
			Pipeline:    v1alpha1.Pipeline{ID: "by-hand"},
			Environment: v1alpha1.Environment{ID: "production", Type: v1alpha1.EnvironmentProduction},
			State:       v1alpha1.StateSuccessful,
			IssueKeys:   []string{p.issue},
		},
	}
	f(d)
	create(ctx, d)
}

// byHandThat is a trouble of a record that was made by hand so.
func byHandThat(f func(place, *v1alpha1.JiraDeployment)) func(context.Context, place) {
	return func(ctx context.Context, p place) {
		p.byHand(ctx, func(d *v1alpha1.JiraDeployment) { f(p, d) })
	}
}

// unready is a trouble of a Deployment whose pods do not become ready, and that is changed so.
func (p place) unready(ctx context.Context, seconds int32, f func(*appsv1.Deployment)) {
	GinkgoHelper()
	d := p.deploy(ctx, func(b builders.Deployment) builders.Deployment { return b.IssueKeys(p.issue).NeverReady(seconds) })
	awaitBeginning(ctx, p.namespace)
	change(ctx, d, f)
}

// strategy creates a StatefulSet whose second release, with the issue, waits.
func (p place) strategy(ctx context.Context, of appsv1.StatefulSetUpdateStrategy) {
	GinkgoHelper()
	template := makeDeployment(p.namespace, "db").IssueKeys(p.other()).Obj().Spec
	s := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "db", Labels: map[string]string{"site": "acme"}},
		Spec:       appsv1.StatefulSetSpec{Replicas: ptr.To[int32](1), Selector: template.Selector, Template: template.Template, UpdateStrategy: of},
	}
	create(ctx, s)
	awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
	change(ctx, s, func(s *appsv1.StatefulSet) { s.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = p.issue })
}

// recordTroubles are those of records: what Jira said to them, and what keeps them from it.
var recordTroubles = []trouble{
	{
		title: "an issue that Jira does not know, beside one that it knows", reason: v1alpha1.ReasonUnknownIssueKeys, says: "Jira does not know SHOP-5001.", issue: "SHOP-5001",
		rows: []string{"Jira took it: SHOP-12 is in `status.unknownIssueKeys`"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment { return b.IssueKeys("SHOP-1, SHOP-5001") })
		},
	},
	{
		title: "an issue that Jira does not know", reason: v1alpha1.ReasonUnknownIssueKeys, says: "Jira does not know SHOP-5002.", issue: "SHOP-5002",
		rows:   []string{"It is not delivered: False, `UnknownIssueKeys`"},
		breaks: func(ctx context.Context, p place) { p.keyed(ctx, "acme") },
	},
	{
		title: "a release that Jira took a moment ago", reason: why.ReasonJustTold, says: "a moment ago", inJira: true,
		rows:   []string{"Jira took it: it was accepted a moment ago", "It is not delivered: True, `Accepted`", "The site is not Ready: `Ready`"},
		breaks: func(ctx context.Context, p place) { p.keyed(ctx, "acme") },
	},
	{
		title: "another environment than expected", reason: v1alpha1.EventEnvironmentUnmapped, says: "unmapped", inJira: true,
		rows: []string{"Jira took it: it stands under another environment than expected"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.IssueKeys(p.issue).Annotation(v1alpha1.KeyEnvironment, "blue")
			})
		},
	},
	{
		title: "a record by hand", reason: why.ReasonByHand, says: "by hand", inJira: true,
		rows:   []string{"Jira took it: the record was written by hand, with a `sequence` used before"},
		breaks: byHandThat(func(_ place, d *v1alpha1.JiraDeployment) { d.Spec.Sequence = 7 }),
	},
	{
		title: "no replica", reason: why.ReasonState, says: "It is to run no pod.", inJira: true,
		rows: []string{"Its state is not what I expect: `pending`, \"It is to run no pod.\""},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				b.Obj().Spec.Replicas = ptr.To[int32](0)
				return b.IssueKeys(p.issue)
			})
		},
	},
	{
		title: "a rollout that is paused half-way", reason: why.ReasonState, says: "It is paused.", inJira: true,
		rows: []string{"Its state is not what I expect: `pending`, \"It is paused.\""},
		breaks: func(ctx context.Context, p place) {
			p.unready(ctx, 600, func(d *appsv1.Deployment) { d.Spec.Paused = true })
		},
	},
	{
		title: "a rollout that failed", reason: why.ReasonState, says: "Its state is failed.", inJira: true,
		rows: []string{"Its state is not what I expect: `failed`, \"It made no progress for 10m.\"", "Its state is not what I expect: `failed`, and the workload is at 0 replicas now"},
		breaks: func(ctx context.Context, p place) {
			p.unready(ctx, 1, func(*appsv1.Deployment) {})
		},
	},
	{
		title: "the update strategy OnDelete", reason: why.ReasonState, says: "It waits until somebody deletes its pods", inJira: true,
		rows: []string{"Its state is not what I expect: `pending`, \"It waits until somebody deletes its pods\""},
		breaks: func(ctx context.Context, p place) {
			p.strategy(ctx, appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType})
		},
	},
	{
		title: "a partition", reason: why.ReasonState, says: "Its partition holds back every pod.", inJira: true,
		rows: []string{"Its state is not what I expect: `pending`, \"Its partition holds back every pod.\""},
		breaks: func(ctx context.Context, p place) {
			p.strategy(ctx, appsv1.StatefulSetUpdateStrategy{
				Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr.To[int32](1)},
			})
		},
	},
	{
		title: "a request that something refuses while the site works", reason: v1alpha1.ReasonPending,
		rows: []string{"It is not delivered: False, `Pending`"},
		breaks: func(ctx context.Context, p place) {
			fault := jiratest.BlockedByProxy()
			fault.Match = jiratest.Bulk
			jiraNow.Inject(fault)
			DeferCleanup(jiraNow.ClearFaults)
			p.keyed(ctx, "acme")
		},
	},
	{
		title: "a record that waits for its site", reason: v1alpha1.ReasonSiteNotReady, says: "SecretNotFound", among: true,
		rows: []string{"It is not delivered: False, `SiteNotReady`"},
		breaks: func(ctx context.Context, p place) {
			create(ctx, makeSite(p.site))
			p.keyed(ctx, p.site)
		},
	},
	{
		title: "a record by hand for a site that is not there", reason: why.ReasonSiteGone, says: "no JiraSite acne",
		rows:   []string{"It is not delivered: False, `SiteNotReady`"},
		breaks: byHandThat(func(_ place, d *v1alpha1.JiraDeployment) { d.Spec.Site = "acne" }),
	},
	{
		title: "a resync", reason: v1alpha1.ReasonResync, inJira: true,
		rows: []string{"It is not delivered: False, `Resync`"},
		breaks: func(ctx context.Context, p place) {
			site := p.site1(ctx)
			p.keyed(ctx, p.site)
			awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
			// A refusal would be the reason instead, from the second one on.
			jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Delay: patience / 2})
			DeferCleanup(jiraNow.ClearFaults)
			change(ctx, site, func(s *v1alpha1.JiraSite) {
				metav1.SetMetaDataAnnotation(&s.ObjectMeta, v1alpha1.AnnotationResync, "now")
			})
		},
	},
	{
		title: "a dry run", reason: v1alpha1.ReasonDryRun, says: "dryRun",
		rows: []string{"It is not delivered: False, `DryRun`", "The site is not Ready: `DryRun`"},
		breaks: func(ctx context.Context, p place) {
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.DryRun = true })
			p.keyed(ctx, p.site)
		},
	},
	{
		title: "two records by hand with one sequence", reason: v1alpha1.ReasonSuperseded, inJira: true,
		rows: []string{"It is not delivered: False, `Superseded`"},
		breaks: func(ctx context.Context, p place) {
			site := p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true })
			for i := range 2 {
				p.byHand(ctx, func(d *v1alpha1.JiraDeployment) {
					d.Name, d.Spec.Site, d.Spec.Sequence = fmt.Sprintf("by-hand-%d", i), p.site, 7
				})
				time.Sleep(1100 * time.Millisecond) // the one that was made later is newer
			}
			change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Suspend = false })
		},
	},
	{
		title: "a record of another cluster", reason: v1alpha1.ReasonForeign,
		rows:   []string{"It is not delivered: False, `Foreign`"},
		breaks: byHandThat(func(_ place, d *v1alpha1.JiraDeployment) { d.Spec.ClusterUID = "another" }),
	},
	{
		title: "a record by hand in a namespace that the site does not select", reason: v1alpha1.ReasonNotSelected, says: "excludeNamespaces",
		rows: []string{"It is not delivered: False, `NotSelected`"},
		breaks: func(ctx context.Context, p place) {
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{p.namespace} })
			p.byHand(ctx, func(d *v1alpha1.JiraDeployment) { d.Spec.Site = p.site })
		},
	},
	{
		title: "a record by hand with an issue of another project", reason: v1alpha1.ReasonProjectNotAllowed, says: "OPS", issue: "OPS-9",
		rows:   []string{"It is not delivered: False, `ProjectNotAllowed`"},
		breaks: byHandThat(func(place, *v1alpha1.JiraDeployment) {}),
	},
	{
		title: "a record by hand where the site takes none", reason: v1alpha1.ReasonHandmadeNotAllowed,
		rows: []string{"It is not delivered: False, `HandmadeNotAllowed`"},
		breaks: func(ctx context.Context, p place) {
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.Handmade.Allow = v1alpha1.HandmadeNone })
			p.byHand(ctx, func(d *v1alpha1.JiraDeployment) { d.Spec.Site = p.site })
		},
	},
	{
		title: "a record by hand for the environment of others", reason: v1alpha1.ReasonEnvironmentNotAllowed, says: "production",
		rows:   []string{"It is not delivered: False, `EnvironmentNotAllowed`"},
		breaks: byHandThat(func(_ place, d *v1alpha1.JiraDeployment) { d.Spec.Environment.ID = clusterName + "/others" }),
	},
	{
		title: "a record that speaks for another pipeline", reason: v1alpha1.ReasonPipelineNotAllowed,
		rows: []string{"It is not delivered: False, `PipelineNotAllowed`"},
		breaks: func(ctx context.Context, p place) {
			web := p.rollOut(ctx, asItIs)
			p.byHand(ctx, func(d *v1alpha1.JiraDeployment) {
				d.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: web.UID}
				d.Spec.Pipeline.ID = clusterName + "/" + p.namespace + "/Deployment/api"
				d.Spec.Sequence = web.CreationTimestamp.Unix()*1e6 + 9 // later than web's own, or it would be one of a backup
			})
		},
	},
	{
		title: "a record by hand whose sequence is too high", reason: v1alpha1.ReasonSequenceTooHigh,
		rows:   []string{"It is not delivered: False, `SequenceTooHigh`"},
		breaks: byHandThat(func(_ place, d *v1alpha1.JiraDeployment) { d.Spec.Sequence = 1<<53 - 1 }),
	},
	{
		title: "a release whose commits are not known", reason: v1alpha1.ReasonRepositoryNotListed, says: "It is not known which commits it ships",
		rows: []string{"It is not delivered: False, `NoIssueKeys`", "The record has other keys: keys of a commit are missing"},
		breaks: func(ctx context.Context, p place) {
			p.commits(ctx)
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Site(p.site).Annotation(v1alpha1.AnnotationRepository, "https://git.example/evil/shop").Annotation(v1alpha1.AnnotationRevision, "4f1c2d3")
			})
		},
	},
	{
		title: "a repository that is none", reason: v1alpha1.EventSourceNotResolved, says: "cannot be used", among: true,
		rows: []string{"There is no record: `spec.commits` of the site is set, and the Event `SourceNotResolved` is on the workload"},
		breaks: func(ctx context.Context, p place) {
			p.commits(ctx)
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Site(p.site).Annotation(v1alpha1.AnnotationRepository, "https://git.example/acme/../evil/shop").Annotation(v1alpha1.AnnotationRevision, "main")
			})
		},
	},
	{
		title: "a build whose permission is missing", reason: v1alpha1.ConditionBuildsPermissionMissing, says: "Builds",
		rows: []string{"It is not delivered: False, `PermissionMissing` on a build", "My build does not show: a record, DELIVERED False, `PermissionMissing`"},
		breaks: func(ctx context.Context, p place) {
			jiraNow.AddCredential(p.site, canary, jiratest.Deployments)
			mendSecret(ctx, p.site+"-jira", p.site, canary)
			create(ctx, makeSite(p.site))
			create(ctx, makeJob(p.namespace, builds, map[string]string{v1alpha1.AnnotationBranch: p.issue, v1alpha1.AnnotationSites: p.site}))
		},
	},
	{
		title: "what was rolled out before the site existed", reason: v1alpha1.ReasonExisting,
		rows: []string{"It is not delivered: False, `Existing`"},
		breaks: func(ctx context.Context, p place) {
			awaitRevision(ctx, p.keyed(ctx, p.site))
			time.Sleep(1100 * time.Millisecond) // times are in seconds
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.Existing = v1alpha1.ExistingIgnore })
		},
	},
}

// commits creates a site that asks for commits, for workloads with its label.
func (p place) commits(ctx context.Context) {
	GinkgoHelper()
	p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) {
		s.Commits = &v1alpha1.Commits{Repositories: []v1alpha1.CommitRepositories{{URL: "https://git.example/acme"}}}
	})
}
