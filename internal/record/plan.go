// SPDX-License-Identifier: Apache-2.0

package record

import (
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
	// LiveUID is the UID of the workload that is there, and LiveCreated when it was created; empty where there is none.
	LiveUID     types.UID
	LiveCreated time.Time
	// ClusterUID is the cluster's UID, and NamespaceCreated when the namespace was created; empty where not known.
	ClusterUID       types.UID
	NamespaceCreated time.Time
	// Rollout is how its rollout stands; nil where there is nothing to say.
	Rollout *rollout.Rollout
	// NotUnderstood says why there is nothing to say though the workload is there: it, or what tells of it, has too many
	// labels, or is not written as its kind is. It is empty where everything was read.
	NotUnderstood string
	// Progress is what was seen of the rollout's progress.
	Progress Progress
	// HandedTo names the workload that is reported in this one's place, such as "Rollout web": what is in flight is cancelled,
	// and nothing new begins. Example: the Deployment that a Rollout takes its template from. It is empty where there is none.
	HandedTo string
	// Unselected says that the site does not report the workload (any more): what is in flight is followed to
	// its end, and nothing new begins.
	Unselected bool
	// Records are those of all workloads that had this kind, namespace and name, at this site. They are
	// not changed.
	Records []*v1alpha1.JiraDeployment
	// Crowded says whether the namespace has too many records that the site was never told of; nil is never.
	Crowded func() bool
	// Ask returns what is known of the commits that a revision ships; the workload is observed again once more is. Nil is never.
	Ask func(Question) Answer
	// Built returns the commit that a build in this cluster made an image of, as far as the site lets the build say so; nil where
	// none is known. A nil Built is never.
	Built func(image string) *v1alpha1.BuildCommit
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
	// Merge are records that were superseded before Jira was told of them: the newest record counts them, and they are
	// deleted.
	Merge []*v1alpha1.JiraDeployment
	// Crowded is a record that is not created, because its namespace has too many that the site was never told of, and the
	// workload none that could go instead; nil where there is room.
	Crowded *v1alpha1.JiraDeployment
	// Events are what a person should know of a record, once it is written.
	Events []Event
	// Unkeyed says that the rollout has neither an issue key nor a service id, and hence no record.
	Unkeyed bool
	// Left are the annotations that the site reads keys from, and of which only a part was read, or nothing.
	Left []string
	// Unmapped is the record whose environment has no type, where that is news; nil where it is not.
	Unmapped *Unmapped
	// PerRevision says that the rollout has no record because its owner makes a workload for each of its revisions.
	PerRevision bool
	// RevisionRegressed says that the workload's numbers started anew (its ReplicaSets were deleted), so that the rollout
	// has no record: Jira would take it for an old one.
	RevisionRegressed bool
	// RequeueAfter is when to observe again though nothing changes; zero for never.
	RequeueAfter time.Duration
}

// Unmapped is a record whose environment has no type, and why.
type Unmapped struct {
	Record *v1alpha1.JiraDeployment
	Trace  environment.Trace
}

// Event is what a person should know of a record that is created or updated.
type Event struct {
	Record       *v1alpha1.JiraDeployment
	Reason, Note string
}

// Plan returns what should happen to a workload's records at the site.
func (s *Site) Plan(observation Observation) Plan {
	p, records := s.planner(observation)
	records = p.corrected(records)
	switch {
	case observation.LiveUID == "":
		for _, old := range records {
			p.retire(old, false)
		}
	case observation.HandedTo != "":
		p.supersede(records, nil)
		p.prune(records)
	case observation.Rollout == nil:
		p.suspend(records)
		p.prune(records)
	default:
		p.prune(p.follow(records))
	}
	p.finish(records)
	p.turnAway()
	return p.plan
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
	emptied := r.Empty && current.Spec.State == v1alpha1.StateFailed // not to want its pods any more mends nothing
	newer := !sameTemplate(current, r) || p.hasOtherKeys(current)
	if emptied || newer || p.observation.Unselected && !unfinished(current.Spec.State) || p.settles(current.Spec.State) {
		return
	}
	next := current.DeepCopy()
	delete(next.Annotations, v1alpha1.AnnotationWorkloadGoneSince)
	p.noteBefore(next, unavailableBefore(next))
	p.advance(next, earlier)
	if !p.observation.Unselected {
		p.site.renew(next, r)
		p.findSource(next, earlier)
		p.followKeys(current, next, newest(earlier))
		p.locate(next)
		p.site.describe(next, p.observation.Rollout, p.observation.Cluster)
	}
	setLabels(next)
	p.update(current, next)
}

// start makes a record for a new revision, and closes the earlier ones. restored is the record whose
// template it restores, or nil. A revision whose state may be an earlier one's has to wait.
func (p *planner) start(earlier []*v1alpha1.JiraDeployment, restored *v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	r := p.observation.Rollout
	if r.Unconfirmed {
		return earlier
	}
	p.begin(earlier)
	p.supersede(earlier, restored)
	if p.observation.Unselected {
		return earlier
	}
	if r.PerRevision && !p.site.reportsPerRevision(r) {
		p.plan.PerRevision = true
		return earlier
	}
	p.plan.Left = p.site.reads(r.Left)
	workload := &v1alpha1.WorkloadReference{APIVersion: r.APIVersion, Kind: r.Kind, Name: r.Name, UID: r.UID}
	next := &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: Name(r, p.site.name)},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:         p.site.name,
			ClusterUID:   p.observation.ClusterUID,
			Workload:     workload,
			Revision:     r.Revision,
			TemplateHash: r.TemplateHash,
			Sequence:     Sequence(r),
			Evidence:     p.site.take(r),
			Pipeline:     v1alpha1.Pipeline{ID: p.site.pipelineID(p.observation.Cluster, r.Namespace, workload)},
		},
	}
	p.locate(next)
	p.startSource(next, restored, earlier)
	if !p.ship(next, restored, newest(earlier)) {
		p.plan.Unkeyed, p.plan.Unmapped = true, nil
		return earlier
	}
	handOn(next, newest(earlier))
	annotate(next, v1alpha1.AnnotationRecordedAt, p.observation.Now.UTC().Format(time.RFC3339))
	p.noteBefore(next, p.before(earlier))
	p.advance(next, earlier)
	if p.existing(next) {
		next.Spec.OperationType = v1alpha1.OperationBackfill
	}
	p.site.describe(next, p.observation.Rollout, p.observation.Cluster)
	p.checkLink(next)
	p.continueTrace(next, earlier)
	setLabels(next)
	p.plan.Create = append(p.plan.Create, next)
	return append(earlier, next)
}

// locate sets a record's environment. Its id stays what it was: Jira knows the deployment by it.
func (p *planner) locate(next *v1alpha1.JiraDeployment) {
	spec := &next.Spec
	environment, trace := p.site.environmentOf(p.observation.Namespace, p.observation.Rollout, p.observation.Cluster, spec.Environment)
	if isNews := spec.Environment.Type != environment.Type; isNews && environment.Type == v1alpha1.EnvironmentUnmapped {
		p.plan.Unmapped = &Unmapped{Record: next, Trace: trace}
	}
	spec.Environment = environment
}
