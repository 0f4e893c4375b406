// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const (
	kindDeployment  = "Deployment"
	kindStatefulSet = "StatefulSet"
	kindDaemonSet   = "DaemonSet"

	workloadName       = "web"
	annotationRestart  = "kubectl.kubernetes.io/restartedAt"
	annotationRevision = "deployment.kubernetes.io/revision"
)

// deploymentDeadline is the progress deadline of Deployments, in seconds.
const deploymentDeadline = 3

func (p *stage) newObject() client.Object {
	meta := metav1.ObjectMeta{Namespace: p.namespace, Name: workloadName}
	switch p.kind {
	case kindStatefulSet:
		return &appsv1.StatefulSet{ObjectMeta: meta}
	case kindDaemonSet:
		return &appsv1.DaemonSet{ObjectMeta: meta}
	}
	return &appsv1.Deployment{ObjectMeta: meta}
}

// templateOf returns the pod template that an object has.
func templateOf(o client.Object) *corev1.PodTemplateSpec {
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	}
	return &o.(*appsv1.Deployment).Spec.Template
}

func setReplicas(o client.Object, n int32) {
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		o.Spec.Replicas = &n
	case *appsv1.Deployment:
		o.Spec.Replicas = &n
	}
}

// create makes the workload of a manifest. Options change it before.
func (p *stage) create(m manifest, options ...func(client.Object)) error {
	o := p.newObject()
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": workloadName}}
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		o.Spec.Selector = selector
	case *appsv1.DaemonSet:
		o.Spec.Selector = selector
	case *appsv1.Deployment:
		o.Spec.Selector, o.Spec.ProgressDeadlineSeconds = selector, new(int32(deploymentDeadline))
	}
	setReplicas(o, 3)
	m.writeTo(o)
	for _, option := range options {
		option(o)
	}
	return p.kube.Create(p.ctx, o)
}

// writeTo writes what a manifest says into a workload. Somebody else's restart stays on the template.
func (m manifest) writeTo(o client.Object) {
	before, template := templateOf(o), m.template()
	if at, ok := before.Annotations[annotationRestart]; ok {
		template.Annotations[annotationRestart] = at
	}
	template.Spec.NodeSelector, template.Spec.Tolerations = before.Spec.NodeSelector, before.Spec.Tolerations
	*before = template
	annotations := maps.Clone(o.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	delete(annotations, v1alpha1.AnnotationIssueKeys)
	if m.place == onWorkload && len(m.keys) > 0 {
		annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(m.keys, ",")
	}
	o.SetAnnotations(annotations)
	if m.replicas >= 0 {
		setReplicas(o, m.replicas)
	}
}

// change updates the workload, as often as somebody else was faster.
func (p *stage) change(to func(client.Object)) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		o := p.newObject()
		if err := p.kube.Get(p.ctx, client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		to(o)
		err := p.kube.Update(p.ctx, o)
		p.written = o.GetGeneration()
		return err
	})
}

func (p *stage) apply(m manifest) error { return p.change(m.writeTo) }

func (p *stage) scale(n int32) error {
	return p.change(func(o client.Object) { setReplicas(o, n) })
}

func (p *stage) pause(paused bool) error {
	return p.change(func(o client.Object) { o.(*appsv1.Deployment).Spec.Paused = paused })
}

func (p *stage) annotate(name, value string) error {
	return p.change(func(o client.Object) {
		annotations := map[string]string{}
		maps.Copy(annotations, o.GetAnnotations())
		annotations[name] = value
		o.SetAnnotations(annotations)
	})
}

func (p *stage) label(name, value string) error {
	return p.change(func(o client.Object) { o.SetLabels(map[string]string{name: value}) })
}

// restart is kubectl rollout restart.
func (p *stage) restart() error {
	return p.change(func(o client.Object) {
		templateOf(o).Annotations[annotationRestart] = time.Now().UTC().Format(time.RFC3339)
	})
}

// remove deletes the workload, and returns once it is gone.
func (p *stage) remove() error {
	o := p.newObject()
	if err := p.kube.Delete(p.ctx, o, client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		return err
	}
	for {
		if err := p.kube.Get(p.ctx, client.ObjectKeyFromObject(o), o); err != nil {
			return client.IgnoreNotFound(err)
		}
		time.Sleep(polling)
	}
}

// earlier is a revision that kubectl rollout undo can bring back.
type earlier struct {
	revision    int64
	template    corev1.PodTemplateSpec
	annotations map[string]string
}

// revisions returns the Deployment's ReplicaSets, the newest first.
func (p *stage) revisions() ([]earlier, error) {
	var sets appsv1.ReplicaSetList
	if err := p.kube.List(p.ctx, &sets, client.InNamespace(p.namespace)); err != nil {
		return nil, err
	}
	var all []earlier
	for _, set := range sets.Items {
		n, err := strconv.ParseInt(set.Annotations[annotationRevision], 10, 64)
		if err != nil || set.DeletionTimestamp != nil {
			continue
		}
		template := *set.Spec.Template.DeepCopy()
		delete(template.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
		all = append(all, earlier{n, template, set.Annotations})
	}
	slices.SortFunc(all, func(a, b earlier) int { return int(b.revision - a.revision) })
	return all, nil
}

// undo is kubectl rollout undo of a Deployment: the template and the annotations of a ReplicaSet come back. Zero is the
// one before the present one. Where there is none, nothing happens.
func (p *stage) undo(revision int64) error {
	all, err := p.revisions()
	if err != nil || len(all) < 2 {
		return err
	}
	i := 1
	if revision > 0 {
		i = slices.IndexFunc(all, func(e earlier) bool { return e.revision == revision })
	}
	if i < 0 {
		return nil
	}
	return p.change(func(o client.Object) {
		own := o.GetAnnotations()
		annotations := maps.Clone(all[i].annotations)
		maps.DeleteFunc(annotations, func(name, _ string) bool { return strings.HasPrefix(name, "deployment.kubernetes.io/") })
		annotations[annotationRevision] = own[annotationRevision]
		o.SetAnnotations(annotations)
		*templateOf(o) = all[i].template
	})
}
