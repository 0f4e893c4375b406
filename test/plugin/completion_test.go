// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// completions are the words that a shell would offer.
func completions(ctx context.Context, kubeconfig string, args ...string) []string {
	GinkgoHelper()
	r := rollcall(ctx, kubeconfig, append([]string{"__complete"}, args...)...)
	Expect(r.code).To(BeZero(), r.String())
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	Expect(lines[len(lines)-1]).To(HavePrefix(":"), "the directive of cobra")
	return lines[:len(lines)-1]
}

var _ = Describe("Completion", func() {
	It("knows four shells", func(ctx SpecContext) {
		for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
			Expect(rollcallOK(ctx, "completion", shell)).To(ContainSubstring("__complete"), shell)
		}
	})

	It("offers issues, sites and namespaces that the user may read", func(ctx SpecContext) {
		mine, others := makeNamespace(ctx, "prod"), makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(mine, "web").IssueKeys("SHOP-71").Obj())
		create(ctx, makeDeployment(others, "api").IssueKeys("SHOP-72").Obj())
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, others, v1alpha1.ReasonAccepted)

		admin := control.Kubeconfig()
		Expect(completions(ctx, admin, "report", "--issue", "SHOP-7")).To(Equal([]string{"SHOP-71", "SHOP-72"}))
		Expect(completions(ctx, admin, "site", "wait", "ac")).To(Equal([]string{"acme"}))
		Expect(completions(ctx, admin, "site", "wait", "acme", "ac")).To(BeEmpty(), "it is there already")
		Expect(completions(ctx, admin, "why", "SHOP-7")).To(Equal([]string{"SHOP-71", "SHOP-72"}))
		Expect(completions(ctx, admin, "explain", "-n", mine, "")).To(Equal([]string{"deploy/web"}))
		Expect(completions(ctx, admin, "status", "-n", others, "deploy/")).To(Equal([]string{"deploy/api"}))
		Expect(completions(ctx, admin, "list", "--env", "prod")).To(Equal([]string{"production"}))
		Expect(completions(ctx, admin, "list", "--state", "f")).To(ContainElement("failed"))
		Expect(completions(ctx, admin, "check", "--namespace", mine)).To(Equal([]string{mine}))
		Expect(completions(ctx, admin, "check", "-o", "")).To(ConsistOf("table", "json", "yaml"))

		tenant := makeTenant(ctx, mine)
		Eventually(func() []string { return completions(ctx, tenant, "report", "--issue", "SHOP-7") }).Should(Equal([]string{"SHOP-71"}))
		Expect(completions(ctx, tenant, "check", "--namespace", "")).To(BeEmpty())
	})
})
