// Package issuekey finds Jira issue keys in text: commit messages, branch names, labels, image tags.
//
//	text -> dashes -> number behind, project before -> what only looks like a key -> keys
//
// A key is [A-Z][A-Z0-9_]+-[1-9][0-9]*, touching no letter or digit on either side. What only looks like a
// key (UTF-8, CVE-2021) is told apart by the site's projects, or, where the site lists none, by a list of
// well-known names. Keys are ASCII: no other letter stands for one of theirs, in upper or lower case.
package issuekey

// Reader finds the keys of one site's projects.
type Reader struct {
	projects map[string]bool
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

// Find returns the keys in text that was written for another purpose, in the order of the text, each once
// and in upper case.
func (r Reader) Find(text string) []string {
	s := scan{projects: r.projects, text: text, lookalikes: len(r.projects) == 0}
	return s.keys()
}

// FindExplicit returns the keys in text that a person wrote to list keys: names that only look like keys
// elsewhere count here.
func (r Reader) FindExplicit(text string) []string {
	s := scan{projects: r.projects, text: text}
	return s.keys()
}
