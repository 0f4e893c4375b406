// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Range is a question: which commits does Head have that Base does not?
type Range struct {
	// Repository is its URL, in any spelling that Canonical reads.
	Repository string
	// Base is what ran before, and Head what runs now: commit ids, whole or short, tags or branches. An empty Base means that
	// nothing ran before.
	Base, Head string
	// Paths narrows the range to commits that touch them, as `git log -- paths` does; see ParsePath. Empty means all.
	Paths []string
}

// Kind is what a range turned out to be.
type Kind string

// The kinds of ranges.
const (
	// Ahead: Head descends from Base. The commits are those between them.
	Ahead Kind = "Ahead"
	// Same: Head is Base. There are no commits.
	Same Kind = "Same"
	// Rollback: Base descends from Head. There are no commits: nothing is new.
	Rollback Kind = "Rollback"
	// Diverged: neither descends from the other. The commits are those of Head since they parted.
	Diverged Kind = "Diverged"
	// HeadOnly: there is no Base, or none that tells anything. The only commit is Head's.
	HeadOnly Kind = "HeadOnly"
)

// NoteCode is a word for what a Result leaves out.
type NoteCode string

// The codes of notes.
const (
	// BaseNotFound: the repository does not have Base any more, so that Head stands alone.
	BaseNotFound NoteCode = "BaseNotFound"
	// Unrelated: Base and Head have no ancestor in common, so that Head stands alone.
	Unrelated NoteCode = "Unrelated"
	// Cut: the range is larger than the limits. The newest commits of it are there, or Head alone.
	Cut NoteCode = "Cut"
	// PathsNotRead: it could not be found out which commits touch the paths, so that all are there.
	PathsNotRead NoteCode = "PathsNotRead"
)

// Note says what a Result leaves out, and why.
type Note struct {
	Code    NoteCode
	Message string
}

// Result is the answer to a Range.
type Result struct {
	// Repository is the URL in its one spelling; Base and Head are whole commit ids, Base also if it is not found.
	Repository, Base, Head string
	Kind                   Kind
	// Commits are those that count, newest first, in the order of `git log`.
	Commits []*Commit
	// Total is how many there are without Paths.
	Total int
	// Boundary are the parents of the range that are not in it. For Ahead it holds Base; for Diverged a single one is the
	// commit at which they parted.
	Boundary []string
	Notes    []Note
}

func (r *Result) note(code NoteCode, format string, args ...any) {
	r.Notes = append(r.Notes, Note{code, fmt.Sprintf(format, args...)})
}

// Between answers a question.
func (c *Client) Between(ctx context.Context, question Range) (*Result, error) {
	repo, err := c.open(question.Repository)
	if err != nil {
		return nil, err
	}
	result, err := c.between(ctx, repo, question)
	return result, named(err, repo.String())
}

func (c *Client) between(ctx context.Context, repo repository, question Range) (*Result, error) {
	paths, err := parsePaths(question.Paths)
	if err != nil {
		return nil, err
	}
	r, err := c.remote(ctx, repo)
	if err != nil {
		return nil, err
	}
	result := &Result{Repository: repo.String(), Base: question.Base}
	if result.Head, err = r.resolve(ctx, question.Head); err != nil {
		return nil, err
	}
	if question.Base != "" {
		base, err := r.resolve(ctx, question.Base)
		switch {
		case errors.Is(err, ErrRevisionNotFound):
			result.baseGone(question.Base)
		case err != nil:
			return nil, err
		default:
			result.Base = base
		}
	}
	if err := r.fill(ctx, result); err != nil {
		return nil, err
	}
	markReverts(result.Commits)
	return result, r.narrow(ctx, result, paths)
}

