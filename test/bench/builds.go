// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/bench/report"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

const (
	// lingering is how long a Job is there after its end: a pruner that is in a hurry leaves no more.
	lingering = 100 * time.Millisecond
	// buildPatience is how long after the last end Jira may not have one yet.
	buildPatience = time.Minute
	// buildNamespaces is how many namespaces Jobs are spread over.
	buildNamespaces = 10
)

// measureBuilds lets Jobs begin and end, deletes each as soon as it has ended, and measures how long it takes until Jira has the
// ends, and what that costs. The bare reporter knows no builds.
func measureBuilds(ctx context.Context, w *world, o options) (outcome, error) {
	server := w.rollcall.inbox.server
	server.AddCredential(w.rollcall.clientID, w.rollcall.secret, jiratest.Deployments, jiratest.Builds)
	if err := cluster.Apply(ctx, w.kube, "config/builds"); err != nil {
		return outcome{}, err
	}
	for i := range buildNamespaces {
		if err := w.kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: buildNamespace(i)}}); err != nil {
			return outcome{}, fmt.Errorf("create namespace: %w", err)
		}
	}
	w.rollcall.command.args = append(w.rollcall.command.args, "--builds=jobs")
	if err := w.start(ctx); err != nil {
		return outcome{}, err
	}
	before, err := w.bill()
	if err != nil {
		return outcome{}, err
	}
	what := fmt.Sprintf("%d Jobs that are deleted %s after their end", o.burst, lingering)
	ended, err := w.runJobs(ctx, o.burst)
	if err != nil {
		return outcome{}, err
	}
	latencies, err := awaitBuilds(ctx, what, server, ended)
	if err != nil {
		return outcome{}, err
	}
	if err := pause(ctx, quiet); err != nil {
		return outcome{}, err
	}
	after, err := w.bill()
	if err != nil {
		return outcome{}, err
	}
	spent := after.since(before)
	return outcome{rows: []report.Row{
		{Measure: what + ": ends that Jira has", Rollcall: report.Count(len(latencies))},
		{Measure: what + ": end to Jira, p50", Rollcall: report.Millis(report.Quantile(latencies, 0.5))},
		{Measure: what + ": end to Jira, p99", Rollcall: report.Millis(report.Quantile(latencies, 0.99))},
		{Measure: what + ": requests to Jira", Rollcall: report.Count(spent.rollcall.requests)},
		{Measure: what + ": CPU a build", Rollcall: report.Millis(spent.rollcall.cpu).Share(o.burst)},
		{Measure: what + ": writes to the API server a build", Rollcall: report.Count(spent.writes.total()).Share(o.burst)},
	}}, nil
}

// runJobs lets so many Jobs begin, end and go, and returns when each ended, by its pipeline in Jira.
func (w *world) runJobs(ctx context.Context, number int) (map[string]time.Time, error) {
	var mu sync.Mutex
	ended := map[string]time.Time{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range number {
		group.Go(func() error {
			job := makeJob(i, fmt.Sprintf("%s-%d", project, w.issues.Add(1)))
			at, err := w.runJob(ctx, job)
			mu.Lock()
			defer mu.Unlock()
			ended[clusterName+"/"+job.Namespace+"/Job/"+job.Name] = at
			return err
		})
	}
	return ended, group.Wait()
}

// runJob creates a Job, ends it as its controller would, and deletes it.
func (w *world) runJob(ctx context.Context, job *batchv1.Job) (time.Time, error) {
	if err := w.kube.Create(ctx, job); err != nil {
		return time.Time{}, fmt.Errorf("create Job: %w", err)
	}
	now := metav1.Now()
	job.Status = batchv1.JobStatus{StartTime: &now, CompletionTime: &now, Succeeded: 1}
	for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now, LastProbeTime: now})
	}
	if err := w.kube.Status().Update(ctx, job); err != nil {
		return time.Time{}, fmt.Errorf("end Job: %w", err)
	}
	at := time.Now()
	if err := pause(ctx, lingering); err != nil {
		return at, err
	}
	if err := w.kube.Delete(ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		return at, fmt.Errorf("delete Job: %w", err)
	}
	return at, nil
}

func buildNamespace(i int) string { return fmt.Sprintf("build-%d", i%buildNamespaces) }

func makeJob(i int, issue string) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: buildNamespace(i), Name: fmt.Sprintf("build-%d", i),
			Labels:      map[string]string{v1alpha1.LabelBuild: "true"},
			Annotations: map[string]string{v1alpha1.AnnotationIssueKeys: issue},
		},
		Spec: batchv1.JobSpec{
			ManagedBy: ptr.To("bench.rollcall.dev/jobs"), // its controller is the harness
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers:    []corev1.Container{{Name: "build", Image: "registry.example/build:1"}},
			}},
		},
	}
}

// awaitBuilds waits until Jira has all ends, and returns how long each took.
func awaitBuilds(ctx context.Context, what string, server *jiratest.Server, ended map[string]time.Time) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, buildPatience)
	defer cancel()
	var latencies []time.Duration
	err := poll(ctx, what+" are reported", func() (bool, error) {
		latencies = latencies[:0]
		for _, b := range server.Builds() {
			if at, ours := ended[b.Key.PipelineID]; ours && b.State == "successful" {
				latencies = append(latencies, max(0, b.LastReceived.Sub(at)))
			}
		}
		return len(latencies) == len(ended), nil
	})
	return latencies, err
}
