// SPDX-License-Identifier: Apache-2.0

package build

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTestsOfTheAnnotation(t *testing.T) {
	tests := map[string]struct {
		text        string
		want        *Tests
		wantProblem string // a part of it
	}{
		"all":                        {text: "total=120,passed=118,failed=1,skipped=1", want: &Tests{120, 118, 1, 1}},
		"another order, and spaces":  {text: " failed = 1 , total=120 ,passed= 118", want: &Tests{120, 118, 1, 0}},
		"no total":                   {text: "passed=3,skipped=2", want: &Tests{5, 3, 0, 2}},
		"a total alone":              {text: "total=7", want: &Tests{7, 0, 0, 0}},
		"no test at all":             {text: "total=0", want: &Tests{}},
		"fewer than the total":       {text: "total=10,passed=1", want: &Tests{10, 1, 0, 0}},
		"as many as there can be":    {text: "passed=2147483648", want: &Tests{1 << 31, 1 << 31, 0, 0}},
		"nothing: the results count": {text: "  ", want: &Tests{99, 99, 0, 0}},
		"one too many":               {text: "passed=2147483649", wantProblem: `"2147483649" for passed`},
		"a sum that is too large":    {text: "passed=2147483648,failed=1", wantProblem: "has a sum of 2147483649"},
		"more than the total":        {text: "total=3,passed=3,failed=1", wantProblem: "has 4 passed, failed and skipped of a total of 3"},
		"another name":               {text: "passed=1,flaky=2", wantProblem: `has "flaky=2", which is none of total, passed, failed, skipped`},
		"a name twice":               {text: "passed=1,passed=2", wantProblem: "has passed twice"},
		"a word for a number":        {text: "passed=all", wantProblem: `has "all" for passed, which is no number from 0 to 2147483648`},
		"a negative number":          {text: "failed=-1", wantProblem: `"-1" for failed`},
		"no number":                  {text: "passed", wantProblem: `"" for passed`},
		"a fraction":                 {text: "passed=1.5", wantProblem: `"1.5" for passed`},
		"a comma at the end":         {text: "passed=1,", wantProblem: `has ""`},
		"a text that is no such one": {text: strings.Repeat("ok ", 100), wantProblem: `has "ok ok ok`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			run := makePipelineRun("ci").Results("status.results", "passed", "99")
			b := observed(t, run.Annotation("rollcall.dev/tests", test.text).o)
			if diff := cmp.Diff(test.want, b.Tests); diff != "" {
				t.Errorf("tests (-want +got):\n%s", diff)
			}
			if test.wantProblem == "" {
				if b.TestsProblem != "" {
					t.Errorf("the problem is %q, want none", b.TestsProblem)
				}
				return
			}
			for _, part := range []string{"The annotation rollcall.dev/tests ", test.wantProblem, testsExample} {
				if !strings.Contains(b.TestsProblem, part) || len(b.TestsProblem) > 300 {
					t.Errorf("the problem is %q, want %q in it", b.TestsProblem, part)
				}
			}
		})
	}
}

func TestTestsOfResults(t *testing.T) {
	tests := map[string]struct {
		results []string
		want    *Tests
	}{
		"all":                             {[]string{"total", "4", "passed", "2", "failed", "1", "skipped", "1"}, &Tests{4, 2, 1, 1}},
		"passed alone":                    {[]string{"passed", "2"}, &Tests{2, 2, 0, 0}},
		"neither total nor passed":        {[]string{"failed", "2"}, nil},
		"failed is a word":                {[]string{"total", "2", "failed", "false"}, &Tests{2, 0, 0, 0}},
		"passed is a word of another use": {[]string{"passed", "true", "failed", "0"}, nil},
		"more than the total":             {[]string{"total", "2", "passed", "3"}, nil},
		"other names":                     {[]string{"Total", "2", "tests", "3"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := observed(t, makePipelineRun("ci").Results("status.results", test.results...).o)
			if diff := cmp.Diff(test.want, b.Tests); diff != "" || b.TestsProblem != "" {
				t.Errorf("tests (-want +got):\n%s, and the problem is %q", diff, b.TestsProblem)
			}
		})
	}
}
