// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const kindDeployment = "Deployment"

// annotationRevision is where the deployment controller keeps the number of a Deployment's revision.
const annotationRevision = "deployment.kubernetes.io/revision"

// Reasons of a Deployment's Progressing condition, as the deployment controller writes them.
const (
	reasonDeadlineExceeded = "ProgressDeadlineExceeded"
	reasonNewAvailable     = "NewReplicaSetAvailable"
)

// FromDeployment returns how a Deployment's rollout stands. The second result is false where there is
// nothing to say: its controller has not seen the current template yet, so that the revision's number is
// still the old one's.
func FromDeployment(d *appsv1.Deployment) (Rollout, bool) {
	revision, ok := deploymentRevision(d)
	if !ok || NotUnderstood(d) != "" {
		return Rollout{}, false
	}
	r := Rollout{
		Workload:     workloadOf(kindDeployment, &d.ObjectMeta),
		Sources:      sourcesOf(&d.ObjectMeta, &d.Spec.Template),
		Revision:     revision,
		TemplateHash: hashOf(&d.ObjectMeta, &d.Spec.Template),
		Written:      writtenOf(&d.ObjectMeta),
		Empty:        wanted(d.Spec.Replicas) == 0,
		Remaining:    deploymentRemaining(d),
		Unwatched:    deploymentUnwatched(d),
		MinReady:     seconds(d.Spec.MinReadySeconds),
	}
	seen := observeDeployment(d)
	r.State, r.Since, r.Message = seen.state()
	return r, true
}

// deploymentRevision returns the revision that the Deployment's template belongs to. Its controller may observe a
// generation before it gives a new template a number: where the Deployment is scaled at the same time, recreates its
// pods, or is paused. Then the number is still an older template's.
func deploymentRevision(d *appsv1.Deployment) (int64, bool) {
	if d.Status.ObservedGeneration < d.Generation || !hasNumber(d) {
		return 0, false
	}
	revision, err := strconv.ParseInt(d.Annotations[annotationRevision], 10, 64)
	return revision, err == nil && revision > 0
}

// hasNumber says whether the template has a ReplicaSet, and so the number that the Deployment shows: one of its pods
// is there, or none is wanted, or none can be created.
func hasNumber(d *appsv1.Deployment) bool {
	switch {
	case d.Status.UpdatedReplicas > 0:
		return true
	case d.Spec.Paused:
		return false
	case wanted(d.Spec.Replicas) == 0:
		return deploymentFinished(d)
	}
	return deploymentCondition(d, appsv1.DeploymentReplicaFailure).Status == corev1.ConditionTrue
}

func observeDeployment(d *appsv1.Deployment) observed {
	progressing := deploymentCondition(d, appsv1.DeploymentProgressing)
	seen := observed{
		finished:   deploymentFinished(d),
		finishedAt: deploymentFinishedAt(d, progressing),
		empty:      wanted(d.Spec.Replicas) == 0,
		failed:     progressing.Reason == reasonDeadlineExceeded,
		failedAt:   progressing.LastTransitionTime.Time,
		failure:    progressing.Message,
		waitsSince: progressing.LastUpdateTime.Time,
	}
	if seen.finished {
		seen.emptyAt = seen.finishedAt
	}
	if seen.empty {
		seen.failed = false // the condition goes with the last pod, and may be the earlier revision's
	}
	if progressing.Reason != reasonNewAvailable { // else the time is that of an end
		seen.began = progressing.LastUpdateTime.Time
	}
	if d.Spec.Paused {
		seen.waits = becausePaused
	}
	return seen
}

// deploymentFinished is kubectl's notion of a Deployment whose rollout is finished.
func deploymentFinished(d *appsv1.Deployment) bool {
	s := d.Status
	return s.UpdatedReplicas >= wanted(d.Spec.Replicas) && s.Replicas <= s.UpdatedReplicas && s.AvailableReplicas >= s.UpdatedReplicas
}

// deploymentUnwatched says whether the deployment controller never says that the rollout failed: there is no deadline;
// or the rollout is complete to it, and that was at zero replicas, so that what its first pods do is no rollout any more.
func deploymentUnwatched(d *appsv1.Deployment) bool {
	deadline := d.Spec.ProgressDeadlineSeconds
	return deadline != nil && *deadline == noDeadline ||
		deploymentCondition(d, appsv1.DeploymentProgressing).Reason == reasonNewAvailable
}

func deploymentRemaining(d *appsv1.Deployment) Remaining {
	desired := wanted(d.Spec.Replicas)
	return Remaining{
		Desired:  desired,
		Outdated: max(0, d.Status.Replicas-d.Status.UpdatedReplicas),
		Unready:  max(0, desired-d.Status.AvailableReplicas),
	}
}

// deploymentFinishedAt returns when the rollout finished. A Deployment without a progress deadline has no
// Progressing condition; then Available is the nearest thing.
func deploymentFinishedAt(d *appsv1.Deployment, progressing appsv1.DeploymentCondition) time.Time {
	if progressing.Reason == reasonNewAvailable {
		return progressing.LastUpdateTime.Time
	}
	return deploymentCondition(d, appsv1.DeploymentAvailable).LastUpdateTime.Time
}

// deploymentCondition returns a condition, or one without a reason where there is none.
func deploymentCondition(d *appsv1.Deployment, conditionType appsv1.DeploymentConditionType) appsv1.DeploymentCondition {
	for _, c := range d.Status.Conditions {
		if c.Type == conditionType {
			return c
		}
	}
	return appsv1.DeploymentCondition{}
}

// trimDeployment keeps of a Deployment what FromDeployment reads. Of a condition that is the message of a failure
// alone.
func (i Ignored) trimDeployment(d *appsv1.Deployment) {
	i.trim(&d.ObjectMeta, &d.Spec.Template)
	d.Spec = appsv1.DeploymentSpec{
		Replicas: d.Spec.Replicas, Template: d.Spec.Template, Paused: d.Spec.Paused,
		MinReadySeconds: d.Spec.MinReadySeconds, ProgressDeadlineSeconds: d.Spec.ProgressDeadlineSeconds,
	}
	kept := make([]appsv1.DeploymentCondition, 0, 3) // whoever else holds the Deployment keeps his
	for _, name := range []appsv1.DeploymentConditionType{appsv1.DeploymentProgressing, appsv1.DeploymentAvailable, appsv1.DeploymentReplicaFailure} {
		c := deploymentCondition(d, name)
		if c.Type == "" {
			continue
		}
		c.Type, c.Status, c.Reason, c.Message = name, shared(cutText(c.Status, maxName)), shared(cutText(c.Reason, maxName)), cutText(c.Message, maxMessage)
		if c.Reason != reasonDeadlineExceeded {
			c.Message = ""
		}
		kept = append(kept, c)
	}
	d.Status.Conditions = kept
}
