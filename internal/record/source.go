// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// The longest texts of a question, in characters. The first is what a record's spec.source takes. What is longer is no
// repository and no revision; of a list of paths the beginning counts.
const (
	maxSourceImage      = 1024
	maxSourceRepository = 2048
	maxSourceRevision   = 256
	maxPaths            = 4096
)

// shipped is what the commits of a release say.
type shipped struct {
	// keys are those that the commits name.
	keys []string
	// awaited says that the repository is being asked for the first time: what else names issues waits for its answer.
	awaited bool
}

// shippedBy returns what the commits of a record's release say.
func (s *Site) shippedBy(d *v1alpha1.JiraDeployment) shipped {
	source := d.Spec.Source
	if source == nil {
		return shipped{}
	}
	keys, _ := s.projects.split(source.IssueKeys)
	_, failed := d.Annotations[v1alpha1.AnnotationSourceProblem]
	return shipped{keys: keys, awaited: s.spec.Commits != nil && !source.Resolved() && !failed}
}

// startSource finds the source of a new record. What is there once more, a rollback or a restart, ships what it shipped.
func (p *planner) startSource(next, restored *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	again, former := restored, newest(earlier)
	if restored != nil {
		next.Spec.RollbackToRevision = cmp.Or(restored.Spec.RollbackToRevision, restored.Spec.Revision)
	} else if former != nil && sameTemplate(former, p.observation.Rollout) && !p.hasOtherKeys(former) {
		again = former
	}
	if again != nil && again.Spec.Source.Resolved() {
		next.Spec.Source = again.Spec.Source.DeepCopy()
	}
	p.findSource(next, earlier)
}

// findSource asks which commits the revision of a record ships, and notes what is known so far. It asks until that is known.
// earlier are the records before it.
//
//	no answer yet     the record is there, and takes the keys when they are known
//	a failure         the record goes out with the keys that it has, says what is wrong, and is corrected later
func (p *planner) findSource(next *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	if p.site.spec.Commits == nil || p.observation.Ask == nil || next.Spec.Source.Resolved() {
		return
	}
	former := newest(earlier)
	if to := next.Spec.RollbackToRevision; to > 0 { // what lies beyond is taken back, and is no base
		earlier = earlier[:max(0, latest(earlier, func(d *v1alpha1.JiraDeployment) bool { return d.Spec.Revision == to }))]
	}
	question := p.site.question(p.observation.Rollout, baseOf(earlier, next.Spec.Environment.ID))
	if tag := question.Image; tag != "" && !strings.Contains(tag, "@") && former != nil && former.Spec.Source != nil && former.Spec.Source.Image == tag {
		question.ReadAfter = p.recordedAt(next)
	}
	built := p.builtFrom(&question)
	answer := p.observation.Ask(question)
	if built {
		answer.Source.From = v1alpha1.SourceBuild
	}
	if answer.RetryAfter > 0 {
		p.requeueAfter(answer.RetryAfter)
	}
	if !p.counts(next, question, answer) {
		return
	}
	if next.Spec.Source == nil || answer.Reason == v1alpha1.ReasonResolved {
		next.Spec.Source = sourceOf(question, answer)
	}
	p.noteProblem(next, answer)
}

// builtFrom has a question ask about the commit that a build in this cluster made the image of, where the pod template does not
// say it, and says whether there is one. Neither the registry nor the image is asked then.
func (p *planner) builtFrom(q *Question) bool {
	if p.observation.Built == nil || q.Repository != "" || q.Revision != "" || !strings.Contains(q.Image, "@") {
		return false
	}
	commit := p.observation.Built(q.Image)
	if commit == nil {
		return false
	}
	q.Repository, q.Revision, q.Image, q.Mapped = commit.RepositoryURL, commit.ID, "", ""
	return true
}

// recordedAt returns when a record was made: now, for a new one.
func (p *planner) recordedAt(d *v1alpha1.JiraDeployment) time.Time {
	at, err := time.Parse(time.RFC3339, d.Annotations[v1alpha1.AnnotationRecordedAt])
	if err != nil {
		at = p.observation.Now
	}
	return time.Unix(at.Unix(), 0).UTC()
}

// counts says whether a record takes an answer. What nobody can be asked about is as if nobody had asked, unless a person said
// where to ask: who did should know what is wrong. A finished record from before spec.commits was set keeps its keys, whatever
// the answer will be.
func (p *planner) counts(next *v1alpha1.JiraDeployment, question Question, answer Answer) bool {
	switch said := question.Repository != "" || question.Revision != ""; {
	case next.Spec.Source != nil || answer.Reason == v1alpha1.ReasonResolved:
		return true
	case answer.Reason == v1alpha1.ReasonNoSource && !said:
		return false
	}
	return len(next.Spec.IssueKeys) == 0 || unfinished(next.Spec.State)
}