// fill finds kind and commits.
func (r remote) fill(ctx context.Context, result *Result) error {
	switch {
	case result.Base == "" || len(result.Notes) > 0:
		return r.headOnly(ctx, result)
	case result.Base == result.Head:
		result.Kind = Same
		return nil
	}
	came, got, err := r.between(ctx, result.Base, result.Head)
	cut := isCut(err)
	if err != nil && !cut {
		return err
	}
	list, boundary := came.log(result.Head, result.Base)
	switch {
	case !got.known:
		result.baseGone(result.Base)
	case cut && (!got.ready || len(list) == 0):
		result.note(Cut, "the range has more commits than the limits allow, and it is not known whether they are new: only the commit that runs now counts")
	case cut:
		result.note(Cut, "the range has more commits than the limits allow: the %d newest count", len(list))
		result.Kind, boundary = Ahead, nil
	default:
		if err := result.classify(came, list, boundary); err != nil {
			return err
		}
	}
	if result.Kind == "" {
		return r.headOnly(ctx, result)
	}
	result.Commits, result.Boundary, result.Total = list, boundary, len(list)
	return nil
}

func (r *Result) baseGone(base string) {
	r.note(BaseNotFound, "the repository does not have %s any more: only the commit that runs now counts", short(base))
}

// classify finds the kind of a range of which everything came. It leaves it empty where only the head counts.
func (r *Result) classify(came history, list []*Commit, boundary []string) error {
	switch {
	case len(came) == 0 || came.reach(r.Base)[r.Head]:
		r.Kind = Rollback
	case len(list) == 0:
		return fail(ErrUnreachable, "the server leaves out the commit that it was asked for")
	case len(boundary) == 0:
		r.note(Unrelated, "%s and %s have no commit in common: only the commit that runs now counts", short(r.Base), short(r.Head))
	case slices.Contains(boundary, r.Base):
		r.Kind = Ahead
	default:
		r.Kind = Diverged
	}
	return nil
}

// between asks in two steps. The first does not say done, so that a server that does not know base says so, instead of
// sending the whole history. It sends the pack at once where base is an ancestor of head.
func (r remote) between(ctx context.Context, base, head string) (history, fetched, error) {
	request := fetchRequest{wants: []string{head}, have: base}
	came := r.newCollector(base, head)
	got, err := r.fetch(ctx, request, kindCommit, came.visit)
	if err != nil || got.sent || !got.known {
		return came.history, got, came.orCut(err)
	}
	request.done = true
	_, err = r.fetch(ctx, request, kindCommit, came.visit)
	return came.history, got, came.orCut(err)
}

// headOnly makes a result of the commit that runs now.
func (r remote) headOnly(ctx context.Context, result *Result) error {
	head, err := r.commit(ctx, result.Head)
	if err != nil {
		return err
	}
	result.Kind, result.Commits, result.Total, result.Boundary = HeadOnly, []*Commit{head}, 1, nil
	return nil
}

// commit asks for one commit. Where the server sends more, it comes first, and the rest is not read.
func (r remote) commit(ctx context.Context, id string) (*Commit, error) {
	came := history{}
	_, err := r.fetch(ctx, fetchRequest{wants: []string{id}, depth: 1, done: true}, kindCommit, func(kind objectKind, at, data string) bool {
		came.visit(kind, at, data)
		return came[id] == nil
	})
	switch {
	case came[id] != nil:
		return came[id], nil
	case err != nil:
		return nil, err
	}
	return nil, fail(ErrRevisionNotFound, "%s is no commit", short(id))
}

// Commit returns one commit by its whole id, a short one, a tag or a branch.
func (c *Client) Commit(ctx context.Context, repositoryURL, revision string) (*Commit, error) {
	repo, err := c.open(repositoryURL)
	if err != nil {
		return nil, err
	}
	r, err := c.remote(ctx, repo)
	if err != nil {
		return nil, named(err, repo.String())
	}
	id, err := r.resolve(ctx, revision)
	if err != nil {
		return nil, named(err, repo.String())
	}
	found, err := r.commit(ctx, id)
	return found, named(err, repo.String())
}
