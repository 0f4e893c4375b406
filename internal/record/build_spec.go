// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
)

// maxRunInName is how much of a run's name goes into its record's name, in bytes.
const maxRunInName = 200

// BuildName returns the name of the record of a run at a site. Creating it twice is AlreadyExists.
func BuildName(run *build.Build, site string) string {
	name := run.Name
	if len(name) > maxRunInName {
		name = strings.TrimRight(name[:maxRunInName], "-.")
	}
	return name + "-" + hash(string(run.UID), site)
}

// BuildPipelineID returns the id of a run's pipeline: "eu-1/ci/CronJob/nightly", or with the group of another API than
// Kubernetes' and Argo's "eu-1/ci/Pipeline.tekton.dev/shop". Two tools may call two things the same.
func BuildPipelineID(cluster string, run *build.Build) string {
	kind := schema.FromAPIVersionAndKind(run.APIVersion, run.PipelineKind).GroupKind()
	if slices.Contains(plainGroups, kind.Group) {
		kind.Group = ""
	}
	return identifier(cluster, run.Namespace, kind.String(), run.PipelineName)
}

// buildNumber is the tool's own number of a run, or else its creation, and below that a number that tells apart those of one
// second. It rises from one run of a pipeline to the next, and stays below 2^53, so that no JSON reader rounds it.
func buildNumber(run *build.Build) int64 {
	return cmp.Or(run.Number, run.Created.Unix()*perSecond+hashNumber(string(run.UID))%perSecond)
}

// newRecord returns the record of a run that has none, but for what describe adds.
func (p *buildPlanner) newRecord() *v1alpha1.JiraBuild {
	o, b := p.observation, p.observation.Build
	next := &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: b.Namespace, Name: BuildName(b, p.site.name),
			Labels: map[string]string{
				v1alpha1.LabelManagedBy: v1alpha1.ManagedByRollcall,
				v1alpha1.LabelSite:      labelValue(p.site.name),
				v1alpha1.LabelRunKind:   labelValue(b.Kind),
				v1alpha1.LabelRunName:   labelValue(b.Name),
			},
			Annotations: map[string]string{v1alpha1.AnnotationRecordedAt: o.Now.UTC().Format(time.RFC3339)},
		},
		Spec: v1alpha1.JiraBuildSpec{
			Site: p.site.name, ClusterUID: o.ClusterUID,
			Run:        &v1alpha1.WorkloadReference{APIVersion: b.APIVersion, Kind: b.Kind, Name: b.Name, UID: b.UID},
			PipelineID: BuildPipelineID(o.Cluster, b), BuildNumber: buildNumber(b),
		},
	}
	return next
}

// describe fills in what a run says, all but the state.
func (p *buildPlanner) describe(next *v1alpha1.JiraBuild) {
	b, spec := p.observation.Build, &next.Spec
	repository := repositoryURL(b.Repository)
	if spec.Source == nil && p.site.spec.Commits != nil && repository != "" && b.Revision != "" && len(b.Revision) <= maxSourceRevision {
		spec.Source = &v1alpha1.Source{Repository: repository, Revision: b.Revision, From: v1alpha1.SourceRun}
	}
	spec.References = references(b, repository) // the branch decides since which build the commits count
	p.findKeys(next)
	spec.Tests = testsOf(b.Tests)
	if spec.State == v1alpha1.BuildSuccessful {
		spec.Images = b.Images[:min(len(b.Images), maxImages)]
	}
	spec.DisplayName = cut(b.Name, maxText)
	if b.Number > 0 {
		spec.DisplayName = cut(fmt.Sprintf("%s #%d", b.PipelineName, b.Number), maxText)
	}
	spec.Label = cut(firstOf(b.Ref, shortened(b.Revision)), maxText)
	spec.Description = cut(buildDescription(b, spec), maxText)
	spec.URL = p.url(b, next)
}

// maxImages is how many images a record names.
const maxImages = 20

