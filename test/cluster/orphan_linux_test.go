// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	. "github.com/onsi/gomega"
)

func TestProgramsDieWithTheProcessThatStartedThem(t *testing.T) {
	needsCluster(t)
	if exec.Command("setpriv", "--pdeathsig", "KILL", "--", "true").Run() != nil {
		t.Skip("it needs setpriv of util-linux")
	}
	g, dir := NewWithT(t), t.TempDir()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimFolder+"="+dir)
	output, err := victim.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(victim.Start()).To(Succeed())
	defer func() { _ = victim.Process.Kill() }()

	said, err := bufio.NewReader(output).ReadString('\n')
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(said).To(Equal("started\n"))
	g.Expect(processesNaming(t, dir)).To(HaveLen(5))

	g.Expect(victim.Process.Kill()).To(Succeed())
	g.Expect(victim.Wait()).NotTo(Succeed())
	g.Eventually(func() []string { return processesNaming(t, dir) }, patience).Should(BeEmpty())
}
