// SPDX-License-Identifier: Apache-2.0

package build

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type jobBuilder struct{ j *batchv1.Job }

// makeJob returns a Job that was created at minute 0, and has not started.
func makeJob(name string) jobBuilder {
	return jobBuilder{&batchv1.Job{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "shop", UID: "uid", CreationTimestamp: metav1.NewTime(at(0)),
		Annotations: map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "{}", "example.com/team": "shop"},
		Labels:      map[string]string{"rollcall.dev/build": "true"},
	}}}
}

func (b jobBuilder) Annotation(name, value string) jobBuilder {
	b.j.Annotations[name] = value
	return b
}

func (b jobBuilder) Started(minute int) jobBuilder {
	b.j.Status.StartTime = new(metav1.NewTime(at(minute)))
	b.j.Status.Active = 3
	return b
}

func (b jobBuilder) Completed(minute int) jobBuilder {
	b.j.Status.CompletionTime = new(metav1.NewTime(at(minute)))
	return b
}

func (b jobBuilder) Condition(name batchv1.JobConditionType, reason, message string, minute int) jobBuilder {
	c := batchv1.JobCondition{
		Type: name, Status: corev1.ConditionTrue, Reason: reason, Message: message,
		LastProbeTime: metav1.NewTime(at(minute)), LastTransitionTime: metav1.NewTime(at(minute)),
	}
	b.j.Status.Conditions = append(b.j.Status.Conditions, c)
	return b
}

// Not makes the last condition false.
func (b jobBuilder) Not() jobBuilder {
	b.j.Status.Conditions[len(b.j.Status.Conditions)-1].Status = corev1.ConditionFalse
	return b
}

func (b jobBuilder) Suspend() jobBuilder {
	b.j.Spec.Suspend = new(true)
	return b
}

func (b jobBuilder) Deleted(minute int) jobBuilder {
	b.j.DeletionTimestamp = new(metav1.NewTime(at(minute)))
	return b
}

func (b jobBuilder) OwnedBy(apiVersion, kind, name string) jobBuilder {
	b.j.OwnerReferences = append(b.j.OwnerReferences, metav1.OwnerReference{
		APIVersion: apiVersion, Kind: kind, Name: name, UID: "of-owner", Controller: new(true),
	})
	return b
}

func (b jobBuilder) Generated(prefix string) jobBuilder {
	b.j.GenerateName = prefix
	return b
}

// Conditions of a Job that its controller gives up, and of one that is done.
func (b jobBuilder) failing(reason, message string) jobBuilder {
	return b.Started(1).Condition(batchv1.JobFailureTarget, reason, message, 5)
}

func (b jobBuilder) succeeding(reason string) jobBuilder {
	return b.Started(1).Condition(batchv1.JobSuccessCriteriaMet, reason, "Reached expected number of succeeded pods", 5)
}

func TestFromJobTellsTheState(t *testing.T) {
	const backoff, limit = batchv1.JobReasonBackoffLimitExceeded, "Job has reached the specified backoff limit"
	build := Build{PipelineKind: "Job", PipelineName: "build"}
	with := func(change func(*Build)) Build { b := build; change(&b); return b }
	failed := with(func(b *Build) { b.State, b.Since, b.Message = Failed, at(5), limit })
	successful := with(func(b *Build) { b.State, b.Since = Successful, at(5) })
	tests := map[string]struct {
		job  jobBuilder
		want Build
	}{
		"just created":                         {makeJob("build"), with(func(b *Build) { b.State, b.Since = Pending, at(0) })},
		"started":                              {makeJob("build").Started(1), with(func(b *Build) { b.State, b.Since = InProgress, at(1) })},
		"its controller is about to fail it":   {makeJob("build").failing(backoff, limit), failed},
		"it failed":                            {makeJob("build").failing(backoff, limit).Condition(batchv1.JobFailed, backoff, limit, 7), failed},
		"it failed, of an older Kubernetes":    {makeJob("build").Started(1).Condition(batchv1.JobFailed, backoff, limit, 5), failed},
		"its success is decided":               {makeJob("build").succeeding(batchv1.JobReasonCompletionsReached), successful},
		"it succeeded by its successPolicy":    {makeJob("build").succeeding(batchv1.JobReasonSuccessPolicy).Condition(batchv1.JobComplete, "SuccessPolicy", "", 8).Completed(8), successful},
		"it is done, of an older Kubernetes":   {makeJob("build").Started(1).Condition(batchv1.JobComplete, "", "", 5).Completed(5), successful},
		"it is done, and being deleted":        {makeJob("build").succeeding("CompletionsReached").Deleted(6), successful},
		"a condition that is not true":         {makeJob("build").Started(1).Condition(batchv1.JobFailureTarget, backoff, limit, 5).Not(), with(func(b *Build) { b.State, b.Since = InProgress, at(1) })},
		"suspended before it started":          {makeJob("build").Suspend(), with(func(b *Build) { b.State, b.Since, b.Message = Pending, at(0), becauseSuspended })},
		"suspended while it ran":               {makeJob("build").Suspend().Condition(batchv1.JobSuspended, "JobSuspended", "Job suspended", 4), with(func(b *Build) { b.State, b.Since, b.Message = Pending, at(4), becauseSuspended })},
		"resumed, which nobody has seen yet":   {makeJob("build").Condition(batchv1.JobSuspended, "JobSuspended", "Job suspended", 4), with(func(b *Build) { b.State, b.Since, b.Message = Pending, at(4), becauseSuspended })},
		"resumed":                              {makeJob("build").Started(6).Condition(batchv1.JobSuspended, "JobResumed", "Job resumed", 6).Not(), with(func(b *Build) { b.State, b.Since = InProgress, at(6) })},
		"deleted before its end":               {makeJob("build").Started(1).Deleted(3), with(func(b *Build) { b.State, b.Since, b.Cancelling = InProgress, at(1), true })},
		"deleted before it started":            {makeJob("build").Deleted(3), with(func(b *Build) { b.State, b.Since, b.Cancelling = Pending, at(0), true })},
		"it ended, and no condition says when": {untimed(makeJob("build").Started(1).Condition(batchv1.JobComplete, "", "", 5).Completed(5)), successful},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { checkBuild(t, test.job.j, test.want) })
	}
}

