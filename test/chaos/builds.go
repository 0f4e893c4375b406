// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// buildInterval is how often a Job begins. They come and go beside the workloads.
const buildInterval = time.Second

// jobManager keeps Kubernetes' own controller away from the Jobs: builds say how they stand.
const jobManager = "chaos.rollcall.dev/builds"

// buildLife is the life of a Job. Each time is one at which it was so for certain; zero where it never was.
type buildLife struct {
	namespace, name, key string
	// state is how it ends.
	state string
	// hold is for how long it is there after its end; zero for good.
	hold time.Duration

	began, ended, gone time.Time
}

// builder lets Jobs come and go.
type builder struct {
	kube   client.Client
	random *rand.Rand

	mu     sync.Mutex
	builds []*buildLife
}

// play begins one Job after the other until the context ends, and returns when all have had their lives.
func (b *builder) play(ctx context.Context, until <-chan struct{}) error {
	var lives sync.WaitGroup
	defer lives.Wait()
	var mu sync.Mutex
	var errs []error
	for ticker := time.NewTicker(buildInterval); ; {
		select {
		case <-until:
			ticker.Stop()
			lives.Wait()
			return errors.Join(errs...)
		case <-ctx.Done():
			ticker.Stop()
			return context.Cause(ctx)
		case <-ticker.C:
		}
		next, waits := b.draw()
		lives.Go(func() {
			if err := b.live(ctx, next, waits); err != nil && ctx.Err() == nil {
				mu.Lock()
				errs = append(errs, fmt.Errorf("build %s: %w", next.name, err))
				mu.Unlock()
			}
		})
	}
}

// draw draws the next life, and how long it waits before it starts, and before it ends.
func (b *builder) draw() (*buildLife, [2]time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := &buildLife{
		namespace: environments[b.random.IntN(len(environments))].namespace,
		name:      fmt.Sprintf("build-%05d", len(b.builds)),
		key:       fmt.Sprintf("SHOP-%d", 1+b.random.IntN(lastIssue)),
		state:     []string{"successful", "successful", "failed", "unknown"}[b.random.IntN(4)], // unknown: it goes before its end
	}
	switch b.random.IntN(4) {
	case 0:
		next.hold = 100 * time.Millisecond
	case 1, 2:
		next.hold = time.Duration(5+b.random.IntN(25)) * time.Second
	}
	b.builds = append(b.builds, next)
	return next, [2]time.Duration{time.Duration(b.random.IntN(2000)) * time.Millisecond, time.Duration(b.random.IntN(20_000)) * time.Millisecond}
}

// live plays a life.
func (b *builder) live(ctx context.Context, of *buildLife, waits [2]time.Duration) error {
	if err := persist(ctx, func() error { return ignoreExists(b.kube.Create(ctx, newJob(of))) }); err != nil {
		return err
	}
	b.note(&of.began)
	time.Sleep(waits[0])
	if err := b.write(ctx, of, "in_progress"); err != nil {
		return err
	}
	time.Sleep(waits[1])
	if of.state != "unknown" {
		if err := b.write(ctx, of, of.state); err != nil {
			return err
		}
		b.note(&of.ended)
		if of.hold == 0 {
			return nil
		}
		time.Sleep(of.hold)
	}
	b.note(&of.gone)
	return persist(ctx, func() error {
		return client.IgnoreNotFound(b.kube.Delete(ctx, newJob(of), client.PropagationPolicy(metav1.DeletePropagationBackground)))
	})
}

func (b *builder) note(at *time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*at = time.Now()
}

// write writes how a Job stands, as its controller would.
func (b *builder) write(ctx context.Context, of *buildLife, state string) error {
	return persist(ctx, func() error {
		job := &batchv1.Job{}
		if err := b.kube.Get(ctx, client.ObjectKey{Namespace: of.namespace, Name: of.name}, job); err != nil {
			return err
		}
		now := metav1.Now()
		if job.Status.StartTime == nil {
			job.Status.StartTime = &now
		}
		job.Status.Active = 0
		var kinds []batchv1.JobConditionType
		switch state {
		case "successful":
			kinds, job.Status.Succeeded, job.Status.CompletionTime = []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete}, 1, &now
		case "failed":
			kinds, job.Status.Failed = []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed}, 1
		default:
			job.Status.Active = 1
		}
		for _, kind := range kinds {
			job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
				Type: kind, Status: corev1.ConditionTrue, Reason: "Chaos", LastTransitionTime: now, LastProbeTime: now,
			})
		}
		return b.kube.Status().Update(ctx, job)
	})
}

func newJob(of *buildLife) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: of.namespace, Name: of.name,
			Labels:      map[string]string{v1alpha1.LabelBuild: "true"},
			Annotations: map[string]string{v1alpha1.AnnotationIssueKeys: of.key},
		},
		Spec: batchv1.JobSpec{
			ManagedBy: ptr.To(jobManager),
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers:    []corev1.Container{{Name: "build", Image: "acme/build"}},
			}},
		},
	}
}

func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) { // the answer to an earlier try was lost
		return nil
	}
	return err
}

// may returns the states that Jira may show of a build, an empty one for none at all.
//
//	it is there, or was for long enough after its end    how it ended
//	it was there for long enough before its end          that, or unknown
//	else                                                 that, or unknown, or nothing
func (b *buildLife) may(noticed func(oracle.Fact) bool) []string {
	switch {
	case !b.ended.IsZero() && (b.gone.IsZero() || noticed(oracle.Fact{From: b.ended, To: b.gone})):
		return []string{b.state}
	case noticed(oracle.Fact{From: b.began, To: cmpTime(b.ended, b.gone)}):
		return []string{b.state, "unknown"}
	}
	return []string{b.state, "unknown", ""}
}

// cmpTime returns the first time that is not zero.
func cmpTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// checkBuilds compares the builds with what Jira shows of them.
func (v *Verdict) checkBuilds(builds []*buildLife, shown []jiratest.StoredBuild, noticed func(oracle.Fact) bool) {
	states := map[string]string{}
	for _, s := range shown {
		states[s.Key.PipelineID] = s.State
	}
	for _, b := range builds {
		w := Workload{Kind: "Job", Namespace: b.namespace, Name: b.name}
		may, state := b.may(noticed), states[pipelineOf(w)]
		v.Builds++
		switch delete(states, pipelineOf(w)); {
		case slices.Contains(may, state):
			if state != b.state {
				v.Missed++
			}
		case state == "":
			v.Findings = append(v.Findings, Finding{Lost: true, Workload: w, What: fmt.Sprintf("true is %s; Jira does not show it", strings.Join(may, " or "))})
		default:
			v.Findings = append(v.Findings, Finding{Workload: w, What: fmt.Sprintf("true is %s; Jira shows %s", strings.Join(may, " or "), state)})
		}
	}
	for pipeline, state := range states {
		v.Findings = append(v.Findings, Finding{Workload: Workload{Name: pipeline}, What: "Jira shows a build that there was none of, " + state})
	}
}
