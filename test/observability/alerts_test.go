// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const page = "docs/alerts.md"

// runbook is what the section of an alert holds: a fence with what to look at, and what to do.
var runbook = regexp.MustCompile("(?s)\nLook:\n\n```sh[^\n]*\nkubectl .*\n```\n\nDo[ :]")

// rendered are the chart's rules; Helm takes its time.
var rendered = sync.OnceValues(func() (Rules, error) { return RenderRules(context.Background(), root) })

func rules(t *testing.T) Rules {
	t.Helper()
	r, err := rendered()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Alerts()) == 0 {
		t.Fatal("the chart has no alerts")
	}
	return r
}

// promtool runs promtool, where it is.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	if missing, fail := Missing(); fail {
		t.Fatal(missing)
	} else if missing != "" {
		t.Skip(missing)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", args, err, out)
	}
}

func TestPromtoolTakesTheRules(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := rules(t).Write(file); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", "--lint-fatal", file)
}

func TestEveryAlertHasAPageAndAnAction(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	var headings []string
	sections := map[string]string{}
	for _, section := range strings.Split(string(content), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		if strings.HasPrefix(heading, "Rollcall") {
			headings, sections[heading] = append(headings, heading), text
		}
	}
	var alerts []string
	for _, a := range rules(t).Alerts() {
		alerts = append(alerts, a.Alert)
		if want := "https://github.com/rollcall-dev/rollcall/blob/main/" + page + "#" + strings.ToLower(a.Alert); a.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url = %s, want %s", a.Alert, a.Annotations["runbook_url"], want)
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s has no summary, or no description", a.Alert)
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) {
			t.Errorf("%s has the severity %q", a.Alert, a.Labels["severity"])
		}
		if !runbook.MatchString(sections[a.Alert]) {
			t.Errorf("%s: the section %s does not match %s", page, a.Alert, runbook)
		}
		if row := regexp.MustCompile(`(?m)^\| ` + a.Labels["severity"] + ` \|.*\[` + a.Alert + `\]`); !row.Match(content) {
			t.Errorf("%s: %s is not in the row of %s", page, a.Alert, a.Labels["severity"])
		}
	}
	slices.Sort(alerts)
	slices.Sort(headings)
	if diff := cmp.Diff(alerts, headings); diff != "" {
		t.Errorf("alerts and headings of %s (-alerts +headings):\n%s", page, diff)
	}
}

// cases are the cases of testdata/alerts.yaml.
type cases struct {
	Tests []struct {
		Name        string
		InputSeries []struct{ Series string } `json:"input_series"`
		Alerts      []struct {
			Alertname string
			Expected  []struct {
				Labels map[string]string `json:"exp_labels"`
			} `json:"exp_alerts"`
		} `json:"alert_rule_test"`
	}
}

const casesFile = "testdata/alerts.yaml"

func TestEveryAlertHasACaseThatFiresAndOneThatDoesNot(t *testing.T) {
	content, err := os.ReadFile(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	var read cases
	if err := yaml.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	fires, quiet, labels := map[string]bool{}, map[string]bool{}, map[string]map[string]string{}
	for _, a := range rules(t).Alerts() {
		fires[a.Alert], quiet[a.Alert] = false, false
	}
	for _, test := range read.Tests {
		name, _, _ := strings.Cut(test.Name, " ")
		expected := 0
		for _, alert := range test.Alerts {
			if alert.Alertname != name {
				t.Errorf("case %q is about %s", test.Name, alert.Alertname)
			}
			expected += len(alert.Expected)
			for _, e := range alert.Expected {
				labels[name] = e.Labels
			}
		}
		switch {
		case strings.HasPrefix(test.Name, name+" fires ") && expected > 0:
			fires[name] = true
		case strings.HasPrefix(test.Name, name+" is quiet ") && expected == 0 && len(test.Alerts) > 0 && len(test.InputSeries) > 0:
			quiet[name] = true
		default:
			t.Errorf("case %q: %d alerts are expected", test.Name, expected)
		}
	}
	for _, a := range rules(t).Alerts() {
		if !fires[a.Alert] || !quiet[a.Alert] {
			t.Errorf("%s: %s has a case that fires: %t, and one that does not: %t", casesFile, a.Alert, fires[a.Alert], quiet[a.Alert])
		}
		for _, label := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(a.Annotations["description"]+a.Annotations["summary"], -1) {
			if labels[a.Alert][label[1]] == "" {
				t.Errorf("%s names the label %s, which it has not: %v", a.Alert, label[1], slices.Sorted(maps.Keys(labels[a.Alert])))
			}
		}
	}
	if len(fires) != len(rules(t).Alerts()) {
		t.Errorf("%s has cases of alerts that there are not: %v", casesFile, fires)
	}
}

func TestAlertsFire(t *testing.T) {
	dir, r := t.TempDir(), Rules{Groups: []Group{{Name: "rollcall"}}}
	for _, a := range rules(t).Alerts() {
		a.Annotations = map[string]string{"summary": a.Annotations["summary"]}
		r.Groups[0].Rules = append(r.Groups[0].Rules, a)
	}
	content, err := os.ReadFile(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "alerts.yaml")
	if err := r.Write(filepath.Join(dir, "rules.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "test", "rules", file)
}
