// SPDX-License-Identifier: Apache-2.0

package build

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kinds of the group batch.
var (
	jobKind     = batchv1.SchemeGroupVersion.WithKind("Job")
	cronJobKind = batchv1.SchemeGroupVersion.WithKind("CronJob")
)

const becauseSuspended = "It is suspended."

// jobReasons say in a sentence what the reasons of a Job's conditions mean, where the condition itself says nothing: the
// Job's controller always does, another that spec.managedBy names may not.
var jobReasons = map[string]string{
	batchv1.JobReasonBackoffLimitExceeded:     "Its pods failed more often than its backoffLimit allows.",
	batchv1.JobReasonDeadlineExceeded:         "It ran for longer than its activeDeadlineSeconds allow.",
	batchv1.JobReasonPodFailurePolicy:         "A pod failed in a way for which its podFailurePolicy fails the Job.",
	batchv1.JobReasonMaxFailedIndexesExceeded: "More of its indexes failed than its maxFailedIndexes allow.",
	batchv1.JobReasonFailedIndexes:            "Some of its indexes failed.",
}

// jobConditions are the conditions that are read, in the order in which Trim leaves them.
var jobConditions = []batchv1.JobConditionType{
	batchv1.JobFailureTarget, batchv1.JobFailed, batchv1.JobSuccessCriteriaMet, batchv1.JobComplete, batchv1.JobSuspended,
}

// FromJob returns how a Job stands. However many pods it has, and however often they are tried, it is one build.
//
//	FailureTarget, Failed             failed: FailureTarget is written first, while pods still end
//	SuccessCriteriaMet, Complete      successful: the same
//	suspended, or has not started     pending
//	else                              in progress
func FromJob(j *batchv1.Job) Build {
	meta := boundedMetadata(j.ObjectMeta)
	b := newBuild(jobKind, &meta)
	if b.NotUnderstood != "" {
		return b
	}
	b.isOf(cronJobKind.Kind, ownerOf(&meta, cronJobKind.GroupKind()))
	failed := firstTrue(j, batchv1.JobFailureTarget, batchv1.JobFailed)
	succeeded := firstTrue(j, batchv1.JobSuccessCriteriaMet, batchv1.JobComplete)
	suspended := firstTrue(j, batchv1.JobSuspended)
	switch started := timeOf(j.Status.StartTime); {
	case failed != nil:
		b.State = Failed
		b.date(started, failed.LastTransitionTime.Time, timeOf(j.Status.CompletionTime))
		b.explain(failed.Message, jobReasons[failed.Reason], whole(failed.Reason, maxName))
	case succeeded != nil:
		b.State = Successful
		b.date(started, succeeded.LastTransitionTime.Time, timeOf(j.Status.CompletionTime))
	case suspended != nil:
		b.State, b.Since, b.Message = Pending, firstOf(suspended.LastTransitionTime.Time, b.Created), becauseSuspended
	case j.Spec.Suspend != nil && *j.Spec.Suspend:
		b.State, b.Message = Pending, becauseSuspended
		b.date(started, time.Time{}, time.Time{})
	case started.IsZero():
		b.State, b.Since = Pending, b.Created
	default:
		b.State, b.Since = InProgress, started
	}
	b.finish(&meta, evidence{}, nil)
	return b
}

// trimJob keeps of a Job what FromJob reads.
func trimJob(j *batchv1.Job) {
	j.ObjectMeta = boundedMetadata(j.ObjectMeta)
	j.Spec = batchv1.JobSpec{Suspend: j.Spec.Suspend}
	conditions := make([]batchv1.JobCondition, 0, len(jobConditions))
	for _, name := range jobConditions {
		if c := firstTrue(j, name); c != nil {
			conditions = append(conditions, batchv1.JobCondition{
				Type: name, Status: c.Status, LastTransitionTime: c.LastTransitionTime,
				Reason: whole(c.Reason, maxName), Message: oneLine(c.Message),
			})
		}
	}
	j.Status = batchv1.JobStatus{StartTime: j.Status.StartTime, CompletionTime: j.Status.CompletionTime, Conditions: conditions}
}

// firstTrue returns the first condition of these types that is true; nil where none is.
func firstTrue(j *batchv1.Job, names ...batchv1.JobConditionType) *batchv1.JobCondition {
	for _, name := range names {
		for i := range j.Status.Conditions {
			if c := &j.Status.Conditions[i]; c.Type == name && c.Status == corev1.ConditionTrue {
				return c
			}
		}
	}
	return nil
}

// ownerOf returns the name of the controller of an object, if it is of a kind.
func ownerOf(meta *metav1.ObjectMeta, kind schema.GroupKind) string {
	owner := metav1.GetControllerOfNoCopy(meta)
	if owner == nil || schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).GroupKind() != kind {
		return ""
	}
	return owner.Name
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
