// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// NodeName is the name of the cluster's fake node.
const NodeName = "kwok-0"

// readyPoll and readyGrace say how often, and for how long, Start looks whether the cluster works.
const (
	readyPoll  = 50 * time.Millisecond
	readyGrace = 2 * time.Minute
)

// awaitWorking creates the node and waits until every program has shown that it does its work:
//
//	kube-controller-manager   the namespace "default" has its ServiceAccount
//	kwok                      the node is Ready
//	kube-scheduler, and kwok  a pod runs and is ready
//
// Without a node only the first can be seen.
func (c *Cluster) awaitWorking(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyGrace)
	defer cancel()
	ctx, stop := c.failEarly(ctx)
	defer stop()
	kube, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	there := func(client.Object) bool { return true }
	if err := await(ctx, kube, defaultServiceAccount(), there); err != nil {
		return fmt.Errorf("wait for default ServiceAccount: %w", err)
	}
	if c.options.WithoutNode {
		return nil
	}
	if err := kube.Create(ctx, fakeNode()); err != nil {
		return fmt.Errorf("create node: %w", cause(ctx, err))
	}
	if err := await(ctx, kube, fakeNode(), nodeReady); err != nil {
		return fmt.Errorf("wait for node to be Ready: %w", err)
	}
	return c.tryPod(ctx, kube)
}

// tryPod runs a pod and deletes it.
func (c *Cluster) tryPod(ctx context.Context, kube client.Client) error {
	pod := probePod()
	if err := kube.Create(ctx, pod); err != nil {
		return fmt.Errorf("create pod: %w", cause(ctx, err))
	}
	if err := await(ctx, kube, pod, podReady); err != nil {
		return fmt.Errorf("wait for a pod to be Ready: %w", err)
	}
	if err := kube.Delete(ctx, pod, client.GracePeriodSeconds(0)); err != nil {
		return fmt.Errorf("delete pod: %w", cause(ctx, err))
	}
	return nil
}

// await reads the object until holds says yes. Until then errors count for nothing: programs that are
// starting answer with all kinds of them.
func await(ctx context.Context, kube client.Client, object client.Object, holds func(client.Object) bool) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, readyPoll, true, func(ctx context.Context) (bool, error) {
		last = kube.Get(ctx, client.ObjectKeyFromObject(object), object)
		return last == nil && holds(object), nil
	})
	if err == nil {
		return nil
	}
	return errors.Join(cause(ctx, err), last)
}

// failEarly returns a context that ends when one of the programs does, with the end of its log as the
// cause: whoever waits for a program that is dead would wait for ever.
func (c *Cluster) failEarly(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	for _, p := range c.processes {
		go func() {
			select {
			case <-p.done:
				cancel(p.died())
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}

// cause is why the context ended, where it did; else err.
func cause(ctx context.Context, err error) error {
	if reason := context.Cause(ctx); reason != nil {
		return reason
	}
	return err
}

// fakeNode is a node that KWOK plays, with room for every pod that a test can think of.
func fakeNode() *corev1.Node {
	room := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("100k"),
		corev1.ResourceMemory:           resource.MustParse("1Pi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Pi"),
		corev1.ResourcePods:             resource.MustParse("1M"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:        NodeName,
			Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"},
			Labels: map[string]string{
				corev1.LabelHostname:   NodeName,
				corev1.LabelOSStable:   "linux",
				corev1.LabelArchStable: "amd64",
			},
		},
		Status: corev1.NodeStatus{Allocatable: room, Capacity: room},
	}
}

func nodeReady(object client.Object) bool {
	for _, condition := range object.(*corev1.Node).Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func defaultServiceAccount() *corev1.ServiceAccount {
	return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "default"}}
}

func probePod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "control-plane-probe"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "probe", Image: "probe.invalid/probe:1"}}},
	}
}

func podReady(object client.Object) bool {
	for _, condition := range object.(*corev1.Pod).Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
