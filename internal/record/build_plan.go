// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// BuildObservation is what is known of one run, as far as one site is concerned.
type BuildObservation struct {
	// Now is the time of the observation.
	Now time.Time
	// Cluster is the cluster's name, and ClusterUID its UID.
	Cluster    string
	ClusterUID types.UID
	// Namespace is the run's, and OperatorNamespace the one that Rollcall runs in.
	Namespace         environment.Namespace
	OperatorNamespace string
	// Build is how the run stands, or stood when it was last seen; nil where nobody saw it.
	Build *build.Build
	// Gone says that the run is not there any more.
	Gone bool
	// Record is the run's at the site; nil where there is none.
	Record *v1alpha1.JiraBuild
	// Pipeline are the records of the run's pipeline at the site, in any order.
	Pipeline []*v1alpha1.JiraBuild
	// Crowded says whether the namespace has too many records that the site was not told of; nil is never.
	Crowded func() bool
	// Ask returns what is known of the commits of a run; the run is observed again once more is. Nil is never.
	Ask func(Question) Answer
}

// BuildPlan is what should happen to the records of a run and of its pipeline.
type BuildPlan struct {
	// Create is a new record, and Update a changed copy of the one that is there; nil where there is none.
	Create, Update *v1alpha1.JiraBuild
	// Delete are records past their retention.
	Delete []*v1alpha1.JiraBuild
	// Events are what a person should know of the record, once it is written.
	Events []BuildEvent
	// Crowded is a record that is not created, because its namespace has too many that the site was not told of; nil where there
	// is room.
	Crowded *v1alpha1.JiraBuild
	// Unkeyed says that the run has no issue key, and hence no record.
	Unkeyed bool
	// NotUnderstood says why a run that the site selects has no record; empty where it was read.
	NotUnderstood string
	// RequeueAfter is when to observe again though nothing changes; zero for never.
	RequeueAfter time.Duration
}

// BuildEvent is what a person should know of a build's record.
type BuildEvent struct{ Reason, Note string }

const (
	// retainedBuilds is how many finished builds of a pipeline keep their records where the site does not say.
	retainedBuilds = 20
	// retainedAfterRun is how long the record of a run that is gone is kept where what comes later may be counted from it: a
	// deployment of an image that it made, or the commits of the next build. Others are kept as those of a workload that is gone.
	retainedAfterRun = 30 * 24 * time.Hour
)

// PlanBuild returns what should happen to the record of a run at the site.
//
//	a run that is selected, with keys or a commit that may name some    a record
//	a run that is there, or that was seen before it went away           the record says how it stands
//	a run that went away before it ended                                unknown, or cancelled if it was being cancelled
func (s *Site) PlanBuild(o BuildObservation) BuildPlan {
	p := buildPlanner{site: s.in(o.Namespace, ""), observation: o}
	switch {
	case o.Record != nil:
		p.follow()
	case o.Build == nil || !s.SelectsRun(o.Namespace, o.Build, o.OperatorNamespace):
	case o.Build.NotUnderstood != "":
		p.plan.NotUnderstood = o.Build.NotUnderstood
	default:
		p.begin()
	}
	p.prune()
	return p.plan
}

// buildPlanner collects a plan.
type buildPlanner struct {
	site        *Site
	observation BuildObservation
	plan        BuildPlan
}

// begin makes the record of a run. One that is older than all that its pipeline keeps had a record once.
func (p *buildPlanner) begin() {
	next := p.newRecord()
	p.advance(next)
	if p.old(next) && len(p.newer(next)) >= p.site.retainedBuilds() {
		return
	}
	p.describe(next)
	if p.existing(next) {
		next.Spec.OperationType = v1alpha1.OperationBackfill
	}
	if len(next.Spec.IssueKeys) == 0 && next.Spec.Source == nil {
		p.plan.Unkeyed = true
		return
	}
	if p.observation.Crowded != nil && p.observation.Crowded() {
		p.plan.Crowded = next
		return
	}
	p.plan.Create = next
	p.continueTrace(next)
	p.warn(nil, next)
}

// follow brings the record of a run to how the run stands.
func (p *buildPlanner) follow() {
	old := p.observation.Record
	if p.foreign(old) {
		return // it tells of what did not happen here
	}
	next := old.DeepCopy()
	p.advance(next)
	if b := p.observation.Build; b != nil && b.NotUnderstood == "" {
		p.describe(next)
	} else {
		p.findKeys(next)
	}
	if equality.Semantic.DeepEqual(old.Spec, next.Spec) && equality.Semantic.DeepEqual(old.Annotations, next.Annotations) {
		return
	}
	p.plan.Update = next
	p.warn(old, next)
}

// foreign says whether a record was restored from another cluster.
func (p *buildPlanner) foreign(b *v1alpha1.JiraBuild) bool {
	return ofAnotherCluster(b.Spec.ClusterUID, Home{Cluster: p.observation.ClusterUID}) != ""
}

