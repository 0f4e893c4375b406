// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

func TestConfigurationsStayInTheScratchFolder(t *testing.T) {
	g, scratch := NewWithT(t), t.TempDir()
	network, err := writePodNetwork(scratch)
	g.Expect(err).NotTo(HaveOccurred())
	plugin := `{"type":"ptp","ipMasq":false,"ipam":{"type":"host-local","subnet":"10.88.0.0/16","routes":[{"dst":"0.0.0.0/0"}],"dataDir":"` +
		scratch + `/addresses"}}`
	g.Expect(read(g, filepath.Join(network, "10-rollcall.conflist"))).To(MatchJSON(
		`{"cniVersion":"1.0.0","name":"rollcall","plugins":[` + plugin + `]}`))

	containerd, err := writeContainerdConfig("/bin-of-ours", scratch, network)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read(g, containerd)).To(And(
		ContainSubstring(`root = "`+scratch+`/containerd"`),
		ContainSubstring(`sandbox = "`+PauseImage+`"`),
		ContainSubstring(`bin_dirs = ["/bin-of-ours"]`),
		ContainSubstring(`conf_dir = "`+network+`"`)))

	kubelet, err := writeKubeletConfig(scratch, "/logs")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read(g, kubelet)).To(And(
		ContainSubstring("containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n"),
		ContainSubstring("podLogsDir: /logs\n"),
		ContainSubstring("volumePluginDir: "+scratch+"/volume-plugins\n")))
}

func read(g Gomega, file string) string {
	content, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	return string(content)
}

func TestNodeIsReadyWhenTheKubeletSaysSo(t *testing.T) {
	node := func(conditions ...corev1.NodeCondition) *corev1.Node {
		return &corev1.Node{Status: corev1.NodeStatus{Conditions: conditions}}
	}
	g := NewWithT(t)
	g.Expect(ready(node())).To(MatchError("the kubelet has not reported yet"))
	g.Expect(ready(node(corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionFalse, Message: "no network"}))).To(MatchError("no network"))
	g.Expect(ready(node(
		corev1.NodeCondition{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse},
		corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue},
	))).To(Succeed())
}

func TestPollTellsTheLastError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := poll(ctx, func(context.Context) error {
		cancel()
		return errors.New("not there yet")
	})
	NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("not there yet"), ContainSubstring("context canceled"))))
}
