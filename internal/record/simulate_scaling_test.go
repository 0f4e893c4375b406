package record

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
)

// surge and unavailable are the fenceposts of a rolling update, at the default of a quarter each.
func (p *pass) surge() int32 {
	if p.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return 0
	}
	return (*p.d.Spec.Replicas + 3) / 4
}

func (p *pass) unavailable() int32 {
	if p.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return 0
	}
	return *p.d.Spec.Replicas / 4
}

// resize sets the size of a ReplicaSet, and notes what the Deployment's was.
func (p *pass) resize(set *replicaSet, replicas int32) bool {
	if set.replicas == replicas {
		return false
	}
	set.replicas = replicas
	p.noteSize(set)
	p.queued = true
	return true
}

func (p *pass) noteSize(set *replicaSet) {
	set.desired, set.most = *p.d.Spec.Replicas, *p.d.Spec.Replicas+p.surge()
}

// sizeOfNew is how large the new ReplicaSet may be at the moment.
func (p *pass) sizeOfNew(current *replicaSet) int32 {
	replicas := *p.d.Spec.Replicas
	if p.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return replicas
	}
	room := replicas + p.surge() - sum(p.sets, wanted)
	if room <= 0 {
		return current.replicas
	}
	return current.replicas + min(room, replicas-current.replicas)
}

func (p *pass) growNew(current *replicaSet) bool {
	if current.replicas > *p.d.Spec.Replicas {
		return p.resize(current, *p.d.Spec.Replicas)
	}
	return p.resize(current, p.sizeOfNew(current))
}

// shrinkOld takes pods of old ReplicaSets away: first those that are not ready, then as many as may be missing.
func (p *pass) shrinkOld(current *replicaSet) bool {
	old := active(p.old())
	least := *p.d.Spec.Replicas - p.unavailable()
	room := sum(p.sets, wanted) - least - (current.replicas - current.ready)
	if len(old) == 0 || room <= 0 {
		return false
	}
	shrunk := false
	for _, set := range old {
		n := max(0, min(room, set.replicas-set.ready))
		room -= n
		shrunk = p.resize(set, set.replicas-n) || shrunk
	}
	spare := sum(p.sets, ready) - least
	for _, set := range old {
		n := max(0, min(spare, set.replicas))
		spare -= n
		shrunk = p.resize(set, set.replicas-n) || shrunk
	}
	return shrunk
}

// scaleAll gives the only active ReplicaSet the Deployment's size, or shares it out among several.
func (p *pass) scaleAll(current *replicaSet) {
	replicas := *p.d.Spec.Replicas
	sets := active(p.sets)
	switch {
	case len(sets) > 1 && current != nil && current.replicas == replicas && current.desired == replicas && current.ready == replicas:
		for _, set := range active(p.old()) {
			p.resize(set, 0)
		}
	case len(sets) > 1:
		p.share(sets)
	case len(sets) == 1:
		p.resize(sets[0], replicas)
	case current != nil:
		p.resize(current, replicas)
	case len(p.sets) > 0:
		p.resize(p.sets[len(p.sets)-1], replicas)
	}
}

// share shares a change of size out, in proportion; a remainder goes to the largest.
func (p *pass) share(sets []*replicaSet) {
	if p.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return
	}
	allowed := int32(0)
	if *p.d.Spec.Replicas > 0 {
		allowed = *p.d.Spec.Replicas + p.surge()
	}
	toAdd, added := allowed-sum(sets, wanted), int32(0)
	if toAdd > 0 {
		slices.Reverse(sets) // of equal ones the newer grow, the older shrink
	}
	slices.SortStableFunc(sets, func(a, b *replicaSet) int { return int(b.replicas - a.replicas) })
	sizes := make([]int32, len(sets))
	for i, set := range sets {
		n := set.proportion(*p.d.Spec.Replicas, p.surge(), p.d.Status.Replicas, toAdd, added)
		sizes[i] = set.replicas + n
		added += n
	}
	sizes[0] = max(0, sizes[0]+toAdd-added)
	for i, set := range sets {
		p.resize(set, sizes[i])
		p.noteSize(set)
	}
}