// findKeys ties a record to the issues that its run and its commits name. Where a person corrected it, it stays as it is.
func (p *buildPlanner) findKeys(next *v1alpha1.JiraBuild) {
	p.findSource(next)
	spec, dropped := &next.Spec, 0
	keys := p.site.keys.FindExplicit(next.Annotations[v1alpha1.AnnotationIssueKeys])
	switch b := p.observation.Build; {
	case len(keys) > 0:
	case b == nil || b.NotUnderstood != "": // what the run named is in the record
		keys, dropped = both(spec.IssueKeys, p.commitKeys(spec.Source)), int(spec.DroppedIssueKeys)
	default:
		keys = p.keysOf(b, spec.Source)
	}
	kept := keys[:min(len(keys), v1alpha1.MaxBuildIssueKeys)]
	if len(kept) == 0 {
		return
	}
	spec.IssueKeys, spec.DroppedIssueKeys = slices.Clone(kept), int32(max(len(keys)-len(kept), dropped))
}

// keysOf returns the keys that a run names: in a list of its own, which nothing is read beside; or in its texts and in its
// commits.
func (p *buildPlanner) keysOf(b *build.Build, source *v1alpha1.Source) []string {
	if list, listed := b.Annotations[v1alpha1.AnnotationIssueKeys]; listed {
		return p.site.keys.FindExplicit(list)
	}
	var u union
	p.site.eachText(b.Annotations, b.Labels, func(t text) { u.add(t.keys.Find(t.value)) })
	for _, t := range b.Texts {
		u.add(p.site.keys.Find(t.Value))
	}
	u.add(p.commitKeys(source))
	return u.keys
}

func (p *buildPlanner) commitKeys(source *v1alpha1.Source) []string {
	if source == nil {
		return nil
	}
	keys, _ := p.site.projects.split(source.IssueKeys)
	return keys
}

// findSource asks which commits a build is of that the last successful one of the same pipeline and branch was not. It asks
// until that is known. No registry is asked: the run says the commit itself.
func (p *buildPlanner) findSource(next *v1alpha1.JiraBuild) {
	source := next.Spec.Source
	if p.site.spec.Commits == nil || p.observation.Ask == nil || source == nil || source.Resolved() {
		return
	}
	question := Question{
		Site: p.site.name, SiteUID: p.site.uid, Generation: p.site.generation,
		Repository: source.Repository, Revision: source.Revision, Projects: p.site.projects.String(),
	}
	if base := p.baseOf(next); base != nil {
		question.BaseRepository, question.Base = base.Repository, base.Revision
	}
	answer := p.observation.Ask(question)
	if answer.RetryAfter > 0 {
		p.requeueAfter(answer.RetryAfter)
	}
	switch answer.Reason {
	case v1alpha1.ReasonResolved:
		next.Spec.Source = answer.Source.DeepCopy()
		next.Spec.Source.From = v1alpha1.SourceRun
		delete(next.Annotations, v1alpha1.AnnotationSourceProblem)
	case v1alpha1.ReasonResolving:
	default:
		before, _, _ := strings.Cut(next.Annotations[v1alpha1.AnnotationSourceProblem], ":")
		annotate(next, v1alpha1.AnnotationSourceProblem, answer.Reason+": "+answer.Message)
		if before != answer.Reason {
			p.emit(v1alpha1.EventSourceNotResolved, answer.Message)
		}
	}
}

// baseOf returns the source of the last successful build before a record's, of the same branch; nil where none is known.
func (p *buildPlanner) baseOf(next *v1alpha1.JiraBuild) *v1alpha1.Source {
	var base *v1alpha1.JiraBuild
	for _, b := range p.observation.Pipeline {
		earlier := b.Spec.State == v1alpha1.BuildSuccessful && b.Spec.Source.Resolved() && b.Spec.BuildNumber < next.Spec.BuildNumber
		if earlier && refOf(b) == refOf(next) && b.Spec.Source.Repository == next.Spec.Source.Repository &&
			(base == nil || b.Spec.BuildNumber > base.Spec.BuildNumber) {
			base = b
		}
	}
	if base == nil {
		return nil
	}
	return base.Spec.Source
}

// refOf returns the branch or tag of a build; empty where it has none.
func refOf(b *v1alpha1.JiraBuild) string {
	for _, r := range b.Spec.References {
		if r.Ref != nil {
			return r.Ref.Name
		}
	}
	return ""
}
