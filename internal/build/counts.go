// SPDX-License-Identifier: Apache-2.0

package build

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Tests is how the tests of a run ended.
type Tests struct {
	Total, Passed, Failed, Skipped int64
}

// Names of test counts, in the annotation and as results.
const (
	countTotal   = "total"
	countPassed  = "passed"
	countFailed  = "failed"
	countSkipped = "skipped"
)

var testCounts = []string{countTotal, countPassed, countFailed, countSkipped}

// maxCount bounds a test count.
const maxCount = 1 << 31

// maxQuoted bounds what is quoted of an annotation, in bytes.
const maxQuoted = 64

const testsExample = `Write it like this: "total=120,passed=118,failed=1,skipped=1".`

func isTestCount(name string) bool {
	return slices.Contains(testCounts, name)
}

// testsOf returns how the tests ended, and what is wrong with what people wrote of that. Results that are no test counts
// are others': nothing is wrong with them.
func testsOf(annotations map[string]string, results []result) (*Tests, string) {
	if text := annotations[v1alpha1.AnnotationTests]; strings.TrimSpace(text) != "" {
		counts, err := parseTests(text)
		if err != nil {
			return nil, fmt.Sprintf("The annotation %s %s. %s", v1alpha1.AnnotationTests, err, testsExample)
		}
		return counts, ""
	}
	said := map[string]int64{}
	for _, r := range results {
		if n, ok := count(r.value); ok && isTestCount(r.name) {
			said[r.name] = n
		}
	}
	_, total := said[countTotal]
	_, passed := said[countPassed]
	if counts, err := summed(said); err == nil && (total || passed) {
		return counts, ""
	}
	return nil, ""
}

// parseTests reads the annotation's text. Its order does not matter, and spaces are allowed.
func parseTests(text string) (*Tests, error) {
	said := map[string]int64{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if !isTestCount(name) {
			return nil, fmt.Errorf("has %q, which is none of %s", quoted(part), strings.Join(testCounts, ", "))
		}
		if _, twice := said[name]; twice {
			return nil, fmt.Errorf("has %s twice", name)
		}
		n, ok := count(value)
		if !ok {
			return nil, fmt.Errorf("has %q for %s, which is no number from 0 to %d", quoted(value), name, maxCount)
		}
		said[name] = n
	}
	return summed(said)
}

// summed makes counts of what was said. The total is the sum where it was not said.
func summed(said map[string]int64) (*Tests, error) {
	sum := said[countPassed] + said[countFailed] + said[countSkipped]
	total, ok := said[countTotal]
	switch {
	case !ok:
		total = sum
	case sum > total:
		return nil, fmt.Errorf("has %d passed, failed and skipped of a total of %d", sum, total)
	}
	if total > maxCount {
		return nil, fmt.Errorf("has a sum of %d, which is more than %d", total, maxCount)
	}
	return &Tests{Total: total, Passed: said[countPassed], Failed: said[countFailed], Skipped: said[countSkipped]}, nil
}

func count(text string) (int64, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return int64(n), err == nil && n <= maxCount
}

func quoted(text string) string {
	text = strings.TrimSpace(text)
	return strings.ToValidUTF8(text[:min(len(text), maxQuoted)], "")
}
