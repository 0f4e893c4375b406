// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/test/cluster"
)

// TestClusterFromStartToStop runs beside the shared cluster, so that it also shows that two clusters do
// not disturb each other.
func TestClusterFromStartToStop(t *testing.T) {
	needsCluster(t)
	ctx, g, dir := t.Context(), NewWithT(t), t.TempDir()
	c, err := cluster.Start(ctx, cluster.Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = c.Stop() }() // should a step below fail
	kube := makeClient(g, c.Config())
	namespace := makeNamespace(ctx, g, kube)
	g.Expect(processesNaming(t, dir)).To(HaveLen(5))

	t.Log("A restart keeps address, users and data.")
	g.Expect(c.RestartAPIServer(ctx)).To(Succeed())
	g.Expect(makeClient(g, c.Config()).Get(ctx, keyOf(namespace), &corev1.Namespace{})).To(Succeed())

	t.Log("The programs beside it go on with their work.")
	deployment := makeDeployment(namespace, nil)
	g.Expect(kube.Create(ctx, deployment)).To(Succeed())
	g.Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, keyOf(namespace, "web"), deployment)).To(Succeed())
		g.Expect(deployment.Status.AvailableReplicas).To(BeEquivalentTo(3))
	}, patience).Should(Succeed())

	t.Log("Stop leaves the logs, and no process.")
	g.Expect(c.Stop()).To(Succeed())
	g.Expect(processesNaming(t, dir)).To(BeEmpty())
	for _, program := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"} {
		g.Expect(filepath.Join(dir, program+".log")).To(BeARegularFile())
	}

	t.Log("What is stopped stays so.")
	g.Expect(c.Stop()).To(Succeed())
	g.Expect(c.RestartAPIServer(ctx)).To(MatchError(ContainSubstring("the cluster is stopped")))
}

func TestStartFailsWithTheReason(t *testing.T) {
	needsCluster(t)
	g, dir := NewWithT(t), t.TempDir()
	_, err := cluster.Start(t.Context(), cluster.Options{
		Dir:            dir,
		APIServerFlags: map[string]string{"no-such-flag": "1"},
	})
	g.Expect(err).To(MatchError(ContainSubstring("unknown flag: --no-such-flag")))
	g.Expect(processesNaming(t, dir)).To(BeEmpty())
}

// processesNaming lists the command lines that name the folder: those of a cluster's programs do.
func processesNaming(t *testing.T, dir string) []string {
	t.Helper()
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("it reads /proc, which only Linux has")
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte(dir+"/")) {
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte(" "))))
		}
	}
	return found
}
