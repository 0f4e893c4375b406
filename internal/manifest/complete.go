// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// siteAge is how long the sites are there before the workloads: what was rolled out before them Jira is told as past.
const siteAge = time.Hour

// Complete gives objects of manifests what an API server and the controllers of Kubernetes, of Argo Rollouts and of Flagger add to
// them, as it is once the first release of each is finished. It returns the objects that these make besides: histories,
// namespaces that no manifest has, and Flagger's primaries.
func Complete(objects []client.Object, now time.Time) ([]client.Object, error) {
	c := completer{now: metav1.NewTime(now.Truncate(time.Second)), namespaces: map[string]bool{}}
	for _, o := range objects {
		if err := c.complete(o); err != nil {
			return nil, fmt.Errorf("%s %s/%s: %w", o.GetObjectKind().GroupVersionKind().Kind, o.GetNamespace(), o.GetName(), err)
		}
	}
	for _, o := range objects {
		if canary, ok := o.(*unstructured.Unstructured); ok && canary.GroupVersionKind() == rollout.Canary {
			if err := c.addPrimary(canary, objects); err != nil {
				return nil, err
			}
		}
	}
	for namespace, there := range c.namespaces {
		if !there {
			c.made = append(c.made, &corev1.Namespace{ObjectMeta: c.meta("Namespace", metav1.ObjectMeta{Name: namespace})})
		}
	}
	return c.made, nil
}

type completer struct {
	now metav1.Time
	// namespaces are those that are named, and whether a manifest has them.
	namespaces map[string]bool
	made       []client.Object
}

// meta gives an object's metadata an identity. What an export of a cluster says is left out.
func (c *completer) meta(kind string, of metav1.ObjectMeta) metav1.ObjectMeta {
	of.UID = types.UID("manifest/" + kind + "/" + of.Namespace + "/" + of.Name)
	of.Generation, of.CreationTimestamp, of.DeletionTimestamp, of.ManagedFields, of.ResourceVersion = 1, c.now, nil, nil, ""
	return of
}

func (c *completer) complete(o client.Object) error {
	if namespace := o.GetNamespace(); namespace != "" && !c.namespaces[namespace] {
		c.namespaces[namespace] = false
	}
	switch o := o.(type) {
	case *corev1.Namespace:
		o.ObjectMeta, c.namespaces[o.Name] = c.meta("Namespace", o.ObjectMeta), true
	case *v1alpha1.JiraSite:
		o.ObjectMeta = c.meta("JiraSite", o.ObjectMeta)
		o.CreationTimestamp, o.Status = metav1.NewTime(c.now.Add(-siteAge)), v1alpha1.JiraSiteStatus{}
	case *appsv1.Deployment:
		c.deployment(o)
	case *appsv1.StatefulSet:
		return c.statefulSet(o)
	case *appsv1.DaemonSet:
		return c.daemonSet(o)
	case *unstructured.Unstructured:
		c.untyped(o)
	}
	return nil
}

func (c *completer) deployment(d *appsv1.Deployment) {
	d.ObjectMeta = c.meta("Deployment", d.ObjectMeta)
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, "deployment.kubernetes.io/revision", "1")
	pods := replicas(d.Spec.Replicas)
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: 1, Replicas: pods, UpdatedReplicas: pods, AvailableReplicas: pods,
		Conditions: []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable", LastUpdateTime: c.now, LastTransitionTime: c.now,
		}},
	}
}

func (c *completer) statefulSet(s *appsv1.StatefulSet) error {
	s.ObjectMeta = c.meta("StatefulSet", s.ObjectMeta)
	name, pods := s.Name+"-1", replicas(s.Spec.Replicas)
	s.Status = appsv1.StatefulSetStatus{
		ObservedGeneration: 1, Replicas: pods, UpdatedReplicas: pods, CurrentReplicas: pods, AvailableReplicas: pods, ReadyReplicas: pods,
		CurrentRevision: name, UpdateRevision: name,
	}
	return c.addHistory(s, "StatefulSet", name, &s.Spec.Template)
}

