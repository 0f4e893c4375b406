package record

import (
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Well-known places of issue keys, in their order; a site may add to both.
var (
	textAnnotations = []string{v1alpha1.AnnotationCommitMessage, v1alpha1.AnnotationBranch, v1alpha1.AnnotationChangeCause}
	commitLabels    = []string{v1alpha1.LabelCommit, v1alpha1.LabelVersion}
)

// associations are what Jira ties a deployment to.
type associations struct {
	issueKeys  []string
	serviceIDs []string
	dropped    int
}

func (a associations) empty() bool {
	return len(a.issueKeys) == 0 && len(a.serviceIDs) == 0
}

// associations reads a rollout's issue keys and service ids, at most as many as Jira takes.
func (s *Site) associations(sources rollout.Sources) associations {
	found := associations{issueKeys: s.issueKeys(sources)}
	if text, ok := sources.Annotation(v1alpha1.AnnotationServiceIDs); ok {
		found.serviceIDs = serviceIDs(text)
	}
	if over := len(found.issueKeys) - v1alpha1.MaxAssociations; over > 0 {
		found.issueKeys, found.dropped = found.issueKeys[:v1alpha1.MaxAssociations], over
	}
	if over := len(found.issueKeys) + len(found.serviceIDs) - v1alpha1.MaxAssociations; over > 0 {
		found.serviceIDs = found.serviceIDs[:len(found.serviceIDs)-over]
		found.dropped += over
	}
	return found
}

// issueKeys returns the union of what the sources hold, first come first. Where a person listed the keys,
// nothing else is read.
func (s *Site) issueKeys(sources rollout.Sources) []string {
	if text, ok := sources.Annotation(v1alpha1.AnnotationIssueKeys); ok {
		return s.keys.FindExplicit(text)
	}
	var u union
	for _, annotations := range []map[string]string{sources.TemplateAnnotations, sources.Annotations} {
		s.readAll(&u, annotations, textAnnotations, s.spec.IssueKeys.Annotations)
	}
	for _, labels := range []map[string]string{sources.TemplateLabels, sources.Labels} {
		s.readAll(&u, labels, commitLabels, s.spec.IssueKeys.Labels)
	}
	for _, image := range sources.Images {
		u.add(s.keys.Find(imageTag(image)))
	}
	return u.keys
}

func (s *Site) readAll(u *union, texts map[string]string, wellKnown, ofSite []string) {
	for _, names := range [][]string{wellKnown, ofSite} {
		for _, name := range names {
			u.add(s.keys.Find(texts[name]))
		}
	}
}

// union collects keys in the order in which they come, each once.
type union struct {
	keys []string
	seen map[string]bool
}

func (u *union) add(keys []string) {
	for _, key := range keys {
		if u.seen[key] {
			continue
		}
		if u.seen == nil {
			u.seen = map[string]bool{}
		}
		u.seen[key] = true
		u.keys = append(u.keys, key)
	}
}

// serviceIDs reads a list of service ids, each once; one that Jira would not take for its length is left out.
func serviceIDs(text string) []string {
	var u union
	for _, id := range splitList(text) {
		if len(id) <= maxText {
			u.add([]string{id})
		}
	}
	return u.keys
}

// imageTag returns the tag of an image: registry:5000/shop/web:1.2@sha256:… has the tag 1.2.
func imageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}
