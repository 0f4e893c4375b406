// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// sections are those of the user guide whose rows are troubles: each row has a trouble here, or a word why it has none.
var sections = []string{
	"There is no record", "The record has other keys", "Jira took it", "Its state is not what I expect", "It is not delivered",
	"The site is not Ready", "My build does not show",
}

// byUnit are the rows whose troubles this suite cannot make, and the test in internal/why that has them.
var byUnit = map[string]string{
	"There is no record: `--watch-namespaces` without the namespace":                                         "TestNotWatched: another manager, with another flag",
	"There is no record: only older revisions are missing":                                                   "TestEvents: RecordsMerged",
	"Its state is not what I expect: `pending`, \"It waits for pods that were unavailable before it began\"": "TestRecords: it is what the record's description says",
	"It is not delivered: False, `Rejected`":                                                                 "TestRecords: Jira's rules refuse no record that the API server takes",
	"My build does not show: no record, and no run of this kind has one":                                     "TestRuns: another manager, with another flag",
	"My build does not show: the same, of a kind with a CRD":                                                 "TestRuns: a kind that is not served has no runs to look at",
	"My build does not show: the same, reason `NotUnderstood`, and an Event":                                 "TestEvents: NotUnderstood",
	"My build does not show: the run ended long ago, and 20 newer ones have records":                         "TestRuns: Retired",
	"My build does not show: the namespace is not selected, excluded, starts with `kube-`":                   "TestRuns: NotSelected",
}

// noTrouble are the rows that no command can tell of, and why.
var noTrouble = map[string]string{
	"Jira took it: others see it, you do not":                                            "it is about the reader's account in Jira",
	"Its state is not what I expect: `successful`, and a pod is not available":           "the record says successful, and so does the command",
	"My build does not show: the label is `true`, and no `\"true\"`":                     "the API server refuses it: there is no run",
	"My build does not show: it is a TaskRun, or another kind":                           "such kinds are not read: nothing names the issue",
	"My build does not show: the run came and went while no manager was at work":         "there is nothing left to read",
	"My build does not show: a record, DELIVERED False, another reason":                  "as for deployments: It is not delivered",
	"My build does not show: two builds on an issue for one run":                         "the command shows both records",
	"My build does not show: `unknown`":                                                  "the command shows the record's state",
	"My build does not show: its deployment says `SourceResolved` False, or not `Build`": "as for deployments: keys of a commit are missing",
}

// TestGuide holds troubles and rows together: each row of the guide's tables is in one of the lists, and each entry is a row.
func TestGuide(t *testing.T) {
	g := NewWithT(t)
	guide, err := os.ReadFile("../../docs/user-guide.md")
	g.Expect(err).NotTo(HaveOccurred())
	entries := map[string]bool{}
	for _, one := range troubles {
		for _, row := range one.rows {
			entries[row] = false
		}
	}
	for _, list := range []map[string]string{byUnit, noTrouble} {
		for row := range list {
			entries[row] = false
		}
	}
	for _, row := range rowsOf(string(guide)) {
		known := false
		for entry := range entries {
			if strings.HasPrefix(row, entry) {
				known, entries[entry] = true, true
			}
		}
		g.Expect(known).To(BeTrue(), "no trouble, and no word why there is none: %s", row)
	}
	for entry, used := range entries {
		g.Expect(used).To(BeTrue(), "no row of the guide begins so: %s", entry)
	}
}

var heading = regexp.MustCompile(`^#+ (.*)$`)

// rowsOf returns the rows of the first table of each section, as "section: first cell".
func rowsOf(guide string) []string {
	var rows []string
	section, tables, inTable := "", 0, false
	for line := range strings.Lines(guide) {
		line = strings.TrimSpace(line)
		if found := heading.FindStringSubmatch(line); found != nil {
			section, tables, inTable = found[1], 0, false
			continue
		}
		isRow := strings.HasPrefix(line, "|")
		if isRow && !inTable {
			tables++
		}
		inTable = isRow
		for _, s := range sections {
			if !isRow || s != section || tables > 1 || strings.HasPrefix(line, "|---") {
				continue
			}
			cell := strings.TrimSpace(strings.Split(line, " | ")[0][1:])
			if cell != "what you see" && cell != "state, description" && cell != "DELIVERED, REASON" && cell != "REASON" {
				rows = append(rows, s+": "+cell)
			}
		}
	}
	return rows
}
