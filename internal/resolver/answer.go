// SPDX-License-Identifier: Apache-2.0

package resolver

import (
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
	return record.Answer{Reason: v1alpha1.ReasonResolved, Source: s}
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
	s.Notes = []v1alpha1.SourceNote{v1alpha1.NoteMessageOnly}
	w.fillKeys(&s, []string{w.said.Message})
	return outcome{answer: record.Answer{Reason: v1alpha1.ReasonResolved, Source: s}}, true
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
