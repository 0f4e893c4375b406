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
	// LiveUID is the UID of the workload that is there, and LiveCreated when it was created; empty where there is none.
	LiveUID     types.UID
	LiveCreated time.Time
	// ClusterUID is the cluster's UID, and NamespaceCreated when the namespace was created; empty where not known.
	ClusterUID       types.UID
	NamespaceCreated time.Time
	// Rollout is how its rollout stands; nil where there is nothing to say.
	Rollout *rollout.Rollout
	// Progress is what was seen of the rollout's progress.
	Progress Progress
	// HandedOver says that another workload is reported in this one's place: what is in flight is cancelled, and nothing
	// new begins. Example: the Deployment that a Rollout takes its template from.
	HandedOver bool
	// Unselected says that the site does not report the workload (any more): what is in flight is followed to
	// its end, and nothing new begins.
	Unselected bool
	// Records are those of all workloads that had this kind, namespace and name, at this site. They are
	// not changed.
	Records []*v1alpha1.JiraDeployment
}

// Plan is what should happen to the records.
type Plan struct {
	// Create are new records.
	Create []*v1alpha1.JiraDeployment
	// Update are changed copies of records.
	Update []*v1alpha1.JiraDeployment
	// Delete are records past their retention.
	Delete []*v1alpha1.JiraDeployment
	// Unkeyed says that the rollout has neither an issue key nor a service id, and hence no record.
	Unkeyed bool
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

// Plan returns what should happen to a workload's records at the site.
func (s *Site) Plan(observation Observation) Plan {
	p := planner{site: s, observation: observation}
	var live []*v1alpha1.JiraDeployment
	for _, old := range observation.Records {
		foreign := Foreign(old, p.home()) != ""
		p.known = p.known || !foreign
		if !foreign && observation.LiveUID != "" && old.Spec.Workload.UID == observation.LiveUID {
			live = append(live, old)
		} else {
			p.retire(old, foreign)
		}
	}
	slices.SortFunc(live, func(a, b *v1alpha1.JiraDeployment) int { return cmp.Compare(a.Spec.Sequence, b.Spec.Sequence) })
	switch {
	case observation.HandedOver:
		p.supersede(live, nil)
	case observation.Rollout != nil:
		live = p.follow(live)
	}
	p.prune(live)
	return p.plan
}

// planner collects a plan.
type planner struct {
	site        *Site
	observation Observation
	plan        Plan
	// known says that the workload had a record at the site before.
	known bool
}

// home returns what lives where the records are.
func (p *planner) home() Home {
	o := p.observation
	return Home{
		Cluster: o.ClusterUID, NamespaceCreated: o.NamespaceCreated, Workload: o.LiveUID, WorkloadCreated: o.LiveCreated, Records: o.Records,
	}
}

// follow brings the records of the live workload, oldest first, to where its rollout is. It returns them
// with the new one, if there is one.
func (p *planner) follow(records []*v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	r := p.observation.Rollout
	if len(records) == 0 {
		return p.start(records, nil)
	}
	newest := records[len(records)-1]
	switch {
	case r.Revision < newest.Spec.Revision:
		p.plan.RevisionRegressed = !knows(records, r)
		return records // an older observation than the one that the record was made from
	case r.Revision == newest.Spec.Revision, p.isRestartOf(newest):
		p.proceed(newest, records[:len(records)-1])
		return records
	}
	return p.start(records, p.restored(records))
}

// isRestartOf says whether the rollout is the record's template once more, and no deployment of its own.
func (p *planner) isRestartOf(newest *v1alpha1.JiraDeployment) bool {
	if newest.Spec.TemplateHash != p.observation.Rollout.TemplateHash || p.site.reportsRestarts() {
		return false
	}
	// One that was superseded by a revision without keys, and so without a record, starts anew.
	return newest.Spec.State != v1alpha1.StateCancelled && newest.Spec.State != v1alpha1.StateRolledBack
}

// restored returns the newest record whose template the rollout restores; nil where it is a new template,
// or the restart of the newest record.
func (p *planner) restored(records []*v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	for i, old := range slices.Backward(records) {
		if old.Spec.TemplateHash == p.observation.Rollout.TemplateHash {
			if i == len(records)-1 && p.site.reportsRestarts() {
				return nil
			}
			return old
		}
	}
	return nil
}

// knows says whether one of the records is that of the rollout.
func knows(records []*v1alpha1.JiraDeployment, r *rollout.Rollout) bool {
	return slices.ContainsFunc(records, func(d *v1alpha1.JiraDeployment) bool {
		return d.Spec.Revision == r.Revision && d.Spec.TemplateHash == r.TemplateHash
	})
}

// proceed updates the record of the current revision. A Deployment that is scaled and given a new template in one apply
// is observed before it has the new revision number. Its template is then not the record's, and nothing is updated.
//
// Earlier records are closed once more: the update may have been refused when the current record was created.
func (p *planner) proceed(current *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	p.supersede(earlier, revisionOf(earlier, current.Spec.RollbackToRevision))
	r := p.observation.Rollout
	emptied := r.Empty && current.Spec.State == v1alpha1.StateFailed // not to want its pods any more mends nothing
	if emptied || current.Spec.TemplateHash != r.TemplateHash || p.observation.Unselected && !unfinished(current.Spec.State) || p.settles(current.Spec.State) {
		return
	}
	next := current.DeepCopy()
	p.noteBefore(next, unavailableBefore(next))
	if !p.observation.Unselected {
		p.identify(next, nil)
	}
	p.advance(next, earlier)
	if !p.observation.Unselected {
		p.site.describe(&next.Spec, p.observation.Rollout, p.observation.Cluster)
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
			Pipeline:     v1alpha1.Pipeline{ID: p.site.pipelineID(p.observation.Cluster, r.Namespace, workload)},
		},
	}
	if !p.identify(next, restored) {
		p.plan.Unkeyed = true
		return earlier
	}
	p.noteBefore(next, p.before(earlier))
	p.advance(next, earlier)
	if p.existing(next) {
		next.Spec.OperationType = v1alpha1.OperationBackfill
	}
	p.site.describe(&next.Spec, p.observation.Rollout, p.observation.Cluster)
	setLabels(next)
	p.plan.Create = append(p.plan.Create, next)
	return append(earlier, next)
}

