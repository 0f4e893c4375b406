// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var someRows = []Row{
	{Measure: "requests to Jira", Bare: Count(1000), Rollcall: Count(40), Promise: &Promise{Plus: Count(50)}},
	{Measure: "memory", Bare: Mega(300e6), Rollcall: Mega(90e6)},
}

func TestPrint(t *testing.T) {
	var out strings.Builder
	if err := Measures(someRows).Print(&out); err != nil {
		t.Fatal(err)
	}
	want := `MEASURE            BARE     ROLLCALL   PROMISE   
requests to Jira   1000     40         <= 50     ok
memory             300 MB   90 MB                
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("Print (-want +got):\n%s", diff)
	}
}

func TestMarkdown(t *testing.T) {
	want := `| measure | bare | Rollcall | promise |  |
| --- | --: | --: | --- | --- |
| requests to Jira | 1000 | 40 | <= 50 | ok |
| memory | 300 MB | 90 MB |  |  |
`
	if diff := cmp.Diff(want, Measures(someRows).Markdown()); diff != "" {
		t.Errorf("Markdown (-want +got):\n%s", diff)
	}
}
