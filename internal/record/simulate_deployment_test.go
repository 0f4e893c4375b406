package record

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

const (
	// syncTime is what a controller takes to react, startTime what a pod takes to become ready, and stopTime what
	// it takes to stop.
	syncTime  = 20 * time.Millisecond
	startTime = 4 * time.Second
	stopTime  = 2 * time.Second

	// noDeadline is how people switch a Deployment's progress deadline off.
	noDeadline = math.MaxInt32
)

// deployment is a workload: a Deployment with its ReplicaSets and pods. What people do to it is in
// simulate_verbs_test.go, what its controller does in simulate_controller_test.go.
type deployment struct {
	clock *clock
	// shuffle decides what happens first of what is due at the same time; nil: the controller.
	shuffle *rand.Rand
	// object is the Deployment as the API server has it, and version counts its changes; nil: there is none.
	object  *appsv1.Deployment
	version int
	sets    []*replicaSet
	ill     map[string]illness // by version of the application
	made    int                // how many Deployments and ReplicaSets were ever made

	// queued says that the controller has to observation at the object.
	queued bool
	// failed is the ReplicaSet that ran out of time, and phase is how the rollout of standing stood at the
	// controller's last write.
	failed, standing *replicaSet
	phase            phase
	// tried is the deadline that the controller looked at already, and shown what was shown last.
	tried time.Time
	shown sight
}

func newDeployment(c *clock) *deployment {
	return &deployment{clock: c, ill: map[string]illness{}}
}

// create makes a Deployment of a manifest. Its options change its spec.
func (d *deployment) create(m manifest, options ...func(*appsv1.DeploymentSpec)) {
	d.made++
	d.ill[m.version] = m.ill
	m.replicas = cmp.Or(m.replicas, 3)
	object := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-prod", Name: "web", UID: types.UID(fmt.Sprintf("uid-%d", d.made)), Generation: 1,
			CreationTimestamp: stamp(d.clock.now), Annotations: map[string]string{}, Labels: map[string]string{"app": "web"},
		},
		Spec: appsv1.DeploymentSpec{
			Replicas:                &m.replicas,
			Strategy:                appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType},
			ProgressDeadlineSeconds: new(int32(600)),
			RevisionHistoryLimit:    new(int32(10)),
		},
	}
	m.writeTo(object)
	for _, option := range options {
		option(&object.Spec)
	}
	d.sets, d.failed, d.phase = nil, nil, phaseRolling
	d.write(object)
}

func recreating(s *appsv1.DeploymentSpec) {
	s.Strategy.Type = appsv1.RecreateDeploymentStrategyType
}

func paused(s *appsv1.DeploymentSpec) {
	s.Paused = true
}

func deadline(seconds int32) func(*appsv1.DeploymentSpec) {
	return func(s *appsv1.DeploymentSpec) { s.ProgressDeadlineSeconds = &seconds }
}

func history(limit int32) func(*appsv1.DeploymentSpec) {
	return func(s *appsv1.DeploymentSpec) { s.RevisionHistoryLimit = &limit }
}

// change is what a person's update makes of the object. A change of the spec or of an annotation is a new
// generation, one of a label is not.
func (d *deployment) change(to func(*appsv1.Deployment)) {
	next := d.object.DeepCopy()
	to(next)
	if equality.Semantic.DeepEqual(d.object, next) {
		return
	}
	if !equality.Semantic.DeepEqual(d.object.Spec, next.Spec) || !maps.Equal(d.object.Annotations, next.Annotations) {
		next.Generation++
	}
	d.write(next)
}

func (d *deployment) write(object *appsv1.Deployment) {
	d.object, d.queued = object, true
	d.version++
}

