// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/test/node"
)

// diagnose prints what a person would look at first: the pods, the Events, the ends of their logs.
func (w *world) diagnose(ctx context.Context, out io.Writer) {
	if w.node == nil || w.kube == nil {
		return
	}
	var pods corev1.PodList
	if err := w.kube.List(ctx, &pods); err != nil {
		fmt.Fprintln(out, "Pods cannot be listed:", err)
		return
	}
	for _, pod := range pods.Items {
		fmt.Fprintf(out, "Pod %s/%s is %s\n", pod.Namespace, pod.Name, pod.Status.Phase)
		for _, status := range pod.Status.ContainerStatuses {
			fmt.Fprintf(out, "  %s: ready %t, %d restarts, %s\n", status.Name, status.Ready, status.RestartCount, &status.State)
		}
	}
	var events corev1.EventList
	if err := w.kube.List(ctx, &events); err == nil {
		for _, e := range events.Items {
			if e.Type == corev1.EventTypeWarning {
				fmt.Fprintf(out, "%s %s/%s: %s\n", e.Reason, e.InvolvedObject.Namespace, e.InvolvedObject.Name, e.Message)
			}
		}
	}
	w.printLogs(out)
}

// printLogs prints the ends of the managers' logs.
func (w *world) printLogs(out io.Writer) {
	const tail = 3000
	logs, err := filepath.Glob(filepath.Join(w.node.Dir(), node.PodLogs, systemNamespace+"_*", "*", "*.log"))
	if err != nil {
		return
	}
	for _, log := range logs {
		if content, err := os.ReadFile(log); err == nil {
			fmt.Fprintf(out, "The end of %s:\n%s\n", log, content[max(0, len(content)-tail):])
		}
	}
	fmt.Fprintf(out, "The logs of kubelet and containerd are in %s.\n", w.node.Dir())
}
