// SPDX-License-Identifier: Apache-2.0

package supported

import (
	"os"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

func TestCheckKubernetes(t *testing.T) {
	for running, wantOld := range map[string]bool{
		"v1.31.14":                true,
		"v1.29.8-eks-a18cd3a":     true,
		"v0.99.0":                 true,
		"v1.32.0":                 false,
		"v1.32.0-gke.1698000":     false,
		"v1.32.3+k3s1":            false,
		"v1.37.2":                 false,
		"v2.0.0":                  false,
		"a build of my own, v1.2": false,
	} {
		t.Run(running, func(t *testing.T) {
			g, err := NewWithT(t), CheckKubernetes(running)
			if wantOld {
				g.Expect(err).To(MatchError("this is Kubernetes " + running + ", and Rollcall needs 1.32.0 or newer: older ones do not take its CRDs"))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
		})
	}
}

func TestTheChartSupportsTheSameKubernetes(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile("../../charts/rollcall/Chart.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	var chart struct {
		KubeVersion string            `json:"kubeVersion"`
		Annotations map[string]string `json:"annotations"`
	}
	g.Expect(yaml.Unmarshal(text, &chart)).To(Succeed())
	g.Expect(chart.Annotations).To(HaveKeyWithValue("rollcall.dev/kubernetes", ">="+Kubernetes+"-0"))
	g.Expect(chart.KubeVersion).To(BeEmpty(), "it would stop whoever renders the chart without a cluster")
}
