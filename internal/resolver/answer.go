package resolver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// The bounds of a Source's fields.
const (
	maxImage      = 1024
	maxRepository = 2048
	maxRevision   = 256
	maxIssueKeys  = 500
	maxIssueKey   = 255
)

// source returns what is known before the repository was asked. A repository that is not in its one spelling is left out: it
// may hold a password.
func (w *work) source() v1alpha1.Source {
	s := v1alpha1.Source{Revision: upTo(maxRevision, w.head.revision), From: w.head.from}
	if w.asked {
		s.Image = upTo(maxImage, w.question.Image)
	}
	if repository, err := commits.Canonical(w.head.repository); err == nil {
		s.Repository = upTo(maxRepository, repository)
	}
	return s
}

func upTo(limit int, text string) string {
	if len(text) > limit {
		return ""
	}
	return text
}

// answer is one without commits, with what is known.
func (w *work) answer(reason, message string) outcome {
	return outcome{answer: record.Answer{Reason: reason, Message: message, Source: w.source()}}
}

// resolved makes the answer of a result.
func (w *work) resolved(result *commits.Result) record.Answer {
	s := w.source()
	s.Repository, s.Revision, s.Base = result.Repository, result.Head, upTo(maxRevision, result.Base)
	s.Range = v1alpha1.SourceRange(result.Kind)
	s.Commits = int32(min(len(result.Commits), 1<<30))
	texts := make([]string, len(result.Commits))
	for i, c := range result.Commits {
		texts[i] = c.Evidence()
	}
	for _, note := range result.Notes {
		s.Notes = append(s.Notes, v1alpha1.SourceNote(note.Code))
	}
	w.fillKeys(&s, texts)
	return record.Answer{Reason: v1alpha1.ReasonResolved, Message: w.words(result), Source: s}
}

// fillKeys finds the keys in texts, the newest first.
func (w *work) fillKeys(s *v1alpha1.Source, texts []string) {
	reader := issuekey.NewReader(strings.FieldsFunc(w.question.Projects, func(r rune) bool { return r == ',' || r == ' ' }))
	seen := map[string]bool{}
	for _, text := range texts {
		for _, key := range reader.Find(text) {
			if seen[key] || len(key) > maxIssueKey {
				continue
			}
			if len(s.IssueKeys) == maxIssueKeys {
				s.Notes = append(s.Notes, v1alpha1.NoteIssueKeysCut)
				return
			}
			seen[key] = true
			s.IssueKeys = append(s.IssueKeys, key)
		}
	}
}

// fromMessage makes the answer of an image that carries the message of its commit (OpenShift), for a repository that cannot
// be asked.
func (w *work) fromMessage(repository string) (outcome, bool) {
	if w.said.Message == "" || w.said.Doubt != "" || w.question.Revision != "" && w.question.Revision != w.said.Revision {
		return outcome{}, false
	}
	s := v1alpha1.Source{
		Image: upTo(maxImage, w.question.Image), Repository: upTo(maxRepository, repository), Revision: upTo(maxRevision, w.said.Revision),
		From: v1alpha1.SourceFrom(w.said.From), Range: v1alpha1.RangeHeadOnly, Commits: 1,
	}
	w.fillKeys(&s, []string{w.said.Message})
	list := "its repository"
	if repository != "" {
		list = repository
	}
	message := fmt.Sprintf("Image %s carries the message of the commit that it was built from, which alone counts. For those before it, add %s to spec.commits.repositories of JiraSite %s.",
		w.image(), list, w.question.Site)
	return outcome{answer: record.Answer{Reason: v1alpha1.ReasonResolved, Message: message, Source: s}}, true
}

// words say what lies between: 3 commits of https://github.com/acme/shop lie between 41ac7e7 and e7f1aaa.
func (w *work) words(result *commits.Result) string {
	repository, base, running := result.Repository, short(result.Base), short(result.Head)
	n, verb := plural(len(result.Commits)), "lie"
	if len(result.Commits) == 1 {
		verb = "lies"
	}
	if w.narrowed(result) {
		n += fmt.Sprintf(" out of %d", result.Total)
	}
	var text string
	switch result.Kind {
	case commits.Ahead:
		text = fmt.Sprintf("%s of %s %s between %s and %s.", n, repository, verb, base, running)
	case commits.Diverged:
		text = fmt.Sprintf("%s of %s %s between the point where %s and %s parted and %s.", n, repository, verb, base, running, running)
	case commits.Same:
		text = fmt.Sprintf("%s of %s is the commit of the last successful release: nothing is new.", running, repository)
	case commits.Rollback:
		text = fmt.Sprintf("%s of %s lies before %s of the last successful release: nothing is new.", running, repository, base)
	case commits.HeadOnly:
		text = fmt.Sprintf("Of %s only %s counts.", repository, running)
		if len(result.Notes) == 0 {
			text = fmt.Sprintf("Of %s only %s counts: no successful release before it is known.", repository, running)
		}
	}
	if w.narrowed(result) {
		text += " The others touch none of the paths."
	}
	for _, note := range result.Notes {
		text += " " + strings.ToUpper(note.Message[:1]) + note.Message[1:] + "."
	}
	if w.followed {
		text += " The commit of the manifests names it."
	}
	return text
}

// narrowed says whether commits were left out that touch none of the paths.
func (w *work) narrowed(result *commits.Result) bool {
	read := !slices.ContainsFunc(result.Notes, func(n commits.Note) bool { return n.Code == commits.PathsNotRead })
	return w.question.Paths != "" && read && len(result.Commits) < result.Total
}

func plural(n int) string {
	if n == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", n)
}

// short returns the first digits of a commit id, and other revisions up to a bound.
func short(revision string) string {
	const digits, most = 7, 60
	switch {
	case len(revision) >= 40 && strings.Trim(revision, "0123456789abcdef") == "":
		return revision[:digits]
	case len(revision) > most:
		return strings.ToValidUTF8(revision[:most], "") + "..."
	}
	return revision
}

// image names the image in a message.
func (w *work) image() string { return short(w.question.Image) }
