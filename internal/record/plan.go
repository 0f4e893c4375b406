package record

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Observation is what is known of one workload, as far as one site is concerned.
type Observation struct {
	// Now is the time of the observation.
	Now time.Time
	// Cluster is the cluster's name.
	Cluster string
	// Namespace is the workload's.
	Namespace environment.Namespace
	// LiveUID is the UID of the workload that is there; empty where there is none.
	LiveUID types.UID
	// Rollout is how its rollout stands; nil where there is nothing to say.
	Rollout *rollout.Rollout
	// Progress is what was seen of the rollout's progress; zero where its workload's controller watches over it.
	Progress Progress
	// Unselected says that the site does not report the workload (any more): what is in flight is followed to
	// its end, and nothing new begins.
	Unselected bool
	// Records are those of all workloads that had this kind, namespace and name, at this site. They are
	// not changed.
	Records []*v1alpha1.JiraDeployment
	// Explain is told why the plan is what it is; nil for nobody.
	Explain func(Decision)
}

// Plan is what should happen to the records.
type Plan struct {
	// Create are new records.
	Create []*v1alpha1.JiraDeployment
	// Update are changed copies of records.
	Update []*v1alpha1.JiraDeployment
	// Delete are records past their retention.
	Delete []*v1alpha1.JiraDeployment
	// Events are what a person should know of a record, once it is written.
	Events []Event
	// Unkeyed says that the rollout has neither an issue key nor a service id, and hence no record.
	Unkeyed bool
	// RevisionRegressed says that the workload's numbers started anew (its ReplicaSets were deleted), so that the rollout
	// has no record: Jira would take it for an old one.
	RevisionRegressed bool
	// RequeueAfter is when to observe again though nothing changes; zero for never.
	RequeueAfter time.Duration
}

// Event is what a person should know of a record that is created or updated.
type Event struct {
	Record       *v1alpha1.JiraDeployment
	Reason, Note string
}

// Plan returns what should happen to a workload's records at the site.
func (s *Site) Plan(observation Observation) Plan {
	p := planner{site: s, observation: observation, trace: observation.Explain}
	records := p.corrected(observation.Records)
	slices.SortFunc(records, func(a, b *v1alpha1.JiraDeployment) int { return cmp.Compare(a.Spec.Sequence, b.Spec.Sequence) })
	switch {
	case observation.LiveUID == "":
		for _, old := range records {
			p.retire(old)
		}
	case observation.Rollout == nil:
		p.suspend(records)
		p.prune(records)
	default:
		p.prune(p.follow(records))
	}
	p.finish(records)
	return p.plan
}

// planner collects a plan.
type planner struct {
	site        *Site
	observation Observation
	plan        Plan
	trace       tracer
	// originals are the records as they were given, by those that corrected changed.
	originals map[*v1alpha1.JiraDeployment]*v1alpha1.JiraDeployment
}

// follow brings the records, oldest first, to where the rollout of the workload is. It returns them with the new one, if
// there is one.
func (p *planner) follow(records []*v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	rule, restored := p.classify(records)
	p.trace.tell(rule, "", "")
	switch rule {
	case RuleOutdated:
		p.plan.RevisionRegressed = !knows(records, p.observation.Rollout)
		return records // an older observation than the one that the record was made from
	case RuleCurrent, RuleRestart, RuleRecreated:
		p.proceed(records[len(records)-1], records[:len(records)-1])
		return records
	}
	return p.start(records, restored)
}

// proceed updates the record of the current revision. A Deployment that is scaled and given a new template in one apply
// is observed before it has the new revision number. Its template is then not the record's, and nothing is updated.
//
// Earlier records are closed once more: the update may have been refused when the current record was created.
func (p *planner) proceed(current *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	var restoring *v1alpha1.JiraDeployment
	if current.Spec.RollbackToRevision > 0 {
		restoring = current
	}
	p.supersede(earlier, restoring)
	r := p.observation.Rollout
	emptied := r.Empty && current.Spec.State == v1alpha1.StateFailed // and that is no success
	newer := !sameTemplate(current, r) || p.hasOtherKeys(current)
	if emptied || newer || p.observation.Unselected && !unfinished(current.Spec.State) {
		return
	}
	next := current.DeepCopy()
	delete(next.Annotations, v1alpha1.AnnotationWorkloadGoneSince)
	p.advance(next, earlier)
	if !p.observation.Unselected {
		p.site.renew(next, r)
		p.followKeys(current, next, newest(earlier))
		p.locate(next)
		p.site.describe(next, p.observation.Rollout, p.observation.Cluster)
	}
	setLabels(next)
	p.update(current, next)
}

// start makes a record for a new revision, and closes the earlier ones. restored is the record whose
// template it restores, or nil.
func (p *planner) start(earlier []*v1alpha1.JiraDeployment, restored *v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	p.supersede(earlier, restored)
	if p.observation.Unselected {
		return earlier
	}
	r := p.observation.Rollout
	workload := &v1alpha1.WorkloadReference{APIVersion: r.APIVersion, Kind: r.Kind, Name: r.Name, UID: r.UID}
	next := &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: Name(r, p.site.name)},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:         p.site.name,
			Workload:     workload,
			Revision:     r.Revision,
			TemplateHash: r.TemplateHash,
			Sequence:     Sequence(r),
			Evidence:     p.site.take(r),
			Pipeline:     v1alpha1.Pipeline{ID: pipelineID(p.observation.Cluster, r.Namespace, workload)},
		},
	}
	if !p.ship(next, restored, newest(earlier)) {
		p.plan.Unkeyed = true
		return earlier
	}
	p.locate(next)
	p.advance(next, earlier)
	p.site.describe(next, p.observation.Rollout, p.observation.Cluster)
	setLabels(next)
	p.plan.Create = append(p.plan.Create, next)
	return append(earlier, next)
}

// newest returns the last of some records, or nil.
func newest(records []*v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	if len(records) == 0 {
		return nil
	}
	return records[len(records)-1]
}

// locate sets a record's environment. Its id stays what it was: Jira knows the deployment by it.
func (p *planner) locate(next *v1alpha1.JiraDeployment) {
	environment := p.site.environmentOf(p.observation.Namespace, p.observation.Cluster)
	environment.ID = firstOf(next.Spec.Environment.ID, environment.ID)
	next.Spec.Environment = environment
}

// emit plans an Event about a record.
func (p *planner) emit(d *v1alpha1.JiraDeployment, reason, note string) {
	p.plan.Events = append(p.plan.Events, Event{Record: d, Reason: reason, Note: note})
}
