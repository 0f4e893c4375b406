// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/why"

	"github.com/rollcall-dev/rollcall/test/builders"
)

// deploy creates a Deployment in the place.
func (p place) deploy(ctx context.Context, f func(builders.Deployment) builders.Deployment) *appsv1.Deployment {
	GinkgoHelper()
	d := f(makeDeployment(p.namespace, "web")).Obj()
	create(ctx, d)
	return d
}

// rollOut creates a Deployment whose first release ships another issue, and waits until Jira has that.
func (p place) rollOut(ctx context.Context, f func(builders.Deployment) builders.Deployment) *appsv1.Deployment {
	GinkgoHelper()
	d := p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
		return f(b.Annotation(v1alpha1.AnnotationCommitMessage, p.other()+": y"))
	})
	awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
	return d
}

// release gives a Deployment another image and these annotations on its pod template.
func release(ctx context.Context, d *appsv1.Deployment, annotations map[string]string) {
	GinkgoHelper()
	change(ctx, d, func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = annotations
		image := &d.Spec.Template.Spec.Containers[0].Image
		*image += "1"
	})
}

// awaitRevision waits until the controller has seen a Deployment's newest template, and returns the number of its revision.
func awaitRevision(ctx context.Context, d *appsv1.Deployment) string {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(d.Status.ObservedGeneration).To(Equal(d.Generation))
		g.Expect(d.Status.UpdatedReplicas).To(Equal(*d.Spec.Replicas))
	}).Should(Succeed())
	return d.Annotations["deployment.kubernetes.io/revision"]
}

func asItIs(b builders.Deployment) builders.Deployment { return b }