// daemonSet has it run on one node.
func (c *completer) daemonSet(d *appsv1.DaemonSet) error {
	d.ObjectMeta = c.meta("DaemonSet", d.ObjectMeta)
	d.Status = appsv1.DaemonSetStatus{
		ObservedGeneration: 1, DesiredNumberScheduled: 1, CurrentNumberScheduled: 1, UpdatedNumberScheduled: 1, NumberAvailable: 1, NumberReady: 1,
	}
	return c.addHistory(d, "DaemonSet", d.Name+"-1", &d.Spec.Template)
}

// addHistory adds the first ControllerRevision of a workload.
func (c *completer) addHistory(of client.Object, kind, name string, template *corev1.PodTemplateSpec) error {
	text, err := json.Marshal(map[string]any{"spec": map[string]any{"template": template}})
	if err != nil {
		return fmt.Errorf("write its history: %w", err)
	}
	owner := metav1.NewControllerRef(of, appsv1.SchemeGroupVersion.WithKind(kind))
	c.made = append(c.made, &appsv1.ControllerRevision{
		ObjectMeta: c.meta("ControllerRevision", metav1.ObjectMeta{Namespace: of.GetNamespace(), Name: name, OwnerReferences: []metav1.OwnerReference{*owner}}),
		Data:       runtime.RawExtension{Raw: text}, Revision: 1,
	})
	return nil
}

// untyped completes a Rollout of Argo's, and a Canary of Flagger's.
func (c *completer) untyped(o *unstructured.Unstructured) {
	kind := o.GetKind()
	o.SetUID(types.UID("manifest/" + kind + "/" + o.GetNamespace() + "/" + o.GetName()))
	o.SetGeneration(1)
	o.SetCreationTimestamp(c.now)
	o.SetManagedFields(nil)
	if kind == rollout.Canary.Kind {
		o.Object["status"] = map[string]any{"phase": "Succeeded"}
		return
	}
	annotations := maps.Clone(o.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["rollout.argoproj.io/revision"] = "1"
	o.SetAnnotations(annotations)
	pods, set, err := unstructured.NestedInt64(o.Object, "spec", "replicas")
	if !set || err != nil { // what is not written as a Rollout is, its reader refuses
		pods = 1
	}
	o.Object["status"] = map[string]any{
		"observedGeneration": "1", "workloadObservedGeneration": "1", "phase": "Healthy", "currentPodHash": "1", "stableRS": "1",
		"replicas": pods, "updatedReplicas": pods, "availableReplicas": pods,
		"conditions": []any{map[string]any{
			"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable",
			"lastUpdateTime": c.now.UTC().Format(time.RFC3339), "lastTransitionTime": c.now.UTC().Format(time.RFC3339),
		}},
	}
}

// addPrimary adds the primary that Flagger keeps beside the target of a Canary.
func (c *completer) addPrimary(canary *unstructured.Unstructured, objects []client.Object) error {
	kind, name, ok := rollout.CanaryTarget(canary)
	if !ok {
		return nil
	}
	owners := []metav1.OwnerReference{*metav1.NewControllerRef(canary, rollout.Canary)}
	primary := func(of metav1.ObjectMeta) metav1.ObjectMeta {
		of.Name, of.OwnerReferences = rollout.PrimaryName(name), owners
		return of
	}
	for _, o := range objects {
		if o.GetNamespace() != canary.GetNamespace() || o.GetName() != name {
			continue
		}
		switch target := o.(type) {
		case *appsv1.Deployment:
			if kind == "Deployment" {
				made := target.DeepCopy()
				made.ObjectMeta = primary(made.ObjectMeta)
				c.deployment(made)
				c.made = append(c.made, made)
			}
		case *appsv1.DaemonSet:
			if kind == "DaemonSet" {
				made := target.DeepCopy()
				made.ObjectMeta = primary(made.ObjectMeta)
				c.made = append(c.made, made)
				return c.daemonSet(made)
			}
		}
	}
	return nil
}

func replicas(set *int32) int32 {
	if set == nil {
		return 1
	}
	return *set
}
