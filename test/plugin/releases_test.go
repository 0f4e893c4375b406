// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/releases"
)

var _ = Describe("kubectl rollcall list and timeline", func() {
	It("show releases and builds, across namespaces, by what is asked for", func(ctx SpecContext) {
		prod, dev := makeNamespace(ctx, "prod"), makeNamespace(ctx, "dev")
		create(ctx, makeDeployment(prod, "web").IssueKeys("SHOP-201").Obj())
		create(ctx, makeDeployment(dev, "web").IssueKeys("SHOP-201, SHOP-202").Obj())
		create(ctx, makeJob(dev, builds, map[string]string{v1alpha1.AnnotationBranch: "SHOP-202"}))
		awaitDelivered(ctx, prod, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, dev, v1alpha1.ReasonAccepted)
		Eventually(func() string { return rollcallOK(ctx, "timeline", "-A", "--issue=SHOP-202") }).Should(ContainSubstring("Job/build"))
		Eventually(func() string { return rollcallOK(ctx, "list", "-A", "--issue=shop-201", "--state=successful") }).Should(
			And(ContainSubstring(prod), ContainSubstring(dev), ContainSubstring("Accepted")))

		read := func(args ...string) []string {
			var entries []releases.Entry
			Expect(json.Unmarshal([]byte(rollcallOK(ctx, append(args, "-o", "json")...)), &entries)).To(Succeed())
			var found []string
			for _, e := range entries {
				if e.Namespace == prod || e.Namespace == dev {
					found = append(found, e.Namespace+" "+e.Workload)
				}
			}
			return found
		}
		Expect(read("list", "-A", "--issue=SHOP-201")).To(ConsistOf(prod+" Deployment/web", dev+" Deployment/web"))
		Expect(read("list", "-A", "--env=production")).To(ConsistOf(prod + " Deployment/web"))
		Expect(read("list", "-n", dev)).To(ConsistOf(dev + " Deployment/web"))
		Expect(read("list", "-A", "--state=failed")).To(BeEmpty())
		Expect(read("list", "-A", "--since=1h", "--issue=SHOP-202")).To(ConsistOf(dev + " Deployment/web"))
		Expect(read("timeline", "-n", dev)).To(ConsistOf(dev+" Deployment/web", dev+" Job/build"))
		for _, wrong := range [][]string{{"--issue=SHOP"}, {"--state=done"}, {"--since=now"}, {"--watch", "-o=json"}, {"web"}} {
			r := rollcall(ctx, control.Kubeconfig(), append([]string{"list"}, wrong...)...)
			Expect(r.code).To(Equal(2), r.String())
		}
	})

	It("go on with --watch, and show what changes", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-210").Obj())
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		cmd := exec.CommandContext(ctx, pluginBinary, "--kubeconfig="+control.Kubeconfig(), "timeline", "-n", namespace, "--watch")
		out, err := cmd.StdoutPipe()
		Expect(err).NotTo(HaveOccurred())
		Expect(cmd.Start()).To(Succeed())
		lines := make(chan string, 100)
		go func() {
			for scanner := bufio.NewScanner(out); scanner.Scan(); {
				lines <- scanner.Text()
			}
		}()
		DeferCleanup(func() {
			Expect(cmd.Process.Kill()).To(Succeed())
			_ = cmd.Wait() // it was killed
		})
		Eventually(lines).Should(Receive(HavePrefix("TIME ")))
		Eventually(lines).Should(Receive(ContainSubstring("SHOP-210")))
		create(ctx, makeDeployment(namespace, "api").IssueKeys("SHOP-211").Obj())
		Eventually(lines).Should(Receive(And(ContainSubstring("SHOP-211"), ContainSubstring("successful"), ContainSubstring("Accepted"))))
	})

	It("tenant: show nothing of another namespace, and say what could not be read", func(ctx SpecContext) {
		mine, others := makeNamespace(ctx, "prod"), makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(mine, "web").IssueKeys("SHOP-220").Obj())
		create(ctx, makeDeployment(others, "secret-plan").IssueKeys("SHOP-221").Obj())
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, others, v1alpha1.ReasonAccepted)
		tenant, viewer := makeTenant(ctx, mine), makeViewer(ctx, mine)
		Eventually(func() string { return rollcall(ctx, viewer, "list", "-A").stdout }).Should(And(ContainSubstring(mine), ContainSubstring(others)))
		Eventually(func() string { return rollcall(ctx, tenant, "list").stdout }).Should(ContainSubstring("SHOP-220"))

		for _, args := range [][]string{{"list"}, {"timeline"}, {"list", "-A"}, {"timeline", "-n", others}, {"why", "SHOP-221"}, {"why", "SHOP-221", "-A"}, {"why", "SHOP-220"}} {
			r := rollcall(ctx, tenant, args...)
			Expect(r.String()).NotTo(ContainSubstring("secret-plan"), strings.Join(args, " "))
		}
		for _, args := range [][]string{{"list", "-A"}, {"list", "-n", others}} {
			r := rollcall(ctx, tenant, args...)
			Expect(r.code).To(Equal(1), r.String())
			Expect(r.stderr).To(And(ContainSubstring("Could not read jiradeployments"), ContainSubstring("-n")))
		}
		r := rollcall(ctx, tenant, "why", "SHOP-220")
		Expect(r.code).To(BeZero(), r.String())
		Expect(r.stdout).To(ContainSubstring("You may not read records in all namespaces: this is namespace " + mine + " alone."))
		r = rollcall(ctx, tenant, "why", "SHOP-221")
		Expect(r.code).To(Equal(1), r.String())
		Expect(r.stdout).To(ContainSubstring("none of the 1 workloads in namespace " + mine))
		r = rollcall(ctx, viewer, "why", "SHOP-221")
		Expect(r.code).To(BeZero(), r.String())
		Expect(r.stdout).To(ContainSubstring("Deployment " + others + "/secret-plan, revision 1, was told as successful"))
	})

	It("why: says what a key is to whoever writes none", func(ctx SpecContext) {
		r := rollcall(ctx, control.Kubeconfig(), "why", "shop12")
		Expect(r.code).To(Equal(2), r.String())
		Expect(r.stderr).To(Equal("Error: \"shop12\" is no issue key: is it SHOP-12?\n"))
		r = rollcall(ctx, control.Kubeconfig(), "why")
		Expect(r.code).To(Equal(2), r.String())
	})
})
