package record

import (
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// Reasons of the Progressing condition that the controller itself reads again.
const (
	reasonTimedOut  = "ProgressDeadlineExceeded"
	reasonAvailable = "NewReplicaSetAvailable"
	reasonPaused    = "DeploymentPaused"
)

func hasDeadline(d *appsv1.Deployment) bool {
	return *d.Spec.ProgressDeadlineSeconds != noDeadline
}

// complete is the controller's notion of a rollout that is finished.
func complete(d *appsv1.Deployment, s *appsv1.DeploymentStatus) bool {
	replicas := *d.Spec.Replicas
	return s.UpdatedReplicas == replicas && s.Replicas == replicas && s.AvailableReplicas == replicas && s.ObservedGeneration >= d.Generation
}

// status counts the pods, and tells whether enough of them are available.
func (p *pass) status(current *replicaSet) appsv1.DeploymentStatus {
	s := appsv1.DeploymentStatus{
		ObservedGeneration: p.d.Generation,
		Replicas:           sum(p.sets, existing),
		ReadyReplicas:      sum(p.sets, ready),
		AvailableReplicas:  sum(p.sets, ready),
		Conditions:         slices.Clone(p.d.Status.Conditions),
	}
	if current != nil {
		s.UpdatedReplicas = current.pods
	}
	if s.AvailableReplicas >= *p.d.Spec.Replicas-p.unavailable() {
		setCondition(&s, appsv1.DeploymentAvailable, "True", "MinimumReplicasAvailable", "", p.clock.now)
	} else {
		setCondition(&s, appsv1.DeploymentAvailable, "False", "MinimumReplicasUnavailable", "", p.clock.now)
	}
	return s
}

// rolloutStatus counts the pods, and tells whether there was progress since the last status.
func (p *pass) rolloutStatus(current *replicaSet) bool {
	s := p.status(current)
	before := condition(p.d.Status, appsv1.DeploymentProgressing)
	who := `Deployment "web"`
	if current != nil {
		who = `ReplicaSet "` + current.name + `"`
	}
	finished := before != nil && before.Reason == reasonAvailable && s.Replicas == s.UpdatedReplicas
	switch {
	case !hasDeadline(p.d):
		dropCondition(&s, appsv1.DeploymentProgressing)
	case finished: // what its pods do now is no rollout
	case complete(p.d, &s):
		setCondition(&s, appsv1.DeploymentProgressing, "True", reasonAvailable, who+" has successfully progressed.", p.clock.now)
	case progressed(p.d.Status, s):
		if before == nil || before.Status != corev1.ConditionTrue {
			dropCondition(&s, appsv1.DeploymentProgressing)
		}
		touchCondition(&s, "ReplicaSetUpdated", who+" is progressing.", p.clock.now)
	case p.timedOut(before):
		setCondition(&s, appsv1.DeploymentProgressing, "False", reasonTimedOut, who+" has timed out progressing.", p.clock.now)
	}
	dropCondition(&s, appsv1.DeploymentReplicaFailure)
	if slices.ContainsFunc(p.sets, (*replicaSet).failing) {
		setCondition(&s, appsv1.DeploymentReplicaFailure, "True", "FailedCreate", "exceeded quota", p.object.CreationTimestamp.Time)
	}
	return p.writeIfChanged(s, current)
}

func progressed(before, after appsv1.DeploymentStatus) bool {
	return after.UpdatedReplicas > before.UpdatedReplicas ||
		after.Replicas-after.UpdatedReplicas < before.Replicas-before.UpdatedReplicas ||
		after.ReadyReplicas > before.ReadyReplicas || after.AvailableReplicas > before.AvailableReplicas
}

func (p *pass) timedOut(c *appsv1.DeploymentCondition) bool {
	if c == nil || c.Reason == reasonAvailable {
		return false
	}
	deadline := time.Duration(*p.d.Spec.ProgressDeadlineSeconds) * time.Second
	return c.Reason == reasonTimedOut || c.LastUpdateTime.Add(deadline).Before(p.clock.now)
}

// pausedCondition says in the conditions that the Deployment was paused or resumed, unless it ran out of time.
func (p *pass) pausedCondition() bool {
	c := condition(p.d.Status, appsv1.DeploymentProgressing)
	says := c != nil && c.Reason == reasonPaused
	if !hasDeadline(p.d) || says == p.d.Spec.Paused || (c != nil && c.Reason == reasonTimedOut) {
		return true
	}
	reason, message := reasonPaused, "Deployment is paused"
	if says {
		reason, message = "DeploymentResumed", "Deployment is resumed"
	}
	setCondition(&p.d.Status, appsv1.DeploymentProgressing, "Unknown", reason, message, p.clock.now)
	return p.writeStatus(p.d.Status, p.matching(&p.d.Spec.Template))
}

func (p *pass) writeIfChanged(s appsv1.DeploymentStatus, current *replicaSet) bool {
	return equality.Semantic.DeepEqual(p.d.Status, s) || p.writeStatus(s, current)
}

// writeStatus writes the status and the number. A second write in a pass is refused: its copy is old.
func (p *pass) writeStatus(s appsv1.DeploymentStatus, current *replicaSet) bool {
	if p.wrote {
		return false
	}
	p.wrote = true
	p.d.Status = s
	p.stand(current)
	p.write(p.d.DeepCopy())
	return true
}

// stand notes how the rollout stands, as the pods tell that the status counts. Beside a template without a
// ReplicaSet, and where a pause keeps it from having pods, it stands as it did.
func (p *pass) stand(current *replicaSet) {
	c := condition(p.d.Status, appsv1.DeploymentProgressing)
	switch timedOut := c != nil && c.Reason == reasonTimedOut; {
	case !timedOut:
		p.failed = nil
	case p.phase != phaseFailed && p.failed == nil:
		p.failed = current
	}
	if current != nil && p.standing != current {
		p.standing, p.phase = current, phaseRolling
	}
	s, others := p.d.Status, sum(p.old(), existing)
	seen := current != nil && s.UpdatedReplicas == current.pods && s.Replicas == current.pods+others && s.ObservedGeneration == p.d.Generation
	switch {
	case current == nil, p.d.Spec.Paused && current.pods == 0:
	case seen && others == 0 && current.pods >= *p.d.Spec.Replicas && s.AvailableReplicas == current.pods:
		p.phase = phaseFinished
	case p.failed != nil && p.failed != current && p.failed.release() != current.release():
		p.phase = phaseStalled
	case p.failed != nil:
		p.phase = phaseFailed
	default:
		p.phase = phaseRolling
	}
}

// condition returns a condition; nil where there is none.
func condition(s appsv1.DeploymentStatus, of appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == of {
			return &s.Conditions[i]
		}
	}
	return nil
}

// setCondition changes nothing where status and reason stay; the time of the transition is that of the status.
func setCondition(s *appsv1.DeploymentStatus, of appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string, now time.Time) {
	c := appsv1.DeploymentCondition{
		Type: of, Status: status, Reason: reason, Message: message, LastUpdateTime: stamp(now), LastTransitionTime: stamp(now),
	}
	if before := condition(*s, of); before != nil && before.Status == status {
		if before.Reason == reason {
			return
		}
		c.LastTransitionTime = before.LastTransitionTime
	}
	dropCondition(s, of)
	s.Conditions = append(s.Conditions, c)
}

// touchCondition notes progress: the time of the update moves even where nothing else changes.
func touchCondition(s *appsv1.DeploymentStatus, reason, message string, now time.Time) {
	if c := condition(*s, appsv1.DeploymentProgressing); c != nil {
		c.Reason = "" // so that it differs
	}
	setCondition(s, appsv1.DeploymentProgressing, corev1.ConditionTrue, reason, message, now)
}

func dropCondition(s *appsv1.DeploymentStatus, of appsv1.DeploymentConditionType) {
	s.Conditions = slices.DeleteFunc(slices.Clone(s.Conditions), func(c appsv1.DeploymentCondition) bool { return c.Type == of })
}
