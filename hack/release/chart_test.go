// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sigs.k8s.io/yaml"
)

// checkout is the repository itself, at the version of its chart.
func checkout(t *testing.T) source {
	t.Helper()
	s := source{dir: root, created: created}
	var chart struct {
		Version string `json:"version"`
	}
	must(t, yaml.Unmarshal(get(s.file(chartFolder+"/Chart.yaml"))(t), &chart))
	s.version = "v" + chart.Version
	must(t, s.checkChart())
	return s
}

func TestThePackedChartInstallsTheImageOfTheRelease(t *testing.T) {
	s := checkout(t)
	image := published{repository: "registry.example/acme/rollcall", digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0a", 32)}}
	packed := get(s.packChart(t.Context(), image))(t)
	if second := get(s.packChart(t.Context(), image))(t); string(packed) != string(second) {
		t.Error("packed twice, the chart has not the same bytes")
	}
	values, about, before := "", "", read(t, root, chartFolder, "values.yaml")
	for _, f := range get(unpack("chart.tgz", packed))(t) {
		if f.name == "rollcall/values.yaml" {
			values = string(f.data)
		}
		if f.name == "rollcall/Chart.yaml" {
			about = string(f.data)
		}
	}
	if n := len(strings.Split(values, "\n")); n != len(strings.Split(before, "\n")) || values == before {
		t.Errorf("the values have %d lines, and those of the checkout another number, or are the same", n)
	}
	if strings.Count(about, "image: "+s.reference(image)) != 1 || strings.Contains(about, "registry.invalid") {
		t.Errorf("Chart.yaml does not list the image of the release:\n%s", about)
	}
	for _, want := range []string{"\n  repository: registry.example/acme/rollcall\n", "\n  digest: " + image.digest.String() + "\n"} {
		if strings.Count(values, want) != 1 {
			t.Errorf("the values do not have, once,%s", want)
		}
	}
}

func TestAChartThatInstallsAnotherImageIsRefused(t *testing.T) {
	s := checkout(t)
	spoiled := t.TempDir()
	must(t, os.CopyFS(spoiled+"/charts", os.DirFS(root+"/charts")))
	must(t, os.MkdirAll(spoiled+"/hack", 0o755))
	must(t, os.CopyFS(spoiled+"/hack/chart-tools", os.DirFS(root+"/hack/chart-tools")))
	s.dir = spoiled
	image := published{repository: "registry.example/acme/rollcall", digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0a", 32)}}
	get(s.packChart(t.Context(), image))(t)
	put(t, spoiled, chartFolder+"/templates/_helpers.tpl", strings.Replace(read(t, spoiled, chartFolder, "templates", "_helpers.tpl"), ".Values.image.repository }}", ".Values.image.repository }}-debug", 1))
	if _, err := s.packChart(t.Context(), image); err == nil || !strings.Contains(err.Error(), "the packed chart does not install registry.example/acme/rollcall:") {
		t.Errorf("error is %v", err)
	}
}
