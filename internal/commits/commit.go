// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"strconv"
	"strings"
	"time"
)

// Commit is one commit of a range.
type Commit struct {
	// Hash is its id, 40 hexadecimal digits.
	Hash string
	// Parents are the ids of its parents; a merge has more than one.
	Parents []string
	// Authored and Committed are its two times, in UTC. They say nothing about what lies before what.
	Authored, Committed time.Time
	// Message is its whole message, as valid UTF-8.
	Message string
	// RevertedBy is the commit of the same range that takes this one back; empty where none does.
	RevertedBy string
	// Reverts are the commits of the same range that this one takes back.
	Reverts []string

	tree string
	made int64 // Committed as git compares it
}

// Subject is the first line of the message.
func (c *Commit) Subject() string {
	subject, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return strings.TrimRight(subject, "\r ")
}

// maxParents bounds the parents of a commit. The largest known merge has 66.
const maxParents = 1_000

// parseCommit reads a commit object: lines of headers, an empty line, the message.
//
//	tree 4b825dc6…
//	parent 348ac8f0…
//	author A. U. Thor <author@acme.example> 1732600000 +0100
//	committer …
func parseCommit(id, data string) (*Commit, bool) {
	c := &Commit{Hash: id}
	for {
		line, rest, found := strings.Cut(data, "\n")
		if !found {
			return nil, false
		}
		data = rest
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case "tree":
			c.tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Authored = time.Unix(secondsOf(value), 0).UTC()
		case "committer":
			c.made = secondsOf(value)
			c.Committed = time.Unix(c.made, 0).UTC()
		}
	}
	c.Message = strings.ToValidUTF8(data, "\uFFFD")
	return c, isID(c.tree) && len(c.Parents) <= maxParents && allIDs(c.Parents)
}

// maxSeconds is the last second of the year 9999, which every format can write.
const maxSeconds = 253402300799

// secondsOf reads the time behind the last '>' of a line about a person; 0 where there is none.
func secondsOf(person string) int64 {
	text := strings.TrimLeft(person[strings.LastIndexByte(person, '>')+1:], " ")
	text, _, _ = strings.Cut(text, " ")
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(seconds, maxSeconds)
}

// isID says whether text is a whole SHA-1 id as Git writes it.
func isID(text string) bool { return len(text) == 40 && isHex(text) }

func allIDs(ids []string) bool {
	for _, id := range ids {
		if !isID(id) {
			return false
		}
	}
	return true
}

func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
