// SPDX-License-Identifier: Apache-2.0

package workload_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestARolloutIsToldInPlaceOfTheDeploymentThatItTakesItsTemplateFrom(t *testing.T) {
	w := newWorld(t, 1)
	o := w.make("argoproj.io/v1alpha1", "Rollout", map[string]any{
		"workloadRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "scaleDown": "never"},
	})
	o.SetAnnotations(map[string]string{"rollout.argoproj.io/revision": "4"})
	w.Expect(shared.kube.Update(t.Context(), o)).To(Succeed())
	w.awaitCached(o)
	w.deploy()
	w.roll(1) // what becomes of the Deployment's own pods is no release
	w.Consistently(w.told, time.Second).Should(BeEmpty())

	w.playArgo(o, "Progressing", "5d9", "4c8")
	w.Eventually(w.told, eventually).Should(Equal([]string{"Rollout web 4 in_progress SHOP-1"}))
	w.playArgo(o, "Healthy", "5d9", "5d9")
	w.Eventually(w.told, eventually).Should(Equal([]string{"Rollout web 4 successful SHOP-1"}))

	// The template changes on the Deployment. Nothing is told until Argo's controller has seen that.
	w.nextSecond()
	w.release("web:2", "SHOP-2")
	w.Consistently(w.told, time.Second).Should(Equal([]string{"Rollout web 4 successful SHOP-1"}))
	o.SetAnnotations(map[string]string{"rollout.argoproj.io/revision": "5"})
	w.Expect(shared.kube.Update(t.Context(), o)).To(Succeed())
	w.playArgo(o, "Paused", "7c4", "5d9")
	w.Eventually(w.told, eventually).Should(Equal([]string{"Rollout web 4 successful SHOP-1", "Rollout web 5 pending SHOP-2"}))
	w.playArgo(o, "Degraded", "7c4", "5d9")
	w.Eventually(w.told, eventually).Should(Equal([]string{"Rollout web 4 successful SHOP-1", "Rollout web 5 failed SHOP-2"}))
}

// The cache of Deployments may be behind that of Rollouts.
func TestARolloutIsObservedAgainWhenItsDeploymentChanges(t *testing.T) {
	w := newWorld(t, 1)
	o := w.make("argoproj.io/v1alpha1", "Rollout", map[string]any{
		"workloadRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
	})
	o.SetAnnotations(map[string]string{"rollout.argoproj.io/revision": "4"})
	w.Expect(shared.kube.Update(t.Context(), o)).To(Succeed())
	w.awaitCached(o)
	w.deploy()
	w.web.Generation++ // what Argo's controller has seen is not there yet
	w.playArgo(o, "Healthy", "5d9", "5d9")
	w.Consistently(w.told, time.Second).Should(BeEmpty())
	w.release("web:1", "SHOP-1")
	w.Eventually(w.told, eventually).Should(Equal([]string{"Rollout web 4 successful SHOP-1"}))
}

func TestADeploymentThatARolloutTakesOverHasWhatIsInFlightCancelled(t *testing.T) {
	w := newWorld(t, 1)
	w.deploy()
	w.roll(0)
	w.Eventually(w.told, eventually).Should(Equal([]string{"Deployment web 1 in_progress SHOP-1"}))
	o := w.make("argoproj.io/v1alpha1", "Rollout", map[string]any{
		"workloadRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
	})
	w.Eventually(w.told, eventually).Should(Equal([]string{"Deployment web 1 cancelled SHOP-1"}))
	w.Expect(shared.kube.Delete(t.Context(), o)).To(Succeed())
	w.roll(1)
	w.Eventually(w.told, eventually).Should(Equal([]string{"Deployment web 1 successful SHOP-1"}))
}

