// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestHelmFindsNothingToLint(t *testing.T) {
	t.Parallel()
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := command(values, helmBinary(t), "lint", "--strict", chart, "--namespace="+namespace, withImage, "--values=-")
			if err != nil || strings.Contains(out, "[WARNING]") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// Not with the values that switch something off, or leave it to OpenShift: that is for who installs to decide. The
// exceptions, with their reasons, stand in the templates.
func TestKubeScoreIsContent(t *testing.T) {
	t.Parallel()
	for name, values := range valueFiles(t) {
		if name == "least" || name == "openshift" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manifest, err := template(t, values)
			if err != nil {
				t.Fatal(err)
			}
			out, err := command(manifest, kubeScoreBinary(t), "score", "--exit-one-on-warning",
				"--kubernetes-version=v1.32", "-o=ci", "-")
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// helm-docs stops in the middle where its template fails, and says nothing.
func TestTheReadmeHasEveryValue(t *testing.T) {
	var values map[string]any
	if err := yaml.Unmarshal([]byte(readFile(t, "charts/rollcall/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	for value := range values {
		if !strings.Contains(readFile(t, "charts/rollcall/README.md"), "\n| "+value) {
			t.Errorf("charts/rollcall/README.md has no row of the value %s", value)
		}
	}
}