// revisionOf returns the record of a revision, or nil.
func revisionOf(records []*v1alpha1.JiraDeployment, revision int64) *v1alpha1.JiraDeployment {
	for _, d := range records {
		if d.Spec.Revision == revision {
			return d
		}
	}
	return nil
}

// identify sets what ties a record to issues and to an environment. It returns false where there is nothing
// to tie it to. A rollback keeps the keys of the release that it restores; keys that went away leave those
// that Jira has.
func (p *planner) identify(next, restored *v1alpha1.JiraDeployment) bool {
	spec := &next.Spec
	environment, trace := p.site.environmentOf(p.observation.Namespace, p.observation.Rollout, p.observation.Cluster, spec.Environment)
	if isNews := spec.Environment.Type != environment.Type; isNews && environment.Type == v1alpha1.EnvironmentUnmapped {
		p.plan.Unmapped = &Unmapped{Record: next, Trace: trace}
	}
	spec.Environment = environment
	if restored != nil {
		spec.RollbackToRevision = restored.Spec.Revision
		spec.IssueKeys, spec.ServiceIDs = slices.Clone(restored.Spec.IssueKeys), slices.Clone(restored.Spec.ServiceIDs)
		spec.DroppedAssociations = restored.Spec.DroppedAssociations
	}
	if spec.RollbackToRevision == 0 {
		if found := p.site.associations(p.observation.Rollout.Sources); !found.empty() {
			spec.IssueKeys, spec.ServiceIDs = found.issueKeys, found.serviceIDs
			spec.DroppedAssociations = int32(found.dropped)
		}
	}
	return len(spec.IssueKeys)+len(spec.ServiceIDs) > 0
}