func TestACanarysTargetIsToldAsItsAnalysisAndItsPrimaryStand(t *testing.T) {
	w := newWorld(t, 1)
	canary := w.make("flagger.app/v1beta1", "Canary", map[string]any{
		"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
	})
	w.awaitCached(canary)
	w.deploy()
	w.roll(1)
	w.Consistently(w.told, time.Second).Should(BeEmpty(), "nothing is out before there is a primary")
	primary := w.makePrimary(canary)
	first := "Deployment web 1 successful SHOP-1"
	w.Eventually(w.told, eventually).Should(Equal([]string{first}))
	w.playFlagger(canary, "Initialized", "True")

	w.nextSecond()
	w.release("web:2", "SHOP-2")
	w.Consistently(w.told, time.Second).Should(Equal([]string{first}), "Flagger has not noticed it")
	w.playFlagger(canary, "Progressing", "Unknown")
	w.Eventually(w.told, eventually).Should(Equal([]string{first, "Deployment web 2 in_progress SHOP-2"}))
	w.playFlagger(canary, "Failed", "False")
	w.Eventually(w.told, eventually).Should(Equal([]string{first, "Deployment web 2 failed SHOP-2"}))
	w.Expect(w.all()[1].Spec.Description).To(ContainSubstring("It is Failed."))

	w.nextSecond()
	w.release("web:3", "SHOP-3")
	w.Consistently(w.told, time.Second).Should(Equal([]string{first, "Deployment web 2 failed SHOP-2"}), "the failure is the earlier template's")
	w.playFlagger(canary, "Progressing", "Unknown")
	w.promote(primary, 0)
	third := []string{first, "Deployment web 2 failed SHOP-2", "Deployment web 3 in_progress SHOP-3"}
	w.Eventually(w.told, eventually).Should(Equal(third))
	w.playFlagger(canary, "Succeeded", "True")
	w.Consistently(w.told, time.Second).Should(Equal(third), "the primary's pods are not ready yet")
	w.rollOut(primary, 1)
	third[2] = "Deployment web 3 successful SHOP-3"
	w.Eventually(w.told, eventually).Should(Equal(third))
	w.Expect(w.all()[2].Spec.Pipeline.ID).To(Equal("eu-1/" + w.namespace + "/Deployment/web"))
}

func TestAnAnalysisThatEndedWhileNobodyWatchedIsTold(t *testing.T) {
	w := newWorld(t, 1)
	w.deploy()
	canary := w.make("flagger.app/v1beta1", "Canary", map[string]any{
		"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
	})
	w.playFlagger(canary, "Failed", "False")
	w.awaitCached(canary)
	w.roll(1)
	w.Eventually(w.told, eventually).Should(Equal([]string{"Deployment web 1 failed SHOP-1"}))
}

// make creates an object that has no Go type. It has no status yet.
func (w *world) make(apiVersion, kind string, spec map[string]any) *unstructured.Unstructured {
	w.t.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind, "spec": spec}}
	o.SetNamespace(w.namespace)
	o.SetName("web")
	w.Expect(shared.kube.Create(w.t.Context(), o)).To(Succeed())
	return o
}

// awaitCached waits until the controllers know of an object.
func (w *world) awaitCached(o *unstructured.Unstructured) {
	w.t.Helper()
	w.Eventually(func() error {
		cached := &unstructured.Unstructured{}
		cached.SetGroupVersionKind(o.GroupVersionKind())
		return shared.manager.GetClient().Get(w.t.Context(), client.ObjectKeyFromObject(o), cached)
	}, eventually).Should(Succeed())
}

// playArgo writes what Argo's controller does when it has seen the Rollout and its Deployment.
func (w *world) playArgo(o *unstructured.Unstructured, phase, current, stable string) {
	w.t.Helper()
	o.Object["status"] = map[string]any{
		"phase": phase, "observedGeneration": "1", "workloadObservedGeneration": generationOf(w.web), "updatedReplicas": int64(1),
		"currentPodHash": current, "stableRS": stable, "conditions": []any{condition("Progressing", "True", phase)},
	}
	w.Expect(shared.kube.Status().Update(w.t.Context(), o)).To(Succeed())
}

// playFlagger writes a phase of a Canary, with its condition.
func (w *world) playFlagger(canary *unstructured.Unstructured, phase, promoted string) {
	w.t.Helper()
	canary.Object["status"] = map[string]any{"phase": phase, "conditions": []any{condition("Promoted", promoted, phase)}}
	w.Expect(shared.kube.Status().Update(w.t.Context(), canary)).To(Succeed())
}

