// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/why"
	"github.com/rollcall-dev/rollcall/test/builders"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// keyed creates a Deployment with the issue on its pod template, for a site.
func (p place) keyed(ctx context.Context, site string) *appsv1.Deployment {
	GinkgoHelper()
	return p.deploy(ctx, func(b builders.Deployment) builders.Deployment { return b.Site(site).IssueKeys(p.issue) })
}

// selectionTroubles are those of who is reported, and of what keeps a record from being written.
var selectionTroubles = []trouble{
	{
		title: "no JiraSite", reason: why.ReasonNoSite, says: "There is no JiraSite",
		rows: []string{"There is no record: `kubectl get jirasites` is empty"},
		breaks: func(ctx context.Context, p place) {
			Expect(kube.Delete(ctx, &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}})).To(Succeed())
			DeferCleanup(func(ctx SpecContext) {
				Expect(kube.Create(ctx, makeSite("acme"))).To(Succeed()) // it goes with the suite
				awaitReason(ctx, "acme", v1alpha1.ReasonReady)
			})
			p.keyed(ctx, "acme")
		},
	},
	{
		title: "labels of the workload", reason: "WorkloadSelector", says: "spec.workloadSelector",
		rows:   []string{"There is no record: labels of the namespace or the Deployment do not match the site's selectors"},
		breaks: func(ctx context.Context, p place) { p.keyed(ctx, "nobody") },
	},
	{
		title: "labels of the namespace", reason: "NamespaceSelector", says: "spec.namespaceSelector",
		rows: []string{"There is no record: labels of the namespace or the Deployment do not match the site's selectors"},
		breaks: func(ctx context.Context, p place) {
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) {
				s.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "shop"}}
			})
			p.keyed(ctx, p.site)
		},
	},
	{
		title: "rollcall.dev/sites on the workload", reason: "SitesAnnotation", says: "rollcall.dev/sites",
		rows: []string{"There is no record: `rollcall.dev/sites` on the workload does not name the site"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.IssueKeys(p.issue).Metadata(v1alpha1.AnnotationSites, "other")
			})
		},
	},
	{
		title: "a namespace that the site excludes", reason: "ExcludeNamespaces", says: "spec.excludeNamespaces",
		rows: []string{"There is no record: the site's `excludeNamespaces` match the namespace"},
		breaks: func(ctx context.Context, p place) {
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{p.namespace} })
			p.keyed(ctx, p.site)
		},
	},
	{
		title: "a namespace of the system", reason: "SystemNamespace", says: "selected by name", system: true,
		rows:   []string{"There is no record: the namespace starts with `kube-`, or is `rollcall-system`"},
		breaks: func(ctx context.Context, p place) { p.keyed(ctx, "acme") },
	},
	{
		title: "a Deployment that a Rollout takes its template from", reason: why.ReasonNotReported, says: "Rollout web is reported in its place",
		rows: []string{"There is no record: a Deployment that a Rollout names in `spec.workloadRef`"},
		breaks: func(ctx context.Context, p place) {
			create(ctx, p.argoRollout("Deployment"))
			time.Sleep(time.Second) // until the manager has seen it: else it has reported the Deployment
			p.keyed(ctx, "acme")
		},
	},
	{
		title: "a Rollout that takes its template from a ReplicaSet", reason: why.ReasonNotReported, says: "nothing to tell yet",
		rows: []string{"There is no record: an Argo Rollout that takes the template of a ReplicaSet or a PodTemplate"},
		breaks: func(ctx context.Context, p place) {
			o := p.argoRollout("ReplicaSet")
			o.SetAnnotations(map[string]string{v1alpha1.AnnotationIssueKeys: p.issue})
			create(ctx, o)
		},
	},
	{
		title: "the target of a Canary, before Flagger has noticed", reason: why.ReasonNotReported, says: "nothing to tell yet",
		rows: []string{"There is no record: the target of a Canary has a new template"},
		breaks: func(ctx context.Context, p place) {
			o := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "flagger.app/v1beta1", "kind": "Canary",
				"spec": map[string]any{"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
			}}
			o.SetNamespace(p.namespace)
			o.SetName("web")
			create(ctx, o)
			time.Sleep(time.Second) // as above
			p.keyed(ctx, "acme")
		},
	},
	{
		title: "a quota for records", reason: v1alpha1.EventRecordRefused, says: "exceeded quota",
		rows: []string{"There is no record: the Event `RecordRefused` on the workload"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			_, err := cluster.Limit(ctx, kube, p.namespace, "jiradeployments.rollcall.dev", 1)
			Expect(err).NotTo(HaveOccurred())
			release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: p.issue})
		},
	},
	{
		title: "too many releases", reason: v1alpha1.EventReleasesThrottled, says: "Too many releases",
		rows: []string{"There is no record: the Event `ReleasesThrottled` on the workload"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			revision := 0
			Eventually(func(g Gomega) {
				revision++
				release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: p.other(), "loop": strconv.Itoa(revision)})
				awaitRevision(ctx, d)
				var events corev1.EventList
				g.Expect(kube.List(ctx, &events, client.InNamespace(p.namespace))).To(Succeed())
				g.Expect(events.Items).To(ContainElement(HaveField("Reason", v1alpha1.EventReleasesThrottled)))
			}).Should(Succeed())
			release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: p.issue})
		},
	},
	{
		title: "a workload that its owner makes for one revision", reason: "PerRevision", says: "for each of its revisions",
		rows: []string{"There is no record: `rollcall_rollouts_skipped_total` rose, reason `MadePerRevision`"},
		breaks: func(ctx context.Context, p place) {
			d := makeDeployment(p.namespace, "web").IssueKeys(p.issue).Obj()
			d.OwnerReferences = []metav1.OwnerReference{{APIVersion: "serving.knative.dev/v1", Kind: "Revision", Name: "web-00001", UID: "1", Controller: ptr.To(true)}}
			create(ctx, d)
		},
	},
	{
		title: "a Job that no label says is a build", reason: why.ReasonNotLabelled, says: "no label says that the run builds",
		rows: []string{"There is no record: a Job, a CronJob, a pipeline", "My build does not show: no record of this run"},
		breaks: func(ctx context.Context, p place) {
			create(ctx, makeJob(p.namespace, map[string]string{}, map[string]string{v1alpha1.AnnotationBranch: p.issue}))
		},
	},
	{
		title: "a Job whose list of issue keys is empty", reason: "Listed", says: "nothing else is read",
		rows: []string{"My build does not show: `rollcall.dev/issue-keys` is there, and empty or with a typo"},
		breaks: func(ctx context.Context, p place) {
			create(ctx, makeJob(p.namespace, builds, map[string]string{v1alpha1.AnnotationBranch: p.issue, v1alpha1.AnnotationIssueKeys: ""}))
		},
	},
	{
		title: "a Job that names an issue of another project", reason: v1alpha1.ReasonNoIssueKeys, says: "of the site's projects", issue: "OPS-7",
		rows: []string{"My build does not show: `rollcall_builds_skipped_total` rose, reason `NoIssueKey`"},
		breaks: func(ctx context.Context, p place) {
			create(ctx, makeJob(p.namespace, builds, map[string]string{v1alpha1.AnnotationBranch: p.issue}))
		},
	},
	{
		title: "a build that Jira has", reason: why.ReasonJustTold, says: "a moment ago", inJira: true,
		rows: []string{"My build does not show: a record, DELIVERED True"},
		breaks: func(ctx context.Context, p place) {
			create(ctx, makeJob(p.namespace, builds, map[string]string{v1alpha1.AnnotationBranch: p.issue}))
		},
	},
}

var builds = map[string]string{v1alpha1.LabelBuild: "true"}

// makeJob returns a Job that nobody runs.
func makeJob(namespace string, labels, annotations map[string]string) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "build", Labels: labels, Annotations: annotations},
		Spec: batchv1.JobSpec{
			ManagedBy: ptr.To("acme.example/none"),
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "build", Image: "buildkit:1"}},
			}},
		},
	}
}

// argoRollout returns a Rollout of Argo's that takes its template from an object of a kind, called web.
func (p place) argoRollout(kind string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
		"spec": map[string]any{
			"workloadRef": map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": "web"},
			"strategy":    map[string]any{"canary": map[string]any{}},
		},
	}}
	o.SetNamespace(p.namespace)
	o.SetName("web")
	return o
}
