// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"path"
	"slices"
	"strings"
)

// treesAtOnce is how many folders one request asks for.
const treesAtOnce = 1_000

// folders is what is at some paths, in all commits of a range and their parents. It is read one level at a time: first
// the root folders of all commits, then of these the folders that lead on. Each request names the folders that it wants
// and filters all others, so that nothing comes but those on the way.
type folders struct {
	paths   []pattern
	trees   map[string]string // commit -> root folder, for commits of the range and their parents
	inRange map[string]struct{}
	entries map[place][]entry
	views   map[string]view // by root folder
}

// place is a folder on the way to a path. The same folder may be on several.
type place struct {
	tree  string
	path  int
	level int
}

// entry is a line of a folder.
type entry struct {
	name, mode, id string
}

func (e entry) isFolder() bool { return e.mode == "40000" }

func (r remote) readFolders(ctx context.Context, list []*Commit, paths []pattern) (*folders, error) {
	f := &folders{paths: paths, trees: map[string]string{}, inRange: map[string]struct{}{}, entries: map[place][]entry{}, views: map[string]view{}}
	for _, c := range list {
		f.trees[c.Hash] = c.tree
		f.inRange[c.Hash] = struct{}{}
	}
	var outside []string
	for _, c := range list {
		for _, id := range c.Parents {
			if _, known := f.trees[id]; !known {
				f.trees[id] = ""
				outside = append(outside, id)
			}
		}
	}
	err := r.each(ctx, outside, kindCommit, func(id, data string) {
		if c, ok := parseCommit(id, data); ok {
			f.trees[id] = c.tree
		}
	})
	for level := 0; err == nil; level++ {
		wanted := f.missing(level)
		if len(wanted) == 0 {
			break
		}
		err = r.each(ctx, slices.Sorted(maps.Keys(wanted)), kindTree, func(id, data string) {
			for _, at := range wanted[id] {
				f.entries[place{id, at, level}] = matching(data, paths[at][level])
			}
		})
	}
	return f, err
}

// each asks for objects by their ids, as many at once as one request holds.
func (r remote) each(ctx context.Context, ids []string, kind objectKind, take func(id, data string)) error {
	for some := range slices.Chunk(ids, treesAtOnce) {
		wanted := map[string]bool{}
		for _, id := range some {
			wanted[id] = true
		}
		request := fetchRequest{wants: some, done: true}
		if kind == kindCommit {
			request.depth = 1
		}
		_, err := r.fetch(ctx, request, kind, func(_ objectKind, id, data string) bool {
			if wanted[id] {
				delete(wanted, id)
				take(id, data)
			}
			return true
		})
		if err != nil {
			return err
		}
		if len(wanted) > 0 {
			return fail(ErrUnreachable, "the server leaves out folders or commits that it was asked for")
		}
	}
	return nil
}

// missing returns the folders to read at a level, each with the numbers of the paths that lead through it.
func (f *folders) missing(level int) map[string][]int {
	wanted := map[string][]int{}
	add := func(tree string, at int) {
		if level < len(f.paths[at]) && !slices.Contains(wanted[tree], at) {
			wanted[tree] = append(wanted[tree], at)
		}
	}
	if level == 0 {
		for _, tree := range f.trees {
			for at := range f.paths {
				if tree != "" {
					add(tree, at)
				}
			}
		}
		return wanted
	}
	for at, entries := range f.entries {
		if at.level != level-1 {
			continue
		}
		for _, e := range entries {
			if e.isFolder() {
				add(e.id, at.path)
			}
		}
	}
	return wanted
}

// view is a hash of what is at the paths: names, modes and ids.
type view [sha256.Size]byte

// view returns what is at the paths below a root folder; "" is no folder.
func (f *folders) view(root string) view {
	if seen, ok := f.views[root]; ok {
		return seen
	}
	var text strings.Builder
	for at := range f.paths {
		f.write(&text, place{root, at, 0}, "")
	}
	f.views[root] = sha256.Sum256([]byte(text.String()))
	return f.views[root]
}

// write adds what a path leads to, and nothing for folders that lead nowhere.
func (f *folders) write(text *strings.Builder, at place, before string) {
	for _, e := range f.entries[at] {
		name := before + "/" + e.name
		if at.level == len(f.paths[at.path])-1 {
			text.WriteString(e.mode + " " + e.id + " " + name + "\x00")
		} else if e.isFolder() {
			f.write(text, place{e.id, at.path, at.level + 1}, name)
		}
	}
}

// matching reads a folder, and returns the entries whose names match a segment of a path. A folder is a row of entries:
// mode, space, name, zero, id of twenty bytes.
func matching(data, segment string) []entry {
	var found []entry
	for data != "" {
		mode, rest, ok := strings.Cut(data, " ")
		name, rest, ok2 := strings.Cut(rest, "\x00")
		if !ok || !ok2 || len(rest) < 20 {
			break
		}
		if hit, err := path.Match(segment, name); err == nil && hit {
			found = append(found, entry{name: strings.Clone(name), mode: strings.Clone(mode), id: hex.EncodeToString([]byte(rest[:20]))})
		}
		data = rest[20:]
	}
	return found
}
