// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"errors"
	"path"
	"strings"
	"unicode"
)

const (
	maxPaths    = 32
	maxSegments = 16
	maxPath     = 512 // bytes
)

// pattern is a path as its segments.
type pattern []string

// ParsePath says what is wrong with a path for Range.Paths. A path is that of a folder or a file from the root of the
// repository. Each of its segments may have the wild cards of path.Match; a folder stands for all that is in it:
//
//	services/checkout        the folder, or the file of that name
//	services/checkout/**     the same
//	services/*/api           api of each service
//	go.mod                   one file
//	**                       everything
//
// ** is for the end alone. In the middle it would need every folder of every commit.
func ParsePath(text string) error {
	_, err := parsePath(text)
	return err
}

func parsePath(text string) (pattern, error) {
	trimmed := strings.TrimPrefix(strings.TrimSuffix(text, "/"), "/")
	if trimmed = strings.TrimSuffix(trimmed, "/**"); trimmed == "**" {
		trimmed = "*"
	}
	segments := strings.Split(trimmed, "/")
	if len(text) > maxPath || len(segments) > maxSegments || strings.ContainsFunc(text, unicode.IsControl) {
		return nil, fail(ErrInvalid, "the path is longer than %d bytes or %d segments, or has a control character in it", maxPath, maxSegments)
	}
	for _, segment := range segments {
		_, err := path.Match(segment, "")
		if err != nil || segment == "" || segment == "." || segment == ".." || strings.Contains(segment, "**") {
			return nil, fail(ErrInvalid, "the path %q must be that of a folder or a file, such as services/checkout/**; ** is for its end alone", text)
		}
	}
	return segments, nil
}

func parsePaths(texts []string) ([]pattern, error) {
	if len(texts) > maxPaths {
		return nil, fail(ErrInvalid, "there are more than %d paths", maxPaths)
	}
	var patterns []pattern
	for _, text := range texts {
		p, err := parsePath(text)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

// narrow leaves the commits that touch paths.
func (r remote) narrow(ctx context.Context, result *Result, paths []pattern) error {
	if len(paths) == 0 || len(result.Commits) == 0 {
		return nil
	}
	if !r.filter {
		result.note(PathsNotRead, "the server cannot send folders without files (uploadpack.allowFilter): all commits count, whatever they touch")
		return nil
	}
	folders, err := r.readFolders(ctx, result.Commits, paths)
	switch {
	case isCut(err):
		result.note(PathsNotRead, "the folders on the way to the paths are larger than the limits allow: all commits count, whatever they touch")
		return nil
	case errors.Is(err, ErrRevisionNotFound):
		result.note(PathsNotRead, "the server does not have the commits before the range: all commits count, whatever they touch")
		return nil
	case err != nil:
		return err
	}
	mainline := firstParents(result.Commits)
	touching := result.Commits[:0:0]
	for _, c := range result.Commits {
		if folders.touches(c, mainline) {
			touching = append(touching, c)
		}
	}
	result.Commits = touching
	return nil
}

// touches says whether a commit counts for some paths:
//
//	no merge   what is at the paths differs from its parent, or there is something, and it has no parent
//	a merge    it differs from every parent: a conflict was solved there; or it differs from the first parent, and brings
//	           in something else than the mainline. "Merge branch SHOP-12" into main counts, because its message is often
//	           the only one with a key. "Merge main into SHOP-20" does not: what it brings is not of SHOP-20.
//
// For commits that are no merges this is `git log --full-history -- paths`.
func (f *folders) touches(c *Commit, mainline map[string]bool) bool {
	if len(c.Parents) == 0 {
		return f.view(c.tree) != f.view("")
	}
	differs, fromFirst, news := true, false, false
	for i, id := range c.Parents {
		same := f.view(f.trees[id]) == f.view(c.tree)
		differs = differs && !same
		if i == 0 {
			fromFirst = !same
		} else if _, inRange := f.inRange[id]; inRange && !mainline[id] {
			news = true
		}
	}
	return differs || fromFirst && news
}

// firstParents returns the commits that are reached from the first one by first parents alone.
func firstParents(list []*Commit) map[string]bool {
	commits := history{}
	for _, c := range list {
		commits[c.Hash] = c
	}
	line := map[string]bool{}
	for c := list[0]; c != nil && !line[c.Hash]; {
		line[c.Hash] = true
		if len(c.Parents) == 0 {
			break
		}
		c = commits[c.Parents[0]]
	}
	return line
}
