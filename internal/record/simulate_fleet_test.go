package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// fleet is what a StatefulSet and a DaemonSet have in common: pods in numbered berths, and ControllerRevisions. It is
// a workload, once it is told how its kind treats its pods and what its status says.
//
//	sync: ControllerRevision of the template (a write) --> tend: at most one pod --> status (a write)
type fleet struct {
	clock   *clock
	kind    string
	meta    metav1.ObjectMeta
	spec    corev1.PodTemplateSpec
	history []appsv1.ControllerRevision
	// templates are those of the ControllerRevisions, by name.
	templates map[string]corev1.PodTemplateSpec
	berths    []berth
	ill       map[string]illness
	wants     int // pods
	observed  int64
	tallied   tally
	statusAt  time.Time

	gone    bool
	queued  bool
	version int

	// tend does what the kind's controller does to its pods next, and observation is the product's.
	tend        func(current string)
	observation func(trim bool) (rollout.Rollout, bool)
}

// berth is where one pod runs: an ordinal, or a node.
type berth struct {
	revision string // of the pod; empty where there is none
	ready    bool
	readyAt  time.Time
	stopAt   time.Time // it is being deleted; zero: it is not
}

// tally is what a status counts.
type tally struct {
	pods, updated, ready int32
	current, update      string // ControllerRevisions
}

func newFleet(c *clock, kind, name string, pods int) *fleet {
	f := &fleet{clock: c, kind: kind, templates: map[string]corev1.PodTemplateSpec{}, ill: map[string]illness{}, wants: pods}
	f.meta = metav1.ObjectMeta{
		Namespace: "shop-prod", Name: name, UID: types.UID("uid-" + name), CreationTimestamp: stamp(c.now),
		Annotations: map[string]string{}, Labels: map[string]string{"app": name},
	}
	return f
}

// release gives it the template of a manifest.
func (f *fleet) release(m manifest) {
	f.ill[m.version] = m.ill
	f.changeTo(m.template())
}

func (f *fleet) changeTo(template corev1.PodTemplateSpec) {
	f.spec = template
	f.changed()
}

// changed is what a change of the spec does to the object.
func (f *fleet) changed() {
	f.meta.Generation++
	f.written()
}

func (f *fleet) written() {
	f.version++
	f.queued = true
}

func (f *fleet) restart() {
	template := *f.spec.DeepCopy()
	template.Annotations[annotationRestartedAt] = f.clock.now.UTC().Format(time.RFC3339)
	f.changeTo(template)
}

// undo is kubectl rollout undo --to-revision: the template of a ControllerRevision comes back.
func (f *fleet) undo(revision int64) {
	i := slices.IndexFunc(f.history, func(r appsv1.ControllerRevision) bool { return r.Revision == revision })
	template := f.templates[f.history[i].Name]
	f.changeTo(*template.DeepCopy())
}

func (f *fleet) scale(pods int) {
	f.wants = pods
	f.changed()
}

func (f *fleet) remove() {
	f.gone = true
	f.version++
}

func (f *fleet) heal(version string) {
	f.ill[version] = healthy
	for i := range f.berths {
		f.berths[i].readyAt = f.clock.now.Add(startTime)
	}
}

// drop is what deletes a pod: kubectl, a node that is drained, or the controller.
func (f *fleet) drop(i int) {
	if f.berths[i].revision != "" && f.berths[i].stopAt.IsZero() {
		f.berths[i].ready, f.berths[i].stopAt = false, f.clock.now.Add(stopTime)
		f.queued = true
	}
}

func (f *fleet) start(i int, revision string) {
	f.berths[i] = berth{revision: revision, readyAt: f.clock.now.Add(startTime)}
	f.queued = true
}

func (f *fleet) step(until time.Time) bool {
	if f.gone {
		return false
	}
	due, do := until.Add(1), func() {}
	offer := func(at time.Time, what func()) {
		if at.Before(due) {
			due, do = at, what
		}
	}
	if f.queued {
		offer(f.clock.now.Add(syncTime), f.sync)
	}
	for i := range f.berths {
		p := &f.berths[i]
		switch {
		case p.revision == "":
		case !p.stopAt.IsZero():
			offer(p.stopAt, func() { *p, f.queued = berth{}, true })
		case !p.ready && f.ill[f.versionOf(p.revision)] == healthy:
			offer(p.readyAt, func() { p.ready, f.queued = true, true })
		}
	}
	if due.After(until) {
		return false
	}
	if due.After(f.clock.now) {
		f.clock.now = due
	}
	do()
	return true
}

func (f *fleet) versionOf(revision string) string {
	template := f.templates[revision]
	return versionIn(&template)
}

// sync is the controller's reaction.
func (f *fleet) sync() {
	f.queued = false
	current := f.number()
	f.tend(current)
	next := f.count(current)
	if next == f.tallied && f.observed == f.meta.Generation {
		return
	}
	f.tallied, f.observed, f.statusAt = next, f.meta.Generation, stamp(f.clock.now).Time
	f.written()
}

// number returns the ControllerRevision of the template: the newest; or an old one, which gets the next number; or
// one that is made.
func (f *fleet) number() string {
	newest := int64(0)
	for _, r := range f.history {
		newest = max(newest, r.Revision)
	}
	for i := range f.history {
		r := &f.history[i]
		template := f.templates[r.Name]
		if !sameTemplate(&template, &f.spec) {
			continue
		}
		if r.Revision < newest {
			r.Revision = newest + 1
			r.ManagedFields = f.numbered()
			f.version++
		}
		return r.Name
	}
	name := fmt.Sprintf("%s-%d", f.meta.Name, len(f.history)+1)
	data, _ := json.Marshal(map[string]any{"spec": map[string]any{"template": f.spec}})
	r := appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{
		Namespace: f.meta.Namespace, Name: name, CreationTimestamp: stamp(f.clock.now), ManagedFields: f.numbered(),
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "apps/v1", Kind: f.kind, Name: f.meta.Name, UID: f.meta.UID, Controller: new(true),
		}},
	}, Revision: newest + 1}
	r.Data.Raw = data
	f.history = append(f.history, r)
	f.templates[name] = *f.spec.DeepCopy()
	f.version++
	return name
}

// numbered is what the API server notes of a ControllerRevision that gets its number.
func (f *fleet) numbered() []metav1.ManagedFieldsEntry {
	at := stamp(f.clock.now)
	return []metav1.ManagedFieldsEntry{{
		Manager: "kube-controller-manager", Operation: metav1.ManagedFieldsOperationUpdate, Time: &at,
		FieldsV1: metav1.NewFieldsV1(`{"f:revision":{}}`),
	}}
}

// statusFields is what the API server notes of the last write of the status.
func (f *fleet) statusFields() []metav1.ManagedFieldsEntry {
	if f.statusAt.IsZero() {
		return nil
	}
	return []metav1.ManagedFieldsEntry{{
		Manager: "kube-controller-manager", Operation: metav1.ManagedFieldsOperationUpdate, Subresource: "status",
		Time: new(metav1.NewTime(f.statusAt)), FieldsV1: metav1.NewFieldsV1(`{"f:status":{}}`),
	}}
}
