package record

import (
	"maps"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const annotationRestartedAt = "kubectl.kubernetes.io/restartedAt"

// apply is kubectl apply, helm upgrade, helm rollback or a GitOps tool: the object becomes what the manifest says,
// but for what others wrote on it.
func (d *deployment) apply(m manifest) {
	d.ill[m.version] = m.ill
	d.change(m.writeTo)
}

// writeTo writes what a manifest says into a Deployment. Somebody else's restart stays on the template.
func (m manifest) writeTo(object *appsv1.Deployment) {
	template := m.template()
	if at, ok := object.Spec.Template.Annotations[annotationRestartedAt]; ok {
		template.Annotations[annotationRestartedAt] = at
	}
	object.Spec.Template = template
	delete(object.Annotations, v1alpha1.AnnotationIssueKeys)
	if m.place == onWorkload && len(m.keys) > 0 {
		object.Annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(m.keys, ",")
	}
	if m.replicas > 0 {
		object.Spec.Replicas = &m.replicas
	}
}

func (d *deployment) scale(n int32) {
	d.change(func(object *appsv1.Deployment) { object.Spec.Replicas = &n })
}

func (d *deployment) pause(paused bool) {
	d.change(func(object *appsv1.Deployment) { object.Spec.Paused = paused })
}

func (d *deployment) label(name, value string) {
	d.change(func(object *appsv1.Deployment) { object.Labels[name] = value })
}

func (d *deployment) annotate(name, value string) {
	d.change(func(object *appsv1.Deployment) { object.Annotations[name] = value })
}

// restart is kubectl rollout restart, which a paused Deployment refuses.
func (d *deployment) restart() {
	at := d.clock.now.UTC().Format(time.RFC3339)
	d.change(func(object *appsv1.Deployment) { object.Spec.Template.Annotations[annotationRestartedAt] = at })
}

// undo is kubectl rollout undo: the template and the annotations of an earlier ReplicaSet come back. It returns
// false where there is no such revision; zero is the one before the current.
func (d *deployment) undo(revision int64) bool {
	set := d.earlier(revision)
	if set == nil || d.object.Spec.Paused || sameTemplate(&set.template, &d.object.Spec.Template) {
		return false
	}
	d.change(func(object *appsv1.Deployment) {
		number := object.Annotations[annotationRevision]
		object.Spec.Template = *set.template.DeepCopy()
		object.Annotations = maps.Clone(set.annotations)
		object.Annotations[annotationRevision] = number
	})
	return true
}

func (d *deployment) earlier(revision int64) *replicaSet {
	byRevision := slices.SortedFunc(slices.Values(d.sets), func(a, b *replicaSet) int { return int(b.revision - a.revision) })
	if revision == 0 && len(byRevision) > 1 {
		return byRevision[1]
	}
	for _, set := range byRevision {
		if set.revision == revision {
			return set
		}
	}
	return nil
}

// heal mends the pods of a version.
func (d *deployment) heal(version string) {
	d.ill[version] = healthy
	for _, set := range d.sets {
		set.readyAt = d.clock.now.Add(startTime)
	}
}

// sicken makes so many pods of the current version lose their readiness. They recover, unless the version is ill.
func (d *deployment) sicken(n int32, ill illness) {
	current := d.matching(&d.object.Spec.Template)
	if current == nil {
		return
	}
	d.ill[versionIn(&current.template)] = ill
	current.ready = max(0, current.ready-n)
	current.readyAt = d.clock.now.Add(startTime)
	d.queued = true
}

// drain takes so many pods of the current version away, which are replaced.
func (d *deployment) drain(n int32) {
	if current := d.matching(&d.object.Spec.Template); current != nil {
		current.pods = max(0, current.pods-n)
		current.ready = min(current.ready, current.pods)
		d.queued = true
	}
}

func (d *deployment) remove() {
	d.write(nil)
	d.sets = nil
}

// matching returns the oldest ReplicaSet of a template; nil where there is none.
func (d *deployment) matching(template *corev1.PodTemplateSpec) *replicaSet {
	for _, set := range d.sets {
		if sameTemplate(&set.template, template) {
			return set
		}
	}
	return nil
}
