package record

import (
	"path"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// maxSourceImage is the longest image that a record's spec.source takes, in characters.
const maxSourceImage = 1024

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
	return shipped{keys: keys, awaited: !source.Resolved() && !failed}
}

// findSource asks which commits the revision of a record ships, and notes what is known so far. It asks until that is known.
// earlier are the records before it.
//
//	no answer yet     the record is there, and takes the keys when they are known
//	a failure         the record goes out with the keys that it has, says what is wrong, and is corrected later
func (p *planner) findSource(next *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	if p.site.spec.Commits == nil || p.observation.Ask == nil || next.Spec.Source.Resolved() || next.Spec.RollbackToRevision > 0 {
		return
	}
	question := p.site.question(p.observation.Rollout, baseOf(earlier, next.Spec.Environment.ID))
	answer := p.observation.Ask(question)
	if answer.RetryAfter > 0 {
		p.requeueAfter(answer.RetryAfter)
	}
	said := question.Repository != "" || question.Revision != "" // by a person, who should know what is wrong with it
	if answer.Reason == v1alpha1.ReasonNoSource && next.Spec.Source == nil && !said {
		return // as if nobody had asked
	}
	source := answer.Source.DeepCopy()
	switch {
	case source.Image != "" || source.Repository != "":
	case question.Image != "":
		source.Image = cut(question.Image, maxSourceImage)
	default: // not what it says: there may be a password in it
		source.From = v1alpha1.SourcePodTemplate
	}
	if next.Spec.Source == nil || answer.Reason != v1alpha1.ReasonResolving {
		next.Spec.Source = source
	}
	p.noteProblem(next, answer)
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
		Repository: strings.TrimSpace(r.TemplateAnnotations[v1alpha1.AnnotationRepository]),
		Revision:   strings.TrimSpace(r.TemplateAnnotations[v1alpha1.AnnotationRevision]),
		Projects:   s.projects.String(),
	}
	var paths []string
	if len(r.Images) > 0 {
		mapped := s.mapped(r.Images[0])
		q.Mapped, paths = mapped.Repository, mapped.Paths
		if q.Repository == "" || q.Revision == "" {
			q.Image = r.Images[0]
		}
	}
	if list, ok := r.Annotation(v1alpha1.AnnotationPaths); ok {
		paths = splitList(list)
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
