// SPDX-License-Identifier: Apache-2.0

package issuekey

import "regexp"

const (
	// maxNumber is the longest number of an issue that is looked for, in digits.
	maxNumber = 18
	// lookahead is how much of the text behind a number tells what kind of number it is.
	lookahead = 16
)

// Numbers that go on like a version or a date count no issues, whatever stands before them.
var (
	// versionRest is what follows the first number of a version of three parts: web-1.4.0. Two parts are
	// not enough: tools that make versions of branches write SHOP-12.3 for the third build of SHOP-12.
	versionRest = regexp.MustCompile(`^\.[0-9]{1,9}\.[0-9]`)
	// year is the year of a release.
	year = regexp.MustCompile(`^20[0-9]{2}$`)
	// monthRest is what follows the year in a date: release-2024-01, web-2024.01.15. October to December
	// need the day as well, for SHOP-2024-12-factor may be a branch.
	monthRest = regexp.MustCompile(`^[-.](0[1-9]|1[0-2][-.][0-3][0-9])([^0-9A-Za-z]|$)`)
	// compactDate is a date, and maybe a time, in one number: web-20240115, web-20240115093000. No project
	// has that many issues.
	compactDate = regexp.MustCompile(`^20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{0,6}$`)
)

// numberAfter returns the number that follows the dash, nothing where there is none, and whether it may be an issue's:
// it does not go on like a version or a date.
func (s *scan) numberAfter(dash int) (number string, counts bool) {
	start := dash + 1
	end := start
	for end < len(s.text) && isDigit(s.at(end)) {
		end++
	}
	if end == start || end-start > maxNumber || s.text[start] == '0' || s.letterAt(end) {
		return "", false
	}
	number, rest := s.text[start:end], s.look(end, lookahead)
	return number, !versionRest.MatchString(rest) && !isDate(number, rest)
}

func isDate(number, rest string) bool {
	return compactDate.MatchString(number) || (year.MatchString(number) && monthRest.MatchString(rest))
}