// ended are the states in which a build is over for good. One of which nobody saw the end may still show it.
var ended = map[v1alpha1.BuildState]bool{v1alpha1.BuildSuccessful: true, v1alpha1.BuildFailed: true, v1alpha1.BuildCancelled: true}

// advance sets the state of a record, and when it changed.
func (p *buildPlanner) advance(next *v1alpha1.JiraBuild) {
	b, now := p.observation.Build, p.observation.Now
	if b != nil && b.Cancelling {
		annotate(next, v1alpha1.AnnotationCancelling, "true")
	}
	state, since := next.Spec.State, time.Time{}
	if b != nil && b.NotUnderstood == "" {
		state, since = v1alpha1.BuildState(b.State), b.Since
	}
	if _, cancelled := next.Annotations[v1alpha1.AnnotationCancelling]; p.observation.Gone && !ended[state] {
		state, since = v1alpha1.BuildUnknown, now
		if cancelled {
			state = v1alpha1.BuildCancelled
		}
	}
	if ended[next.Spec.State] || next.Spec.State == state {
		return
	}
	if since.IsZero() {
		if since = now; p.observation.Record == nil { // it may be long ago
			since = b.Created
		}
	}
	next.Spec.State, next.Spec.LastUpdated = state, timeOf(since)
}

// existing says whether a new record tells of what was built before the site existed, or long ago.
func (p *buildPlanner) existing(next *v1alpha1.JiraBuild) bool {
	return ended[next.Spec.State] && next.Spec.LastUpdated.Time.Before(p.site.created) || p.old(next)
}

// old says whether a build ended long ago. A record beyond those that a pipeline keeps stays until then: what is deleted earlier
// would be recorded once more, as long as its run is there.
func (p *buildPlanner) old(b *v1alpha1.JiraBuild) bool {
	return !b.Unfinished() && p.observation.Now.Sub(b.Spec.LastUpdated.Time) > existingAfter
}

// newer returns the records of the pipeline with a higher number.
func (p *buildPlanner) newer(than *v1alpha1.JiraBuild) []*v1alpha1.JiraBuild {
	return slices.DeleteFunc(slices.Clone(p.observation.Pipeline), func(b *v1alpha1.JiraBuild) bool {
		return b.Spec.Run == nil || b.Spec.BuildNumber <= than.Spec.BuildNumber
	})
}

// prune deletes the oldest records beyond the number that a pipeline keeps, and that of a run which went away long ago.
// What Jira has not answered stays, unless the site sends nothing.
func (p *buildPlanner) prune() {
	records := slices.DeleteFunc(slices.Clone(p.observation.Pipeline), func(b *v1alpha1.JiraBuild) bool { return b.Spec.Run == nil || b.Unfinished() })
	slices.SortFunc(records, func(a, b *v1alpha1.JiraBuild) int { return cmp.Compare(b.Spec.BuildNumber, a.Spec.BuildNumber) })
	for _, b := range records[min(len(records), p.site.retainedBuilds()):] {
		if p.dispensable(b) && p.old(b) {
			p.plan.Delete = append(p.plan.Delete, b)
		}
	}
	own := p.observation.Record
	if own == nil || !p.observation.Gone || own.Unfinished() && !p.foreign(own) {
		return
	}
	left := own.Spec.LastUpdated.Add(p.retention(own)).Sub(p.observation.Now)
	if left > 0 {
		p.requeueAfter(left)
	} else if p.dispensable(own) && !slices.Contains(p.plan.Delete, own) {
		p.plan.Delete = append(p.plan.Delete, own)
	}
}

// dispensable says whether a record may be deleted: Jira answered it, or the site sends nothing, and it is not just written.
func (p *buildPlanner) dispensable(b *v1alpha1.JiraBuild) bool {
	own := p.observation.Record
	return (b.Settled() || p.site.spec.DryRun) && (own == nil || b.Name != own.Name || p.plan.Update == nil)
}

// retention returns how long the record of a run that is gone is kept: an hour at least, like every record of a build.
func (p *buildPlanner) retention(b *v1alpha1.JiraBuild) time.Duration {
	retained := max(p.site.retainedAfterDeletion(), existingAfter)
	if len(b.Spec.Images) > 0 || b.Spec.State == v1alpha1.BuildSuccessful && b.Spec.Source.Resolved() {
		retained = max(retained, retainedAfterRun)
	}
	return retained
}

func (p *buildPlanner) requeueAfter(after time.Duration) {
	after = max(after, time.Second) // zero is never
	if p.plan.RequeueAfter == 0 || after < p.plan.RequeueAfter {
		p.plan.RequeueAfter = after
	}
}

func (s *Site) retainedBuilds() int { return cmp.Or(int(s.spec.Builds.Retained), retainedBuilds) }
