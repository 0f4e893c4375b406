// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// These are the rules of Grafana's dashboard-linter. It is not run, because its module comes without a checksum that Go can
// verify (docs/development.md says more).
//
// units are those of the dashboard, all of Grafana's list.
var units = []string{"none", "short", "s", "bytes", "percentunit", "ops", "reqps", "rpm"}

// install is what every selector of a metric begins with.
const install = `cluster="$cluster", namespace="$namespace", job=~"$job", instance=~"$instance"`

func load(t *testing.T) Dashboard {
	t.Helper()
	d, err := LoadDashboard(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) < 30 {
		t.Fatalf("the dashboard has %d panels: it was not read", len(d.Panels))
	}
	return d
}

func TestTheReaderChoosesSourceAndInstall(t *testing.T) {
	d := load(t)
	if d.Editable {
		t.Error("the dashboard is editable: the sidecar would take changes back")
	}
	many := map[string]bool{"cluster": false, "namespace": false, "job": true, "instance": true, "site": true}
	for i, v := range d.Templating.List {
		if i == 0 {
			if v.Name != "datasource" || v.Label != "Data source" || v.Type != "datasource" || string(v.Query) != `"prometheus"` {
				t.Errorf("the first variable is %+v, not the data source", v)
			}
			continue
		}
		of, known := many[v.Name]
		delete(many, v.Name)
		if !known || v.Multi != of || v.IncludeAll != of || of && v.AllValue != ".+" {
			t.Errorf("variable %s: many %t, all %t as %q; one install is one cluster and one namespace", v.Name, v.Multi, v.IncludeAll, v.AllValue)
		}
		if v.Type != "query" || v.Datasource.UID != "$datasource" || v.Refresh != 2 || v.Label != strings.ToUpper(v.Name[:1])+v.Name[1:] {
			t.Errorf("variable %s is no query of the data source, or is not read again when the time changes: %+v", v.Name, v)
		}
	}
	if len(many) > 0 {
		t.Errorf("variables are missing: %v", many)
	}
}

func TestEveryPanelSaysWhatItShows(t *testing.T) {
	titles := map[string]bool{}
	for _, p := range load(t).Panels {
		if p.Title == "" || titles[p.Title] {
			t.Errorf("panel %q has no title of its own", p.Title)
		}
		titles[p.Title] = true
		if p.Row() {
			continue
		}
		if !strings.HasSuffix(p.Description, ".") || p.Datasource.UID != "$datasource" || len(p.Targets) == 0 {
			t.Errorf("panel %q has no description, no query, or another source of data", p.Title)
		}
		if !slices.Contains(units, p.FieldConfig.Defaults.Unit) {
			t.Errorf("panel %q has the unit %q", p.Title, p.FieldConfig.Defaults.Unit)
		}
	}
}

func TestEveryQueryReadsOneInstall(t *testing.T) {
	for _, p := range load(t).Panels {
		for _, q := range p.Targets {
			for _, problem := range problems(q.Expr) {
				t.Errorf("panel %q: %s: %s", p.Title, problem, q.Expr)
			}
			if q.Datasource.UID != "$datasource" {
				t.Errorf("panel %q: %s is asked of another source", p.Title, q.Expr)
			}
		}
	}
}

// The check of the queries finds what it is for.
func TestProblemsOfQueries(t *testing.T) {
	for expr, want := range map[string]int{
		`sum by (site) (rate(a_total{` + install + `, site=~"$site"}[$__rate_interval]))`: 0,
		`time() - max(a_seconds{` + install + `} > 0)`:                                    0,
		`sum(a{` + install + `}) / sum(b)`:                                                1,
		`sum(a{` + install + `}) / on (site) sum(b{job=~"$job"})`:                         1,
		`sum(a_total{` + install + `})`:                                                   1,
		`rate(a_total{` + install + `}[5m])`:                                              1,
	} {
		if got := problems(expr); len(got) != want {
			t.Errorf("problems(%s) = %q, want %d", expr, got, want)
		}
	}
}

var (
	// braces are the matchers of a selector, and the metric's name before them where there is one.
	braces = regexp.MustCompile(`([a-z_:]*)\{([^}]*)\}`)
	// lists are lists of labels.
	lists = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`)
	// names are metrics where no matchers follow; functions have an opening bracket behind them.
	names = regexp.MustCompile(`\b[a-zA-Z_:][a-zA-Z0-9_:]*\b\s*\(?`)
	// counters are counters, with what is before and behind them.
	counters = regexp.MustCompile(`(\w+\()?\w+_total\{[^}]*\}(\[[^\]]*\])?`)
	rates    = regexp.MustCompile(`\bi?rate\([^\[]*\[([^\]]*)\]`)
)

// problems are what is wrong with a query: a metric that is not of the chosen install, a counter that is no rate, a rate of
// another interval than the time shown asks for.
func problems(expr string) []string {
	var found []string
	for _, selector := range braces.FindAllStringSubmatch(expr, -1) {
		if selector[1] == "" || !strings.HasPrefix(selector[2], install) {
			found = append(found, "a selector is not of one install")
		}
	}
	rest := regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(lists.ReplaceAllString(braces.ReplaceAllString(expr, ""), ""), "")
	for _, name := range names.FindAllString(strings.ReplaceAll(rest, "$__range_s", ""), -1) {
		if !strings.HasSuffix(name, "(") && !slices.Contains([]string{"and", "or", "unless", "offset", "bool"}, strings.TrimSpace(name)) {
			found = append(found, name+" has no matchers")
		}
	}
	for _, counter := range counters.FindAllStringSubmatch(expr, -1) {
		if !slices.Contains([]string{"rate(", "irate(", "increase("}, counter[1]) || counter[2] == "" {
			found = append(found, "a counter is shown as it is")
		}
	}
	for _, rate := range rates.FindAllStringSubmatch(expr, -1) {
		if rate[1] != "$__rate_interval" {
			found = append(found, "a rate is not of $__rate_interval")
		}
	}
	return found
}
