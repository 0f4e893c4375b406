// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parentChart has the chart as a part, switched by a condition, as charts of platforms have it.
const parentChart = `
apiVersion: v2
name: platform
version: 1.0.0
dependencies:
- {name: rollcall, version: ">=0.0.0-0", condition: rollcall.enabled}
`

// parent writes a chart around this one, and returns where it is.
func parent(t *testing.T, dependency string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "charts", "rollcall"), os.DirFS(chart)); err != nil {
		t.Fatal(err)
	}
	const values = "{rollcall: {image: {repository: registry.example/rollcall}}, reporter: {image: {repository: registry.example/rollcall}}}"
	if err := os.WriteFile(filepath.Join(dir, "values.yaml"), []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Chart.yaml"), []byte(dependency), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestItIsAPartOfAnotherChart(t *testing.T) {
	t.Parallel()
	aliased := strings.Replace(strings.Replace(parentChart, "rollcall.enabled", "reporter.enabled", 1), "condition", "alias: reporter, condition", 1)
	for name, tt := range map[string]struct{ chart, values string }{
		"switched on":              {parentChart, `rollcall: {enabled: true, clusterName: eu-1}`},
		"not switched at all":      {parentChart, `rollcall: {clusterName: eu-1}`},
		"with values for all":      {parentChart, `{global: {imageRegistry: registry.example, postgresql: {auth: {}}}, rollcall: {enabled: true, clusterName: eu-1}}`},
		"under another name":       {aliased, `reporter: {enabled: true, clusterName: eu-1}`},
		"with its own global ones": {parentChart, `rollcall: {enabled: true, clusterName: eu-1, global: {team: a}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := command(tt.values, helmBinary(t), "template", "x", parent(t, tt.chart), "--namespace="+namespace, "--values=-")
			if err != nil {
				t.Fatal(err)
			}
			object := "Deployment/x-rollcall"
			if tt.chart == aliased {
				object = "Deployment/x-reporter"
			}
			args := expectation{object: object, path: container + "args", has: `--cluster-name=eu-1`}
			if problem := args.check(t, index(t, parse(t, out))); problem != "" {
				t.Error(problem)
			}
		})
	}
}

func TestAPartThatIsSwitchedOffIsNotThere(t *testing.T) {
	t.Parallel()
	out, err := command(`rollcall: {enabled: false}`, helmBinary(t), "template", "x", parent(t, parentChart), "--values=-")
	if err != nil || len(parse(t, out)) > 0 {
		t.Errorf("helm template renders %q, error = %v; want nothing", out, err)
	}
}

func TestAMisspelledValueOfAPartIsRefused(t *testing.T) {
	t.Parallel()
	_, err := command(`rollcall: {enabled: true, replicaCount: 2}`, helmBinary(t), "template", "x", parent(t, parentChart), "--values=-")
	if err == nil || !strings.Contains(err.Error(), `additional properties 'replicaCount' not allowed`) {
		t.Errorf("helm template error = %v, want one that names replicaCount", err)
	}
}

func TestAPartPullsFromWhereTheWholeDoes(t *testing.T) {
	t.Parallel()
	out, err := command(`{global: {imageRegistry: mirror.example, imagePullSecrets: [mirror]}, rollcall: {enabled: true}}`,
		helmBinary(t), "template", "x", parent(t, parentChart), "--namespace="+namespace, "--values=-")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []expectation{
		{object: "Deployment/x-rollcall", path: container + "image", want: `mirror.example/rollcall:` + number},
		{object: "Deployment/x-rollcall", path: pod + "imagePullSecrets", want: `[{name: mirror}]`},
	} {
		if problem := e.check(t, index(t, parse(t, out))); problem != "" {
			t.Error(problem)
		}
	}
}
