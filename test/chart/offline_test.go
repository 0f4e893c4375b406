// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"os"
	"path/filepath"
	"testing"
)

// madeUp is a version that a renderer without a cluster may take the cluster to have: what Helm was built for years ago.
const madeUp = "1.20.0"

func TestItRendersWithoutACluster(t *testing.T) {
	t.Parallel()
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if render(t, values, "--kube-version="+madeUp)[manager] == nil {
				t.Errorf("%s is not rendered", manager)
			}
		})
	}
}

// kustomize asks Helm to render, without a cluster.
func TestKustomizeInflatesTheChart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "charts", "rollcall"), os.DirFS(chart)); err != nil {
		t.Fatal(err)
	}
	const kustomization = `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
helmGlobals: {chartHome: charts}
helmCharts:
- name: rollcall
  releaseName: rollcall
  namespace: ` + namespace + `
  kubeVersion: ` + madeUp + `
  skipTests: true
  valuesInline: {clusterName: eu-1, image: {repository: registry.example/rollcall}}
`
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(kustomization), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command("", kustomizeBinary(t), "build", "--enable-helm", "--helm-command="+helmBinary(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	args := expectation{object: manager, path: container + "args", has: `--cluster-name=eu-1`}
	if problem := args.check(t, index(t, parse(t, out))); problem != "" {
		t.Error(problem)
	}
}
