// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"maps"
	"os"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// installArgo installs Argo's CRD, once: the manager runs, and has found nothing to watch.
func installArgo(ctx context.Context) {
	GinkgoHelper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(argoRollout)
	if kube.List(ctx, list) == nil {
		return // by another test
	}
	Eventually(func() (string, error) {
		log, err := os.ReadFile(managerLog)
		return string(log), err
	}).Should(ContainSubstring("Not installed: it is watched as soon as it is"))
	Expect(meta.IsNoMatchError(kube.List(ctx, list))).To(BeTrue(), "the CRD is there before its test")
	Expect(cluster.Apply(ctx, kube, "testdata/argo-rollouts-crd.yaml")).To(Succeed())
}

// playArgoWith does what Argo's controller does when it has seen the Deployment that a Rollout takes its template from.
func playArgoWith(ctx context.Context, o *unstructured.Unstructured, deployment *appsv1.Deployment, revision int, status argoStatus) {
	GinkgoHelper()
	Expect(kube.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)).To(Succeed())
	playArgo(ctx, o, revision, func(revision int) map[string]any {
		now := status(revision)
		now["workloadObservedGeneration"] = strconv.FormatInt(deployment.Generation, 10)
		return now
	})
}

func makeCanary(namespace, kind, target string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "flagger.app/v1beta1", "kind": "Canary",
		"spec": map[string]any{"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": target}},
	}}
	o.SetNamespace(namespace)
	o.SetName(target)
	return o
}

// playFlagger writes a phase of a Canary, with the condition that comes with it.
func playFlagger(ctx context.Context, o *unstructured.Unstructured, phase, promoted string) {
	GinkgoHelper()
	now := time.Now().UTC().Format(time.RFC3339)
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(o), o)).To(Succeed())
		o.Object["status"] = map[string]any{"phase": phase, "lastTransitionTime": now, "conditions": []any{map[string]any{
			"type": "Promoted", "status": promoted, "reason": phase, "message": "Canary is " + phase + ".", "lastUpdateTime": now, "lastTransitionTime": now,
		}}}
		g.Expect(kube.Status().Update(ctx, o)).To(Succeed())
	}).Should(Succeed())
}

// primaryMeta returns the metadata of the primary that Flagger makes of a target. It copies no label.
func primaryMeta(owner *unstructured.Unstructured, target client.Object) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: target.GetNamespace(), Name: target.GetName() + "-primary",
		OwnerReferences: ownedBy(owner.GetAPIVersion(), owner.GetKind(), owner),
	}
}

func ownedBy(apiVersion, kind string, owner *unstructured.Unstructured) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: owner.GetName(), UID: owner.GetUID(), Controller: ptr.To(true)}}
}

// copyTemplate copies the metadata of a target's template to its primary's, as Flagger does.
func copyTemplate(primary, target *metav1.ObjectMeta) {
	primary.Annotations = maps.Clone(target.Annotations)
	primary.Annotations["flagger-id"] = string(uuid.NewUUID())
	primary.Labels = maps.Clone(target.Labels)
	primary.Labels["app"] = "web-primary"
}

// releaseOf gives a Deployment another template.
func releaseOf(image, keys string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations = map[string]string{v1alpha1.AnnotationIssueKeys: keys}
		d.Spec.Template.Spec.Containers[0].Image = image
	}
}

func scaleTo(ctx context.Context, d *appsv1.Deployment, replicas int32) {
	GinkgoHelper()
	change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Replicas = &replicas })
}
