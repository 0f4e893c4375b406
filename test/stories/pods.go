// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/cluster"
)

// mend makes the pods of a version ready that never would be, those of today and those that are still to come.
func (p *stage) mend(m manifest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.healed[m.image()] = true
	return nil
}

// heal takes the annotation away that keeps pods of mended versions from becoming ready, until the context ends.
func (p *stage) heal() {
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"annotations":{"`+cluster.NeverReadyAnnotation+`":null}}}`))
	for p.ctx.Err() == nil {
		time.Sleep(2 * polling)
		p.mu.Lock()
		images := maps.Clone(p.healed)
		p.mu.Unlock()
		if len(images) == 0 {
			continue
		}
		for _, pod := range p.pods() {
			if _, ill := pod.Annotations[cluster.NeverReadyAnnotation]; ill && images[pod.Spec.Containers[0].Image] {
				_ = p.kube.Patch(p.ctx, &pod, patch) // or the next time
			}
		}
	}
}

// allow lets pods be created that were forbidden.
func (p *stage) allow() error {
	return p.kube.Patch(p.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: p.namespace}},
		client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":null}}}`)))
}

// pods returns the pods that are not being deleted.
func (p *stage) pods() []corev1.Pod {
	var pods corev1.PodList
	if err := p.kube.List(p.ctx, &pods, client.InNamespace(p.namespace)); err != nil {
		return nil
	}
	return slices.DeleteFunc(pods.Items, func(pod corev1.Pod) bool { return pod.DeletionTimestamp != nil })
}

// drop deletes pods: so many, or, of a StatefulSet, those with the names.
func (p *stage) drop(n int, names ...string) error {
	for _, pod := range p.pods() {
		if n <= 0 && !slices.Contains(names, pod.Name) {
			continue
		}
		n--
		if err := p.kube.Delete(p.ctx, &pod); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// sicken makes so many pods lose their readiness, or gives it back.
func (p *stage) sicken(n int, ready corev1.ConditionStatus) error {
	for _, pod := range p.pods() {
		if n--; n < 0 {
			break
		}
		for i := range pod.Status.Conditions {
			if c := &pod.Status.Conditions[i]; c.Type == corev1.PodReady {
				c.Status, c.LastTransitionTime = ready, metav1.Now()
			}
		}
		if err := p.kube.Status().Update(p.ctx, &pod); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// nodes creates or deletes nodes that run pods of this story alone.
func (p *stage) nodes(join bool, numbers ...int) error {
	for _, n := range numbers {
		node := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-node-%d", p.namespace, n), Labels: map[string]string{"story": p.namespace}},
			Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: "story", Value: p.namespace, Effect: corev1.TaintEffectNoSchedule}}},
		}
		act := func(ctx context.Context) error { return p.kube.Create(ctx, node) }
		if !join {
			act = func(ctx context.Context) error { return p.kube.Delete(ctx, node) }
		}
		if err := act(p.ctx); err != nil {
			return err
		}
	}
	return nil
}

// onNodes makes a DaemonSet run on the nodes of its story.
func (p *stage) onNodes(o client.Object) {
	spec := &templateOf(o).Spec
	spec.NodeSelector = map[string]string{"story": p.namespace}
	spec.Tolerations = []corev1.Toleration{{Key: "story", Operator: corev1.TolerationOpExists}}
}
