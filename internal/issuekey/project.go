// SPDX-License-Identifier: Apache-2.0

package issuekey

import "strings"

// maxProject is the longest project key that is looked for; Jira's own limit is below it. It bounds the
// work for each dash.
const maxProject = 64

// projectBefore returns the project key that ends at the dash, in upper case, or nothing.
func (s *scan) projectBefore(dash int) string {
	start := s.runBefore(dash, inProject)
	if dash-start > maxProject {
		return ""
	}
	project := s.upperCase(start, dash)
	switch {
	case len(s.projects) == 0:
		return project
	case !s.exact:
		return s.listed(dash, len(project))
	case s.projects[project]:
		return project
	}
	return ""
}

// otherProject returns what else stands before the dash, for whoever asks why there is no key: a project that is not listed,
// or a listed one in lower case.
func (s *scan) otherProject(dash int) (string, Rule) {
	if project := s.upperCase(s.runBefore(dash, inProject), dash); project != "" {
		return project, RuleProject
	}
	if project := s.listed(dash, 0); project != "" {
		return project, RuleLowerCase
	}
	return "", ""
}

// otherWord returns what a person may have meant as a project, in lower case, and why it is none: so is read what the site
// lists, and nothing else.
func (s *scan) otherWord(dash int) (string, Rule) {
	if len(s.projects) > 0 {
		return s.word(dash), RuleProject
	}
	return s.word(dash), RuleLowerCase
}

// word returns, in upper case, the word that ends at the dash, begins with a letter and touches none before it.
func (s *scan) word(dash int) string {
	start := s.runBefore(dash, inWord)
	if dash-start > maxProject {
		return ""
	}
	for ; start <= dash-2; start++ {
		if b := s.at(start); b != '_' && !isDigit(b) && !s.letterBefore(start) {
			return strings.ToUpper(s.text[start:dash])
		}
	}
	return ""
}

// upperCase returns the longest project key in upper case between start and dash that touches no letter or
// digit before it. A '_' is neither: feature_TEST-1 ends in TEST-1, but FOO_BAR-1 is one key.
func (s *scan) upperCase(start, dash int) string {
	for ; start <= dash-2; start++ {
		if isUpper(s.at(start)) && !s.letterBefore(start) {
			return s.text[start:dash]
		}
	}
	return ""
}

// listed returns the longest listed project that ends at the dash, in any case, and touches no letter or
// digit before it. It has to be at least so long: what is in upper case stands as a whole, so that FOO_BAR-1
// is an issue of FOO_BAR, never of BAR.
func (s *scan) listed(dash, shortest int) string {
	for start := s.runBefore(dash, inWord); start <= dash-max(2, shortest); start++ {
		if s.letterBefore(start) {
			continue
		}
		if project := strings.ToUpper(s.look(start, dash-start)); s.projects[project] {
			return project
		}
	}
	return ""
}

// runBefore returns where the run of such bytes before the dash starts. It stops when the run is longer than
// any project key.
func (s *scan) runBefore(dash int, in func(byte) bool) int {
	start := dash
	for start > 0 && dash-start <= maxProject && in(s.at(start-1)) {
		start--
	}
	return start
}
