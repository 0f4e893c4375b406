package record

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
)

const annotationRevision = "deployment.kubernetes.io/revision"

// pass is one observation of the deployment controller at its Deployment, as pkg/controller/deployment of Kubernetes 1.37
// does it. It works on a copy of what the cache has, so that the second write to one object in a pass is a
// conflict, and the pass begins anew. Hence what people see:
//
//	a new template      the number and its condition, then the generation and the pods
//	with a scaling      the generation beside the old number, then the new number
//	with Recreate       the generation beside the old number until all old pods are gone, then the new number
//	an old template     the number, with the conditions of the revision before, then the generation and the pods
//	while paused        the generation beside the old number; an old template that has a ReplicaSet gets its number
type pass struct {
	*deployment
	d      *appsv1.Deployment
	wrote  bool // the Deployment
	marked bool // the ReplicaSet of its template
}

// sync is the controller's reaction. Each of the functions that it consists of returns false where a write was
// refused.
func (d *deployment) sync() {
	d.queued = false
	p := &pass{deployment: d, d: d.object.DeepCopy()}
	if !p.run() {
		d.queued = true
	}
}

func (p *pass) run() bool {
	if !p.pausedCondition() {
		return false
	}
	if p.d.Spec.Paused {
		return p.scaleOnly()
	}
	scaled, ok := p.scalingEvent()
	switch {
	case !ok:
		return false
	case scaled:
		return p.scaleOnly()
	case p.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		return p.recreate()
	default:
		return p.roll()
	}
}

// scaleOnly is what happens while paused, and where the number of replicas changed.
func (p *pass) scaleOnly() bool {
	current, ok := p.newSet(false)
	if !ok {
		return false
	}
	p.scaleAll(current)
	if p.d.Spec.Paused {
		p.cleanUp()
	}
	return p.writeIfChanged(p.status(current), current)
}

func (p *pass) scalingEvent() (bool, bool) {
	if _, ok := p.newSet(false); !ok {
		return false, false
	}
	return slices.ContainsFunc(active(p.sets), func(s *replicaSet) bool { return s.desired != *p.d.Spec.Replicas }), true
}

func (p *pass) roll() bool {
	current, ok := p.newSet(true)
	if !ok {
		return false
	}
	if p.growNew(current) || p.shrinkOld(current) {
		return p.rolloutStatus(current)
	}
	if complete(p.d, &p.d.Status) {
		p.cleanUp()
	}
	return p.rolloutStatus(current)
}

// recreate makes the new ReplicaSet only when no pod of an old one is left.
func (p *pass) recreate() bool {
	current, ok := p.newSet(false)
	if !ok {
		return false
	}
	old := active(p.old())
	for _, set := range old {
		p.resize(set, 0)
	}
	stopping := slices.ContainsFunc(p.old(), func(s *replicaSet) bool { return s.pods > 0 || !s.leftAt.IsZero() })
	if len(old) > 0 || stopping {
		return p.rolloutStatus(current)
	}
	if current == nil {
		if current, ok = p.newSet(true); !ok {
			return false
		}
	}
	p.resize(current, *p.d.Spec.Replicas)
	if complete(p.d, &p.d.Status) {
		p.cleanUp()
	}
	return p.rolloutStatus(current)
}

// newSet finds the ReplicaSet of the template, or makes it, and gives it and the Deployment their number: one more
// than that of any other.
func (p *pass) newSet(create bool) (*replicaSet, bool) {
	number := int64(1)
	for _, set := range p.old() {
		number = max(number, set.revision+1)
	}
	set := p.matching(&p.d.Spec.Template)
	if p.marked {
		return nil, false
	}
	needsWrite := false
	switch {
	case set == nil && !create:
		return nil, true
	case set == nil:
		set = p.makeSet(number)
		needsWrite = true
	default:
		if p.marked = set.mark(p.d.Annotations, number); p.marked {
			p.queued = true
			return set, true
		}
		needsWrite = p.d.Annotations[annotationRevision] != fmt.Sprint(set.revision)
		if hasDeadline(p.d) && condition(p.d.Status, appsv1.DeploymentProgressing) == nil {
			setCondition(&p.d.Status, appsv1.DeploymentProgressing, "True", "FoundNewReplicaSet", "", p.clock.now)
			needsWrite = true
		}
	}
	if needsWrite {
		p.d.Annotations[annotationRevision] = fmt.Sprint(set.revision)
		return set, p.writeStatus(p.d.Status, set)
	}
	return set, true
}

func (p *pass) makeSet(number int64) *replicaSet {
	p.made++
	version := versionIn(&p.d.Spec.Template)
	set := &replicaSet{
		name: "web-" + strconv.Itoa(p.made), template: *p.d.Spec.Template.DeepCopy(), revision: number,
		annotations: map[string]string{}, ill: func() illness { return p.ill[version] },
	}
	set.copyAnnotations(p.d.Annotations)
	p.sets = append(p.sets, set)
	set.replicas = p.sizeOfNew(set)
	p.noteSize(set)
	if hasDeadline(p.d) {
		setCondition(&p.d.Status, appsv1.DeploymentProgressing, "True", "NewReplicaSetCreated", "Created new replica set "+set.name, p.clock.now)
	}
	return set
}

// mark copies the Deployment's annotations and gives the number; it returns whether that was a change.
func (s *replicaSet) mark(annotations map[string]string, number int64) bool {
	changed := s.copyAnnotations(annotations)
	if s.revision < number {
		s.revision, changed = number, true
	}
	return changed
}

func (s *replicaSet) copyAnnotations(annotations map[string]string) bool {
	before := maps.Clone(s.annotations)
	maps.Copy(s.annotations, annotations)
	delete(s.annotations, annotationRevision)
	return !maps.Equal(before, s.annotations)
}

// old returns the ReplicaSets of other templates.
func (p *pass) old() []*replicaSet {
	current := p.matching(&p.d.Spec.Template)
	return slices.DeleteFunc(slices.Clone(p.sets), func(s *replicaSet) bool { return s == current })
}

// cleanUp forgets the oldest revisions that have no pods, beyond the limit.
func (p *pass) cleanUp() {
	old := p.old()
	slices.SortFunc(old, func(a, b *replicaSet) int { return int(a.revision - b.revision) })
	for _, set := range old[:max(0, len(old)-int(*p.d.Spec.RevisionHistoryLimit))] {
		if set.replicas == 0 && set.pods == 0 {
			p.sets = slices.DeleteFunc(p.sets, func(s *replicaSet) bool { return s == set })
		}
	}
}
