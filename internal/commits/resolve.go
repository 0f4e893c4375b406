// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"slices"
	"strings"
	"unicode"
)

const (
	// minShort is the fewest digits that are taken for a short commit id, as Git writes them.
	minShort = 7
	// maxRevision bounds a revision, in bytes.
	maxRevision = 256
	// maxRefs bounds the names that are looked at.
	maxRefs = 20_000
	// maxTips bounds the branches whose history is looked at for a short commit id.
	maxTips = 64
)

// Resolve returns the whole commit id of a revision: of a tag, of a branch, of a short commit id.
//
//	40 hexadecimal digits    themselves; whether there is such a commit shows when it is asked for
//	a tag, then a branch     what they point to; of an annotated tag the commit
//	7 to 39 digits           the commit that begins with them: a tip of a branch or a tag, else one of the newest commits
//	                         behind HEAD and the branches
//
// Git's protocol cannot be asked for a short id. So one that is older than Limits.ResolveDepth is not found, nor one that
// no branch holds.
func (c *Client) Resolve(ctx context.Context, repositoryURL, revision string) (string, error) {
	repo, err := c.open(repositoryURL)
	if err != nil {
		return "", err
	}
	r, err := c.remote(ctx, repo)
	if err != nil {
		return "", named(err, repo.String())
	}
	id, err := r.resolve(ctx, revision)
	return id, named(err, repo.String())
}

func (r remote) resolve(ctx context.Context, revision string) (string, error) {
	if isID(strings.ToLower(revision)) {
		return strings.ToLower(revision), nil
	}
	if err := checkRevision(revision); err != nil {
		return "", err
	}
	digits := strings.ToLower(revision)
	isShort := len(digits) >= minShort && len(digits) < 40 && isHex(digits)
	refs, err := r.refs(ctx, revision, isShort)
	if err != nil {
		return "", err
	}
	for _, folder := range []string{"refs/tags/", "refs/heads/"} {
		if id, ok := refs.byName[folder+revision]; ok {
			return id, nil
		}
	}
	if !isShort {
		return "", fail(ErrRevisionNotFound, "the repository has no tag and no branch %q", short(revision))
	}
	if id, err := only(digits, refs.ids); id != "" || err != nil {
		return id, err
	}
	return r.behind(ctx, digits, refs.tips)
}

func checkRevision(revision string) error {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(" ~^:?*[\\", r) }
	if revision == "" || len(revision) > maxRevision || strings.ContainsFunc(revision, odd) || strings.Contains(revision, "..") {
		return fail(ErrInvalid, "the revision is no commit id, and no name that a tag or a branch can have")
	}
	return nil
}

// refs are names, what they point to, and the tips of branches with HEAD first.
type refs struct {
	byName    map[string]string
	ids, tips []string
}

// refs lists tags and branches of a name, and all of them for a short id.
func (r remote) refs(ctx context.Context, name string, all bool) (refs, error) {
	if r.version0 {
		return r.refsVersion0(ctx)
	}
	found := refs{byName: map[string]string{}}
	if !r.listRefs {
		return found, fail(ErrUnsupported, "the server does not list tags and branches: write the whole commit id")
	}
	w := r.command("ls-refs")
	w.line("peel")
	if all {
		w.line("ref-prefix HEAD")
		w.line("ref-prefix refs/heads/")
		w.line("ref-prefix refs/tags/")
	} else {
		w.line("ref-prefix refs/heads/%s", name)
		w.line("ref-prefix refs/tags/%s", name)
	}
	w.flush()
	in, err := r.post(ctx, w)
	if err != nil {
		return found, err
	}
	defer in.Close()
	lines := newPktReader(in)
	for range maxRefs {
		kind, line, err := lines.line()
		if err != nil {
			return found, r.client.unreachable(ctx, err)
		}
		if kind != pktData {
			return found, nil
		}
		found.add(line)
	}
	return found, nil // what lies behind is not looked at
}

// add reads one line: <id> <name>, and for an annotated tag peeled:<id of the commit>.
func (f *refs) add(line string) {
	id, rest, _ := strings.Cut(line, " ")
	name, attributes, _ := strings.Cut(rest, " ")
	for attribute := range strings.FieldsSeq(attributes) {
		if peeled, ok := strings.CutPrefix(attribute, "peeled:"); ok {
			id = peeled
		}
	}
	if !isID(id) { // of a branch without a commit
		return
	}
	f.byName[name] = id
	f.ids = append(f.ids, id)
	if !strings.HasPrefix(name, "refs/tags/") && len(f.tips) < maxTips && !slices.Contains(f.tips, id) {
		f.tips = append(f.tips, id)
	}
}

// only returns the one id that begins with some digits, and nothing where there is none.
func only(digits string, ids []string) (string, error) {
	found := ""
	for _, id := range ids {
		switch {
		case !strings.HasPrefix(id, digits), id == found:
		case found != "":
			return "", fail(ErrRevisionNotFound, "more than one commit begins with %s: write the whole commit id", digits)
		default:
			found = id
		}
	}
	return found, nil
}

// behind looks for a short id in the newest history of the branches.
func (r remote) behind(ctx context.Context, digits string, tips []string) (string, error) {
	var ids []string
	if len(tips) > 0 {
		limit := r.client.limits.Commits
		request := fetchRequest{wants: tips, depth: r.client.limits.ResolveDepth, done: true}
		_, err := r.fetch(ctx, request, kindCommit, func(kind objectKind, id, _ string) bool {
			if id != "" {
				ids = append(ids, id)
			}
			return kind == kindCommit && len(ids) < limit // commits come first
		})
		if err != nil && !isCut(err) {
			return "", err
		}
	}
	id, err := only(digits, ids)
	if id == "" && err == nil {
		err = fail(ErrRevisionNotFound, "none of the newest %d commits of the branches begins with %s: write the whole commit id", len(ids), digits)
	}
	return id, err
}
