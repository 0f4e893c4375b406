// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/manager"
)

// released is how soon another replica leads after the leader has given the lease back: it looks every two seconds.
const released = 5 * time.Second

var _ = Describe("A second replica", func() {
	It("takes over within seconds when the leader is stopped, and sends only what is pending", func(ctx SpecContext) {
		done, late := makeNamespace(ctx, "done-prod"), makeNamespace(ctx, "late-prod")
		create(ctx, makeDeployment(done, "web").IssueKeys("SHOP-900").Obj())
		create(ctx, makeDeployment(late, "web").IssueKeys("SHOP-901").NeverReady(600).Obj())
		awaitJira(done, shown{1, "successful", "production", "SHOP-900"})
		awaitJira(late, shown{1, "in_progress", "production", "SHOP-901"})
		sent := bulkRequests(done)

		second := startReplica()
		first := leader(ctx)
		Expect(running.Stop()).To(Succeed())
		running = second
		Eventually(leader).WithArguments(ctx).WithTimeout(released).ShouldNot(BeElementOf(first, ""))

		healPods(ctx, late)
		awaitJira(late, shown{1, "successful", "production", "SHOP-901"})
		sendMarker(ctx)
		Expect(bulkRequests(done)).To(Equal(sent))
	})

	It("writes down what happened to a request that was under way when the leader was stopped", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Delay: 4 * time.Second, Times: 1})
		DeferCleanup(jiraNow.ClearFaults)
		create(ctx, handmade(namespace, "SHOP-902"))
		time.Sleep(time.Second) // Jira says of no request that it is under way; that this one was is seen below

		stopping := time.Now()
		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(1))
		request := slices.IndexFunc(jiraNow.Requests(), func(r jiratest.Request) bool {
			return slices.ContainsFunc(r.Deployments, func(d jira.Deployment) bool { return strings.Contains(d.Pipeline.ID, "/"+namespace+"/") })
		})
		Expect(jiraNow.Requests()[request].Time).To(BeTemporally("<", stopping))
		Expect(records(ctx, namespace)[0].Settled()).To(BeTrue())
	})
})

// startReplica starts one more manager, which serves metrics at an address of its own.
func startReplica() *manager.Process {
	GinkgoHelper()
	metricsAddress = freeAddress()
	managerFlags = slices.DeleteFunc(slices.Clone(managerFlags), func(flag string) bool { return strings.HasPrefix(flag, "--metrics-bind-address=") })
	managerFlags = append(managerFlags, "--metrics-bind-address="+metricsAddress)
	replica, err := manager.Start(managerBinary, managerLog, managerFlags...)
	Expect(err).NotTo(HaveOccurred())
	return replica
}

// leader returns who holds the lease.
func leader(ctx SpecContext) string {
	var lease coordinationv1.Lease
	if err := kube.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: "rollcall.rollcall.dev"}, &lease); err != nil || lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}
