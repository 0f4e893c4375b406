// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/metrics"
)

// targets are the labels that Prometheus gives to whatever it scrapes.
var targets = []string{"cluster", "namespace", "job", "instance"}

var (
	ours     = regexp.MustCompile(`\b(rollcall_[a-z_]+)\{([^}]*)\}`)
	matchers = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
)

// misspelled says what in a query is none of Rollcall's metrics, or none of its labels: Prometheus would answer nothing.
func misspelled(query string) []string {
	known := map[string][]string{}
	for _, f := range metrics.Families() {
		suffixes := []string{""}
		if f.Type == "histogram" {
			suffixes = []string{"_bucket", "_sum", "_count"}
		}
		for _, suffix := range suffixes {
			known[f.Name+suffix] = f.Labels
		}
	}
	var found []string
	for _, selector := range ours.FindAllStringSubmatch(query, -1) {
		name := selector[1]
		labels, ok := known[name]
		if !ok {
			found = append(found, "there is no metric "+name)
			continue
		}
		for _, matcher := range matchers.FindAllStringSubmatch(selector[2], -1) {
			if !slices.Contains(append(slices.Clone(labels), targets...), matcher[1]) {
				found = append(found, name+" has no label "+matcher[1])
			}
		}
	}
	return found
}

func TestAlertsAndDashboardReadMetricsThatThereAre(t *testing.T) {
	queries := map[string]string{}
	for _, p := range load(t).Panels {
		for _, q := range p.Targets {
			queries["panel "+p.Title+": "+q.Expr] = q.Expr
		}
	}
	for _, a := range rules(t).Alerts() {
		queries["alert "+a.Alert] = a.Expr
	}
	for _, where := range slices.Sorted(maps.Keys(queries)) {
		for _, problem := range misspelled(queries[where]) {
			t.Errorf("%s: %s", where, problem)
		}
	}
}

// The check finds what it is for.
func TestMisspelledQueries(t *testing.T) {
	for query, want := range map[string]string{
		`sum(rollcall_site_ready{site="a", reason!="b", namespace="c"})`: "",
		`sum(rollcall_site_redy{site="a"})`:                              "there is no metric rollcall_site_redy",
		`sum(rollcall_batch_records{site="a"})`:                          "there is no metric rollcall_batch_records",
		`sum(rollcall_batch_records_bucket{sites="a"})`:                  "rollcall_batch_records_bucket has no label sites",
	} {
		if got := strings.Join(misspelled(query), ", "); got != want {
			t.Errorf("misspelled(%s) = %q, want %q", query, got, want)
		}
	}
}