func TestFromJobTellsWhyItFailed(t *testing.T) {
	for _, reason := range []string{
		batchv1.JobReasonBackoffLimitExceeded, batchv1.JobReasonDeadlineExceeded, batchv1.JobReasonPodFailurePolicy,
		batchv1.JobReasonMaxFailedIndexesExceeded, batchv1.JobReasonFailedIndexes, "TheReasonOfAnotherController",
	} {
		t.Run(reason, func(t *testing.T) {
			told := observed(t, makeJob("build").failing(reason, "What the controller\nsays.").j)
			if told.State != Failed || told.Message != "What the controller says." {
				t.Errorf("it is %s because %q", told.State, told.Message)
			}
			silent := observed(t, makeJob("build").failing(reason, "").j)
			sentence, known := jobReasons[reason]
			if want := map[bool]string{true: sentence, false: reason}[known]; silent.State != Failed || silent.Message != want || want == "" {
				t.Errorf("it is %s because %q, want %q", silent.State, silent.Message, want)
			}
		})
	}
}

func TestFromJobTellsThePipeline(t *testing.T) {
	long := strings.Repeat("long-", 20)
	tests := map[string]struct {
		job  jobBuilder
		want string
	}{
		"of a CronJob":                       {makeJob("nightly-29400000").OwnedBy("batch/v1", "CronJob", "nightly"), "CronJob nightly"},
		"of another kind of that name":       {makeJob("nightly-1").OwnedBy("example.com/v1", "CronJob", "nightly"), "Job nightly-1"},
		"of a JobSet":                        {makeJob("train-workers-0").OwnedBy("jobset.x-k8s.io/v1alpha2", "JobSet", "train"), "Job train-workers-0"},
		"a name of its own":                  {makeJob("build-web"), "Job build-web"},
		"a name that the API server made":    {makeJob("build-web-x7k2p").Generated("build-web-"), "Job build-web"},
		"a name beside a generateName":       {makeJob("release").Generated("build-web-"), "Job release"},
		"a generateName of no letter":        {makeJob("-x7k2p").Generated("-"), "Job -x7k2p"},
		"a generateName that was too long":   {makeJob(long[:58] + "x7k2p").Generated(long), "Job " + strings.TrimRight(long[:58], "-")},
		"a name that begins as generateName": {makeJob("build-web-release").Generated("build-web-"), "Job build-web-release"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := observed(t, test.job.j)
			if got := b.PipelineKind + " " + b.PipelineName; got != test.want {
				t.Errorf("it is of %s, want %s", got, test.want)
			}
		})
	}
}

func TestFromJobTellsWhoItIs(t *testing.T) {
	got := observed(t, makeJob("build").j)
	want := Build{
		APIVersion: "batch/v1", Kind: "Job", Namespace: "shop", Name: "build", UID: "uid", Created: at(0),
		Labels:       map[string]string{"rollcall.dev/build": "true"},
		Annotations:  map[string]string{"example.com/team": "shop"},
		PipelineKind: "Job", PipelineName: "build", State: Pending, Since: at(0),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("FromJob() (-want +got):\n%s", diff)
	}
}

func TestAJobOfAThousandPodsIsOneSmallBuild(t *testing.T) {
	job := makeJob("build").Started(1).j
	job.Spec.Parallelism, job.Status.Active, job.Status.Failed = new(int32(1000)), 990, 10
	job.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	for i := range 1000 {
		job.Spec.Template.Spec.Containers = append(job.Spec.Template.Spec.Containers, corev1.Container{Name: fmt.Sprint("c", i)})
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: batchv1.JobConditionType(fmt.Sprint("T", i)), Status: corev1.ConditionTrue})
	}
	checkBuild(t, job, Build{PipelineKind: "Job", PipelineName: "build", State: InProgress, Since: at(1)})
	Trim(job)
	if size := job.Size(); size > 512 {
		t.Errorf("%d bytes are kept", size)
	}
}

// untimed takes the times out of the conditions: an API server requires none.
func untimed(b jobBuilder) jobBuilder {
	for i := range b.j.Status.Conditions {
		b.j.Status.Conditions[i].LastTransitionTime = metav1.Time{}
	}
	return b
}