// step does what is due first: the controller's next observation, a ReplicaSet's next change of its pods, pods that
// become ready, or the deadline.
func (d *deployment) step(until time.Time) bool {
	if d.object == nil {
		return false
	}
	var first []func()
	var due time.Time
	offer := func(at time.Time, do func()) {
		if first == nil || at.Before(due) {
			first, due = nil, at
		}
		if at.Equal(due) {
			first = append(first, do)
		}
	}
	if at := d.clock.now.Add(syncTime); d.queued {
		offer(at, d.sync)
	} else if at, ok := d.deadline(); ok {
		offer(at, func() { d.tried = at; d.sync() })
	}
	for _, set := range d.sets {
		if at, ok := set.due(d.clock.now); ok {
			offer(at, func() { set.act(d.clock.now); d.queued = true })
		}
	}
	if first == nil || due.After(until) {
		return false
	}
	if due.After(d.clock.now) {
		d.clock.now = due
	}
	chosen := 0
	if d.shuffle != nil {
		chosen = d.shuffle.IntN(len(first))
	}
	first[chosen]()
	return true
}

// deadline returns when the controller observations whether the rollout has run out of time.
func (d *deployment) deadline() (time.Time, bool) {
	c := condition(d.object.Status, appsv1.DeploymentProgressing)
	if c == nil || !hasDeadline(d.object) || d.object.Spec.Paused || complete(d.object, &d.object.Status) {
		return time.Time{}, false
	}
	if c.Reason == reasonTimedOut || c.Reason == reasonAvailable {
		return time.Time{}, false
	}
	at := c.LastUpdateTime.Add(time.Duration(*d.object.Spec.ProgressDeadlineSeconds+1) * time.Second)
	return at, !at.Equal(d.tried)
}

// show lets the product observation at the object, whole and trimmed: both must tell the same.
func (d *deployment) show() sight {
	if d.object == nil {
		return sight{version: d.version}
	}
	if d.shown.version == d.version {
		return d.shown
	}
	whole, ok := rollout.FromDeployment(d.object)
	cached, err := rollout.Trim(d.object.DeepCopy())
	got, okToo := rollout.FromDeployment(cached.(*appsv1.Deployment))
	s := sight{
		version: d.version, uid: d.object.UID, fact: d.fact(),
		hash: rollout.TemplateHash(d.object.Spec.Template), keys: keysOf(d.object.Annotations, &d.object.Spec.Template),
	}
	if ok {
		s.rollout = &got
	}
	if err != nil || ok != okToo || !sameRollout(whole, got) {
		panic(fmt.Sprintf("a trimmed Deployment tells %v, %+v, a whole one %v, %+v", okToo, got, ok, whole))
	}
	d.shown = s
	return s
}

func sameRollout(a, b rollout.Rollout) bool {
	a.Sources, b.Sources = rollout.Sources{}, rollout.Sources{}
	return reflect.DeepEqual(a, b)
}

// fact tells what is true of the object, as the ReplicaSet of its number knows it.
func (d *deployment) fact() fact {
	spec, status := d.object.Spec, d.object.Status
	refused := condition(status, appsv1.DeploymentReplicaFailure) != nil
	f := fact{
		uid: d.object.UID, observed: status.ObservedGeneration == d.object.Generation, phase: d.phase,
		empty: *spec.Replicas == 0, blurred: *spec.Replicas == 0 || refused || spec.Paused, timeless: !hasDeadline(d.object) || spec.Paused,
	}
	set := d.numbered()
	if set == nil {
		return f
	}
	f.revision, f.hash, f.template = set.revision, rollout.TemplateHash(set.template), set.release()
	switch {
	case d.standing == set:
	case d.failed == set:
		f.phase = phaseFailed
	default:
		f.phase = phaseRolling
	}
	if spec.Paused && f.phase == phaseRolling && d.failed == nil { // after a failure no condition tells of the pause
		f.phase = phasePaused
	}
	f.seen = f.observed && (status.UpdatedReplicas > 0 || !spec.Paused && (refused || f.phase == phaseFinished))
	f.between = !sameTemplate(&set.template, &spec.Template) || spec.Paused && set.pods == 0
	if !f.between {
		f.keys = keysOf(d.object.Annotations, &spec.Template)
	}
	return f
}

// numbered returns the ReplicaSet that the Deployment has the number of.
func (d *deployment) numbered() *replicaSet {
	for _, set := range d.sets {
		if fmt.Sprint(set.revision) == d.object.Annotations[annotationRevision] {
			return set
		}
	}
	return nil
}

func sameTemplate(a, b *corev1.PodTemplateSpec) bool {
	return equality.Semantic.DeepEqual(a, b)
}
