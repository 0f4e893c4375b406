// Package issuekey finds Jira issue keys in text: commit messages, branch names, labels, image tags.
//
// A key is [A-Z][A-Z0-9_]+-[1-9][0-9]*, touching no letter or digit on either side. What only looks like a
// key (UTF-8, CVE-2021) is told apart by the site's projects, or, where the site lists none, by a list of
// well-known names.
package issuekey

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxProject is the longest project key that is looked for; Jira's own limit is below it. It bounds the
// work for each key.
const maxProject = 64

// maxNumber is the longest number of an issue that is looked for, in digits.
const maxNumber = 18

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
	return r.find(text, false)
}

// FindExplicit returns the keys in text that a person wrote to list keys: names that only look like keys
// elsewhere count here.
func (r Reader) FindExplicit(text string) []string {
	return r.find(text, true)
}

func (r Reader) find(text string, explicit bool) []string {
	var keys []string
	seen := map[string]bool{}
	for dash := nextDash(text, 0); dash >= 0; dash = nextDash(text, dash+1) {
		number := numberAfter(text, dash)
		if number == "" {
			continue
		}
		project := r.projectBefore(text, dash)
		if project == "" || (!explicit && r.lookalike(project)) {
			continue
		}
		key := project + "-" + number
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func nextDash(text string, from int) int {
	i := strings.IndexByte(text[from:], '-')
	if i < 0 {
		return -1
	}
	return from + i
}

// numberAfter returns the number that follows the dash, or nothing where that is no issue's number.
func numberAfter(text string, dash int) string {
	start := dash + 1
	end := start
	for end < len(text) && isDigit(text[end]) && end-start <= maxNumber {
		end++
	}
	if end == start || end-start > maxNumber || text[start] == '0' {
		return ""
	}
	if next, _ := utf8.DecodeRuneInString(text[end:]); end < len(text) && isAlphanumeric(next) {
		return ""
	}
	return text[start:end]
}

// projectBefore returns the project key that ends at the dash, in upper case, or nothing.
func (r Reader) projectBefore(text string, dash int) string {
	start := dash
	for start > 0 && isWord(text[start-1]) && dash-start <= maxProject {
		start--
	}
	word := text[start:dash]
	if len(word) > maxProject {
		return ""
	}
	if previous, _ := utf8.DecodeLastRuneInString(text[:start]); start > 0 && isAlphanumeric(previous) {
		return ""
	}
	if len(r.projects) > 0 {
		return r.listed(word)
	}
	return upperCaseTail(word)
}

// listed returns the listed project that the word is, or ends in behind a '_' (feature_shop-12). A word in
// upper case stands as a whole: FOO_BAR-1 is an issue of FOO_BAR, never of BAR.
func (r Reader) listed(word string) string {
	if project := strings.ToUpper(word); r.projects[project] {
		return project
	}
	if isProject(word) {
		return ""
	}
	for i := strings.IndexByte(word, '_'); i >= 0; {
		tail := word[i+1:]
		if project := strings.ToUpper(tail); r.projects[project] {
			return project
		}
		if isProject(tail) {
			return ""
		}
		next := strings.IndexByte(tail, '_')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return ""
}

// upperCaseTail returns the longest project key that the word is, or ends in behind a '_' (feature_TEST-1).
func upperCaseTail(word string) string {
	for {
		if isProject(word) {
			return word
		}
		i := strings.IndexByte(word, '_')
		if i < 0 {
			return ""
		}
		word = word[i+1:]
	}
}

func isProject(word string) bool {
	if len(word) < 2 || !isUpper(word[0]) {
		return false
	}
	for i := 1; i < len(word); i++ {
		if !isUpper(word[i]) && !isDigit(word[i]) && word[i] != '_' {
			return false
		}
	}
	return true
}

func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isWord(b byte) bool { return isUpper(b) || isDigit(b) || b == '_' || ('a' <= b && b <= 'z') }

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
