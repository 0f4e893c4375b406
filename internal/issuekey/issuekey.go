// SPDX-License-Identifier: Apache-2.0

// Package issuekey finds Jira issue keys in text: commit messages, branch names, labels, image tags.
//
//	text -> dashes -> number behind, project before -> what only looks like a key -> what is reverted -> keys
//
// A key is [A-Z][A-Z0-9_]+-[1-9][0-9]*, touching no letter or digit on either side. What only looks like a
// key (UTF-8, CVE-2021) is told apart by the site's projects, or, where the site lists none, by a list of
// well-known names. Keys are ASCII: no other letter stands for one of theirs, in upper or lower case.
package issuekey

// Rule says why a piece of text is an issue key of what it speaks of, or why it is none.
type Rule string

// The rules, in the order in which they are asked.
const (
	// RuleNumber: the number goes on like a version or a date, as in web-1.4.0.
	RuleNumber Rule = "Number"
	// RuleLowerCase: it is in lower case, which is read where the site lists the project, and in messages and branches.
	RuleLowerCase Rule = "LowerCase"
	// RuleProject: the site lists its projects, and not this one.
	RuleProject Rule = "Project"
	// RuleLookalike: it is a well-known name that is no project's, as in UTF-8.
	RuleLookalike Rule = "Lookalike"
	// RuleReverted: the text says that this is reverted.
	RuleReverted Rule = "Reverted"
	// RuleKey: it is a key.
	RuleKey Rule = "Key"
)

// Finding is a piece of text that is a key, or could be taken for one.
type Finding struct {
	// Key is the key as it would be, in upper case.
	Key string
	// Start and End are where it stands in the text.
	Start, End int
	Rule       Rule
}

// Reader finds the keys of one site's projects.
type Reader struct {
	projects map[string]bool
	exact    bool
}

// NewReader returns a Reader for the projects of a site, given in upper case. Where there are none, every
// project counts.
func NewReader(projects []string) Reader {
	known := make(map[string]bool, len(projects))
	for _, project := range projects {
		known[project] = true
	}
	return Reader{projects: known}
}

// Exact returns a Reader of the same projects that reads no lower case.
func (r Reader) Exact() Reader {
	r.exact = true
	return r
}

// Find returns the keys in text that was written for another purpose, in the order of the text, each once
// and in upper case. What stands only inside a revert is none.
func (r Reader) Find(text string) []string {
	return r.Explain(text, nil)
}

// Explain returns what Find does, and calls explain with everything that could be taken for a key, in the order of the
// text. A nil explain costs nothing.
func (r Reader) Explain(text string, explain func(Finding)) []string {
	s := scan{projects: r.projects, text: text, lookalikes: len(r.projects) == 0, exact: r.exact, message: true, explain: explain}
	return s.keys()
}

// FindExplicit returns the keys in text that a person wrote to list keys: names that only look like keys
// elsewhere count here.
func (r Reader) FindExplicit(text string) []string {
	return r.ExplainExplicit(text, nil)
}

// ExplainExplicit returns what FindExplicit does, and calls explain as Explain does.
func (r Reader) ExplainExplicit(text string, explain func(Finding)) []string {
	s := scan{projects: r.projects, text: text, explain: explain}
	return s.keys()
}