func condition(conditionType, status, phase string) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	return map[string]any{
		"type": conditionType, "status": status, "reason": phase, "message": "It is " + phase + ".", "lastUpdateTime": now, "lastTransitionTime": now,
	}
}

// makePrimary creates the target's primary, whose rollout is finished.
func (w *world) makePrimary(canary *unstructured.Unstructured) *appsv1.Deployment {
	w.t.Helper()
	primary := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace, Name: "web-primary", Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: canary.GetAPIVersion(), Kind: canary.GetKind(), Name: canary.GetName(), UID: canary.GetUID(), Controller: ptr.To(true),
			}},
		},
		Spec: *w.web.Spec.DeepCopy(),
	}
	primary.Spec.Template.Annotations = flaggers(w.web.Spec.Template.Annotations)
	w.Expect(shared.kube.Create(w.t.Context(), primary)).To(Succeed())
	w.rollOut(primary, 1)
	return primary
}

// promote copies the target's template to the primary, whose pods are not ready yet.
func (w *world) promote(primary *appsv1.Deployment, available int32) {
	w.t.Helper()
	primary.Spec.Template.Spec = w.web.Spec.Template.Spec
	primary.Spec.Template.Annotations = flaggers(w.web.Spec.Template.Annotations)
	w.Expect(shared.kube.Update(w.t.Context(), primary)).To(Succeed())
	w.rollOut(primary, available)
}

// flaggers returns a template's annotations as Flagger copies them.
func flaggers(annotations map[string]string) map[string]string {
	copied := map[string]string{"flagger-id": string(uuid.NewUUID())}
	maps.Copy(copied, annotations)
	return copied
}

// release gives the Deployment web another template, of which its controller has made the next revision.
func (w *world) release(image, keys string) {
	w.t.Helper()
	w.Expect(shared.kube.Get(w.t.Context(), client.ObjectKeyFromObject(w.web), w.web)).To(Succeed())
	revision, _ := strconv.Atoi(w.web.Annotations["deployment.kubernetes.io/revision"])
	w.web.Annotations["deployment.kubernetes.io/revision"] = strconv.Itoa(revision + 1)
	w.web.Spec.Template.Annotations = map[string]string{v1alpha1.AnnotationIssueKeys: keys}
	w.web.Spec.Template.Spec.Containers[0].Image = image
	w.Expect(shared.kube.Update(w.t.Context(), w.web)).To(Succeed())
	w.rollOut(w.web, 1)
}

// rollOut writes the status of a Deployment whose only pod has the current template.
func (w *world) rollOut(d *appsv1.Deployment, available int32) {
	w.t.Helper()
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: available, AvailableReplicas: available}
	w.Expect(shared.kube.Status().Update(w.t.Context(), d)).To(Succeed())
}

// all returns the namespace's records, by kind and revision.
func (w *world) all() []v1alpha1.JiraDeployment {
	var list v1alpha1.JiraDeploymentList
	w.Expect(shared.kube.List(w.t.Context(), &list, client.InNamespace(w.namespace))).To(Succeed())
	slices.SortFunc(list.Items, func(a, b v1alpha1.JiraDeployment) int {
		return cmp.Or(cmp.Compare(a.Spec.Workload.Kind, b.Spec.Workload.Kind), cmp.Compare(a.Spec.Revision, b.Spec.Revision))
	})
	return list.Items
}

// told returns what the records say: workload, revision, state and keys.
func (w *world) told() []string {
	told := []string{}
	for _, d := range w.all() {
		told = append(told, fmt.Sprintf("%s %s %d %s %s", d.Spec.Workload.Kind, d.Spec.Workload.Name, d.Spec.Revision, d.Spec.State, d.Spec.IssueKeys[0]))
	}
	return told
}

// nextSecond waits for a second in which nothing was written: the API server keeps no more of a time.
func (w *world) nextSecond() {
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
}

func generationOf(d *appsv1.Deployment) string { return strconv.FormatInt(d.Generation, 10) }
