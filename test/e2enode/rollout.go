// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

const (
	webNamespace  = "shop-prod"
	lateNamespace = "late-prod"
)

// rollOut makes a first release.
func (w *world) rollOut(ctx context.Context) error {
	if err := w.create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: webNamespace}}, makeWeb(webNamespace, "SHOP-1", 2*time.Second)); err != nil {
		return err
	}
	return w.awaitTold(ctx, webNamespace, "1 in_progress SHOP-1", "1 successful SHOP-1")
}

// loseLeader makes a slow release, and deletes the leader's pod while it is under way.
func (w *world) loseLeader(ctx context.Context) error {
	web := makeWeb(webNamespace, "SHOP-2", 5*time.Second)
	if err := w.kube.Update(ctx, web); err != nil {
		return fmt.Errorf("make second release: %w", err)
	}
	told := []string{"1 in_progress SHOP-1", "1 successful SHOP-1", "2 in_progress SHOP-2"}
	if err := w.awaitTold(ctx, webNamespace, told...); err != nil {
		return err
	}
	leader, err := w.leader(ctx)
	if err != nil {
		return err
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, Name: leader}}
	deleted := time.Now()
	if err := w.kube.Delete(ctx, pod); err != nil {
		return fmt.Errorf("delete leader: %w", err)
	}
	if err := w.awaitLeader(ctx); err != nil {
		return err
	}
	fmt.Printf("    another manager leads after %.1f s\n", time.Since(deleted).Seconds())
	if told := w.told(webNamespace); slices.Contains(told, "2 successful SHOP-2") {
		return errors.New("the release was over before another manager led: the step shows nothing")
	}
	return w.awaitTold(ctx, webNamespace, append(told, "2 successful SHOP-2")...)
}

// leader is the name of the pod that holds the lease.
func (w *world) leader(ctx context.Context) (string, error) {
	var lease coordinationv1.Lease
	if err := w.get(ctx, systemNamespace, "rollcall.rollcall.dev", &lease); err != nil {
		return "", fmt.Errorf("get lease: %w", err)
	}
	if lease.Spec.HolderIdentity == nil {
		return "", errors.New("nobody holds the lease")
	}
	name, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
	return name, nil
}

// awaitLeader waits until one of the pods that are not on their way out leads.
func (w *world) awaitLeader(ctx context.Context) error {
	return eventually(ctx, func() error {
		pods, err := w.managers(ctx)
		if err != nil {
			return err
		}
		name, err := w.leader(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(pods, func(pod corev1.Pod) bool { return pod.Name == name }) {
			return fmt.Errorf("%q still holds the lease", name)
		}
		return nil
	})
}

// told is what Jira was told of a namespace, in the order of its arrival: every update, also one that tells
// nothing new.
func (w *world) told(namespace string) []string {
	var told []string
	for _, request := range w.jira.Requests() {
		for _, d := range request.Deployments {
			if strings.HasPrefix(d.Pipeline.ID, clusterName+"/"+namespace+"/") {
				told = append(told, describe(d))
			}
		}
	}
	return told
}

func describe(d jira.Deployment) string {
	return fmt.Sprintf("%d %s %s", d.DeploymentSequenceNumber%1_000_000, d.State, strings.Join(d.Associations[0].Values, " "))
}

// awaitTold waits until Jira was told this of a namespace, and nothing else.
func (w *world) awaitTold(ctx context.Context, namespace string, want ...string) error {
	return eventually(ctx, func() error {
		if told := w.told(namespace); !slices.Equal(told, want) {
			return fmt.Errorf("told Jira %q of %s, want %q", told, namespace, want)
		}
		return nil
	})
}

// makeWeb is a Deployment of two pods that are ready after a while.
func makeWeb(namespace, issues string, readyAfter time.Duration) *appsv1.Deployment {
	labels := map[string]string{"app": "web"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](2),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{v1alpha1.AnnotationIssueKeys: issues}},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: ptr.To[int64](2),
					Containers: []corev1.Container{{
						Name:            "web",
						Image:           webImage,
						ImagePullPolicy: corev1.PullNever,
						Env:             []corev1.EnvVar{{Name: "READY_AFTER", Value: readyAfter.String()}},
						ReadinessProbe: &corev1.Probe{
							PeriodSeconds: 1,
							ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(8080)}},
						},
					}},
				},
			},
		},
	}
}