// sourceOf returns what an answer says, and at least what was asked.
func sourceOf(question Question, answer Answer) *v1alpha1.Source {
	source := answer.Source.DeepCopy()
	switch {
	case source.Image != "" || source.Repository != "":
	case question.Image != "":
		source.Image = cut(question.Image, maxSourceImage)
	case source.From == "": // not what it says: there may be a password in it
		source.From = v1alpha1.SourcePodTemplate
	}
	return source
}

// noteProblem notes why it is not known what a release ships. The note stays while it is asked once more.
func (p *planner) noteProblem(next *v1alpha1.JiraDeployment, answer Answer) {
	switch answer.Reason {
	case v1alpha1.ReasonResolved:
		delete(next.Annotations, v1alpha1.AnnotationSourceProblem)
		return
	case v1alpha1.ReasonResolving:
		return
	}
	before, _, _ := strings.Cut(next.Annotations[v1alpha1.AnnotationSourceProblem], ":")
	annotate(next, v1alpha1.AnnotationSourceProblem, answer.Reason+": "+answer.Message)
	if before != answer.Reason {
		p.emit(next, v1alpha1.EventSourceNotResolved, answer.Message)
	}
}

// question returns what is asked of a rollout. base is the source of the last successful release, or nil.
func (s *Site) question(r *rollout.Rollout, base *v1alpha1.Source) Question {
	q := Question{
		Site: s.name, SiteUID: s.uid, Generation: s.generation,
		Repository: cut(strings.TrimSpace(r.TemplateAnnotations[v1alpha1.AnnotationRepository]), maxSourceRepository+1),
		Revision:   cut(strings.TrimSpace(r.TemplateAnnotations[v1alpha1.AnnotationRevision]), maxSourceRevision+1),
		Projects:   s.projects.String(),
	}
	var paths []string
	if len(r.Images) > 0 {
		mapped := s.mapped(r.Images[0])
		q.Mapped, paths = mapped.Repository, mapped.Paths
		if q.Repository == "" || q.Revision == "" {
			q.Image = cut(r.Images[0], maxSourceImage+1)
		}
	}
	if list, ok := r.Annotation(v1alpha1.AnnotationPaths); ok {
		paths = splitList(cut(list, maxPaths))
	}
	q.Paths = strings.Join(slices.Sorted(slices.Values(paths)), "\n")
	if base != nil {
		q.BaseRepository, q.Base = base.Repository, base.Revision
	}
	return q
}

// mapped returns what the site says of an image.
func (s *Site) mapped(image string) v1alpha1.CommitImages {
	name, _, _ := strings.Cut(image, "@")
	if tag := imageTag(image); tag != "" {
		name = strings.TrimSuffix(name, ":"+tag)
	}
	for _, images := range s.spec.Commits.Images {
		if matched, err := path.Match(images.Image, name); err == nil && matched {
			return images
		}
	}
	return v1alpha1.CommitImages{}
}

// baseOf returns the source of the last successful release to an environment; nil where none is known.
func baseOf(records []*v1alpha1.JiraDeployment, environmentID string) *v1alpha1.Source {
	if i := latest(records, func(d *v1alpha1.JiraDeployment) bool { return isBase(d) && d.Spec.Environment.ID == environmentID }); i >= 0 {
		return records[i].Spec.Source
	}
	return nil
}

// isBase says whether the commits of a later release may be counted from a record's.
func isBase(d *v1alpha1.JiraDeployment) bool {
	source := d.Spec.Source
	return d.Spec.State == v1alpha1.StateSuccessful && source.Resolved() && source.Repository != "" && source.Revision != ""
}

// followShipped gives a finished record the keys of its commits, where these became known only now. Nothing else that was
// written since counts.
func (p *planner) followShipped(current, next, former *v1alpha1.JiraDeployment) {
	if current.Spec.Source == nil || current.Spec.Source.Resolved() || !next.Spec.Source.Resolved() {
		return
	}
	var before fingerprints
	if former != nil {
		before = fingerprintsOf(former)
	}
	if found := p.site.evidence(p.observation.Rollout.Sources, before, p.site.shippedBy(next), p.trace); found.own && len(found.keys) > 0 {
		next.Spec.IssueKeys = found.keys
		limit(&next.Spec)
	}
}