// textTroubles are those of what is written on workloads.
var textTroubles = []trouble{
	{
		title: "lower case in the tag of the image", reason: "LowerCase", says: `"shop-`,
		rows: []string{"There is no record: the key is in lower case in a tag"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Image("shop/web:" + strings.ToLower(p.issue) + "-abc")
			})
		},
	},
	{
		title: "lower case where the site lists no projects", reason: "LowerCase", says: "where the site lists the project",
		rows: []string{"There is no record: `rollcall_rollouts_skipped_total` rose, reason `NoIssueKey`"},
		breaks: func(ctx context.Context, p place) {
			p.site1(ctx, func(s *v1alpha1.JiraSiteSpec) { s.Projects = nil })
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Site(p.site).Annotation(v1alpha1.AnnotationCommitMessage, strings.ToLower(p.issue)+": mend it")
			})
		},
	},
	{
		title: "a project that the site does not list", reason: "Project", says: "does not list the project", issue: "OPS-12",
		rows: []string{"There is no record: the key's project is missing in the site's `projects`"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Annotation(v1alpha1.AnnotationCommitMessage, "OPS-12: x")
			})
		},
	},
	{
		title: "a list of issue keys with a typo", reason: "Listed", says: "has a typo",
		rows: []string{"There is no record: `rollcall.dev/issue-keys` is there but empty, or has a typo"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.IssueKeys(strings.ReplaceAll(p.issue, "-", ""))
			})
		},
	},
	{
		title: "an empty list of issue keys", reason: "PassedOver", says: "is empty, and nothing else is read",
		rows: []string{"There is no record: `rollcall.dev/issue-keys` is there but empty, or has a typo"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.IssueKeys("").Annotation(v1alpha1.AnnotationCommitMessage, p.issue+": x")
			})
		},
	},
	{
		title: "a text in the metadata that was there before the release", reason: "Unchanged", says: "was there for the release before",
		rows: []string{"There is no record: the keys are in the metadata, and were there before the release"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Metadata(v1alpha1.AnnotationCommitMessage, p.issue+": x")
			})
			release(ctx, d, nil)
		},
	},
	{
		title: "a revert", reason: "Reverted", says: "reverted",
		rows: []string{"There is no record: the only key is inside `Revert \"...\"`"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Annotation(v1alpha1.AnnotationCommitMessage, fmt.Sprintf("Revert %q", p.issue+": x"))
			})
		},
	},
	{
		title: "a restart, and a text that is written with it", reason: "Restart", says: "restart",
		rows: []string{"There is no record: no new pod template", "There is no record: an image was pushed under the same tag"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			change(ctx, d, func(d *appsv1.Deployment) {
				d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = time.Now().Format(time.RFC3339)
				metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationCommitMessage, p.issue+": x")
			})
		},
	},
	{
		title: "a key that is written once the rollout is finished", reason: "Finished", says: "its issue keys stay",
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			change(ctx, d, func(d *appsv1.Deployment) {
				metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationIssueKeys, p.issue)
			})
		},
	},
	{
		title: "a Deployment that is paused", reason: why.ReasonPaused, says: "paused",
		rows: []string{"There is no record: the Deployment is paused and no pod has the new template"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Paused = true })
			release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: p.issue})
		},
	},
	{
		title: "revisions that are numbered anew", reason: why.ReasonRevisionRegressed, says: "numbered anew",
		rows: []string{"There is no record: `rollcall_rollouts_skipped_total` rose, reason `RevisionRegressed`"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			for n := range 3 {
				release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: fmt.Sprintf("PAY-%d", n+1)})
				awaitRevision(ctx, d)
			}
			var list v1alpha1.JiraDeploymentList
			Eventually(func(g Gomega) {
				g.Expect(kube.List(ctx, &list, client.InNamespace(p.namespace))).To(Succeed())
				g.Expect(list.Items).To(ContainElement(HaveField("Spec.Revision", int64(4))))
			}).Should(Succeed())
			Expect(kube.DeleteAllOf(ctx, &appsv1.ReplicaSet{}, client.InNamespace(p.namespace))).To(Succeed())
			Eventually(func() string { return awaitRevision(ctx, d) }).Should(Equal("1"))
			release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: p.issue})
		},
	},
	{
		title: "a list on the pod template", reason: "PassedOver", says: "nothing else is read",
		rows: []string{"The record has other keys: keys of `rollcall.dev/issue-keys` only"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.IssueKeys(p.other()).Annotation(v1alpha1.AnnotationCommitMessage, p.issue+": x")
			})
			awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
		},
	},
	{
		title: "a text in the metadata, where the pod template names another issue", reason: "PassedOver", says: "what is read before it",
		rows: []string{"The record has other keys: the keys of a text in the metadata are missing"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.Annotation(v1alpha1.AnnotationCommitMessage, p.other()+": y").Metadata(v1alpha1.AnnotationChangeCause, p.issue+": x")
			})
			awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
		},
	},
	{
		title: "the tag of a sidecar", reason: "OtherContainer", says: "not the main one",
		rows: []string{"The record has other keys: the key of a sidecar's tag is missing"},
		breaks: func(ctx context.Context, p place) {
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				b.Obj().Spec.Template.Spec.Containers = append(b.Obj().Spec.Template.Spec.Containers, corev1.Container{Name: "proxy", Image: "proxy:" + p.issue})
				return b.Annotation(v1alpha1.AnnotationCommitMessage, p.other()+": y")
			})
			awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
		},
	},
	{
		title: "a rollback, which carries the keys of what it restored", reason: "Restored", says: "which it restores",
		rows: []string{"The record has other keys: `spec.rollbackToRevision` is set"},
		breaks: func(ctx context.Context, p place) {
			d := p.rollOut(ctx, asItIs)
			first := d.Spec.Template.DeepCopy()
			release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: "PAY-2"})
			awaitRevision(ctx, d)
			Eventually(func(g Gomega) {
				var list v1alpha1.JiraDeploymentList
				g.Expect(kube.List(ctx, &list, client.InNamespace(p.namespace))).To(Succeed())
				g.Expect(list.Items).To(HaveLen(2))
			}).Should(Succeed())
			change(ctx, d, func(d *appsv1.Deployment) {
				d.Spec.Template = *first
				metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationCommitMessage, p.issue+": x")
			})
		},
	},
	{
		title: "more keys than Jira takes", reason: v1alpha1.EventIssueKeysTruncated, says: "500",
		rows: []string{"The record has other keys: `spec.droppedAssociations` is set"},
		breaks: func(ctx context.Context, p place) {
			keys := make([]string, 0, 501)
			for n := range 500 {
				keys = append(keys, fmt.Sprintf("PAY-%d", n+1))
			}
			p.deploy(ctx, func(b builders.Deployment) builders.Deployment {
				return b.IssueKeys(strings.Join(append(keys, p.issue), ","))
			})
			awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
		},
	},
	{
		title: "an issue of an earlier release", reason: why.ReasonEarlierRelease, says: "Revision 2, which runs now, has PAY-2", inJira: true,
		rows: []string{"The record has other keys: SHOP-12 belongs to an earlier release"},
		breaks: func(ctx context.Context, p place) {
			d := p.deploy(ctx, func(b builders.Deployment) builders.Deployment { return b.IssueKeys(p.issue) })
			awaitDelivered(ctx, p.namespace, v1alpha1.ReasonAccepted)
			release(ctx, d, map[string]string{v1alpha1.AnnotationIssueKeys: "PAY-2"})
		},
	},
	{
		title: "too many labels", reason: v1alpha1.EventNotUnderstood, says: "too many labels",
		breaks: func(ctx context.Context, p place) {
			d := makeDeployment(p.namespace, "web").IssueKeys(p.issue).Obj()
			for i := range 3000 {
				d.Labels[fmt.Sprintf("shop.example/label-%d", i)] = "x"
			}
			create(ctx, d)
		},
	},
	{
		title: "nothing that names it", reason: why.ReasonNotNamed, says: "none of the 1 workloads in namespace",
		rows:   []string{"There is no record: another custom resource"},
		breaks: func(ctx context.Context, p place) { p.deploy(ctx, asItIs) },
	},
}

// site1 creates a site of the place's own, for workloads with its label, with a Secret that Jira takes.
func (p place) site1(ctx context.Context, change ...func(*v1alpha1.JiraSiteSpec)) *v1alpha1.JiraSite {
	GinkgoHelper()
	mendSecret(ctx, p.site+"-jira", clientID, canary)
	site := makeSite(p.site, change...)
	create(ctx, site)
	return site
}
