// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	missed := Row{Measure: "requests", Rollcall: Count(60), Promise: &Promise{Plus: Count(50)}}
	tests := map[string]struct {
		rows []Row
		want string
	}{
		"all kept":   {someRows, "All promises are kept."},
		"one missed": {append([]Row{missed}, someRows...), "**1 promise is missed.**"},
		"two missed": {[]Row{missed, missed}, "**2 promises are missed.**"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			stages := []Stage{{Name: "record to request"}}
			page := Page{Date: "2026-03-01", Machine: Machine{Cores: 2, Go: "go1.26"}, Rows: tt.rows, Stages: stages, Picture: "images/x.svg"}
			var out strings.Builder
			if err := page.Write(&out); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{tt.want, Measures(tt.rows).Markdown(), Stages(stages).Markdown(), "2 cores", "](images/x.svg)"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the page does not say %q:\n%s", want, out.String())
				}
			}
		})
	}
}
