package record

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// count counts what a status counts. The revision that a StatefulSet calls current is the last one that all pods had.
func (f *fleet) count(update string) tally {
	t := tally{current: f.tallied.current, update: update}
	if t.current == "" {
		t.current = update
	}
	for _, b := range f.berths {
		if b.revision == "" {
			continue
		}
		t.pods++
		if b.revision == update {
			t.updated++
		}
		if b.ready {
			t.ready++
		}
	}
	if all := int32(f.wants); t.updated == all && t.ready == all && t.pods == all {
		t.current = update
	}
	return t
}

// show lets the product observation at the object and its history, whole and trimmed: both must tell the same.
func (f *fleet) show() sight {
	if f.gone {
		return sight{version: f.version}
	}
	whole, ok := f.observation(false)
	got, okToo := f.observation(true)
	if ok != okToo || !sameRollout(whole, got) {
		panic(fmt.Sprintf("a trimmed %s tells %v, %+v, a whole one %v, %+v", f.kind, okToo, got, ok, whole))
	}
	s := sight{version: f.version, uid: f.meta.UID, hash: rollout.TemplateHash(f.spec), keys: keysOf(f.meta.Annotations, &f.spec), fact: f.fact()}
	if ok {
		s.rollout = &got
	}
	return s
}

// fact tells what is true, as far as the pods know: who lacks progress, and for how long, only Rollcall counts.
func (f *fleet) fact() fact {
	result := fact{uid: f.meta.UID, phase: phaseRolling}
	for i := range f.history {
		if f.history[i].Revision > result.revision {
			result.revision = f.history[i].Revision
		}
	}
	if t := f.tallied; t.current == t.update && t.ready == int32(f.wants) && f.observed == f.meta.Generation {
		result.phase = phaseFinished
	}
	return result
}

// trimmed returns an object of the API, or what a cache keeps of it.
func trimmed[T any](object T, trim bool) T {
	if !trim {
		return object
	}
	kept, err := rollout.Trim(object)
	if err != nil {
		panic(err)
	}
	return kept.(T)
}

func (f *fleet) revisions(trim bool) []appsv1.ControllerRevision {
	var list []appsv1.ControllerRevision
	for i := range f.history {
		list = append(list, *trimmed(f.history[i].DeepCopy(), trim))
	}
	return list
}

// statefulSet tends its pods in their order: what is missing from the first on, what is outdated from the last on
// down to the partition, one at a time, each when the one before is ready.
type statefulSet struct {
	*fleet
	strategy  appsv1.StatefulSetUpdateStrategyType
	partition int32
}

func newStatefulSet(c *clock, pods int) *statefulSet {
	s := &statefulSet{fleet: newFleet(c, "StatefulSet", "db", pods), strategy: appsv1.RollingUpdateStatefulSetStrategyType}
	s.tend = s.tendPods
	s.observation = func(trim bool) (rollout.Rollout, bool) {
		return rollout.FromStatefulSet(trimmed(s.object(), trim), s.revisions(trim))
	}
	return s
}

func (s *statefulSet) tendPods(update string) {
	for len(s.berths) < s.wants {
		s.berths = append(s.berths, berth{})
	}
	for i := range s.wants {
		switch b := s.berths[i]; {
		case b.revision == "" && s.strategy != appsv1.OnDeleteStatefulSetStrategyType && i < int(s.partition):
			s.start(i, s.count(update).current)
			return
		case b.revision == "":
			s.start(i, update)
			return
		case !b.ready:
			return
		}
	}
	for i := len(s.berths) - 1; i >= s.wants; i-- {
		if s.berths[i].revision != "" {
			s.drop(i)
			return
		}
		s.berths = s.berths[:i]
	}
	if s.strategy == appsv1.OnDeleteStatefulSetStrategyType {
		return
	}
	for i := s.wants - 1; i >= int(s.partition); i-- {
		if s.berths[i].revision != update {
			s.drop(i)
			return
		}
	}
}

func (s *statefulSet) object() *appsv1.StatefulSet {
	object := &appsv1.StatefulSet{
		ObjectMeta: *s.meta.DeepCopy(),
		Spec: appsv1.StatefulSetSpec{
			Replicas: new(int32(s.wants)), Template: *s.spec.DeepCopy(), UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: s.strategy},
		},
		Status: appsv1.StatefulSetStatus{
			ObservedGeneration: s.observed, Replicas: s.tallied.pods, UpdatedReplicas: s.tallied.updated,
			ReadyReplicas: s.tallied.ready, AvailableReplicas: s.tallied.ready,
			CurrentRevision: s.tallied.current, UpdateRevision: s.tallied.update,
		},
	}
	if s.strategy == appsv1.RollingUpdateStatefulSetStrategyType {
		object.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: &s.partition}
	}
	object.ManagedFields = s.statusFields()
	return object
}

// daemonSet runs a pod on each node: it starts what is missing, and replaces what is outdated one at a time, but those
// that are not ready at once.
type daemonSet struct {
	*fleet
	strategy appsv1.DaemonSetUpdateStrategyType
}

func newDaemonSet(c *clock, nodes int) *daemonSet {
	d := &daemonSet{fleet: newFleet(c, "DaemonSet", "agent", nodes), strategy: appsv1.RollingUpdateDaemonSetStrategyType}
	d.tend = d.tendPods
	d.observation = func(trim bool) (rollout.Rollout, bool) {
		return rollout.FromDaemonSet(trimmed(d.object(), trim), d.revisions(trim))
	}
	return d
}

// nodes sets how many there are.
func (d *daemonSet) nodes(n int) {
	d.wants, d.queued = n, true
}

func (d *daemonSet) tendPods(update string) {
	d.berths = append(d.berths, make([]berth, max(0, d.wants-len(d.berths)))...)[:d.wants]
	unready := 0
	for i, b := range d.berths {
		if b.revision == "" {
			d.start(i, update)
		}
		if !b.ready {
			unready++
		}
	}
	if d.strategy == appsv1.OnDeleteDaemonSetStrategyType {
		return
	}
	for i, b := range d.berths {
		if b.revision == update || b.revision == "" || b.ready && unready > 0 {
			continue
		}
		d.drop(i)
		unready++
	}
}

func (d *daemonSet) object() *appsv1.DaemonSet {
	object := &appsv1.DaemonSet{
		ObjectMeta: *d.meta.DeepCopy(),
		Spec:       appsv1.DaemonSetSpec{Template: *d.spec.DeepCopy(), UpdateStrategy: appsv1.DaemonSetUpdateStrategy{Type: d.strategy}},
		Status: appsv1.DaemonSetStatus{
			ObservedGeneration: d.observed, DesiredNumberScheduled: int32(d.wants), CurrentNumberScheduled: d.tallied.pods,
			UpdatedNumberScheduled: d.tallied.updated, NumberReady: d.tallied.ready, NumberAvailable: d.tallied.ready,
		},
	}
	object.ManagedFields = d.statusFields()
	return object
}
