// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var _ = Describe("The plug-in", func() {
	It("says its version, and without a command what it can", func(ctx SpecContext) {
		Expect(rollcallOK(ctx, "--version")).To(HavePrefix("kubectl rollcall version "))
		Expect(rollcallOK(ctx, "--help")).To(ContainSubstring("Rollcall puts every rollout on the Jira issues"))
	})

	It("does not understand every command line", func(ctx SpecContext) {
		r := rollcall(ctx, control.Kubeconfig(), "--no-such-flag")
		Expect(r.code).To(Equal(2), r.String())
		Expect(r.stderr).To(HavePrefix("Error: unknown flag: --no-such-flag"))
	})

	It("works on a cluster on which releases reach Jira, and where users may read little", func(ctx SpecContext) {
		mine, others := makeNamespace(ctx, "prod"), makeNamespace(ctx, "prod")
		d := makeDeployment(mine, "web").IssueKeys("SHOP-1").Obj()
		create(ctx, d)
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = "SHOP-2" })

		for kubeconfig, readsOthers := range map[string]bool{makeTenant(ctx, mine): false, makeViewer(ctx, others): true} {
			user := clientOf(kubeconfig)
			Eventually(func() error { return user.List(ctx, &v1alpha1.JiraDeploymentList{}, client.InNamespace(mine)) }).Should(Succeed())
			Expect(user.List(ctx, &v1alpha1.JiraSiteList{})).To(Succeed())
			Expect(user.List(ctx, &corev1.SecretList{}, client.InNamespace(mine))).NotTo(Succeed())
			err := user.List(ctx, &v1alpha1.JiraDeploymentList{}, client.InNamespace(others))
			Expect(err == nil).To(Equal(readsOthers))
		}
	})
})

// clientOf returns a client of the user of a kubeconfig.
func clientOf(kubeconfig string) client.Client {
	GinkgoHelper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	c, err := client.New(config, client.Options{Scheme: kube.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return c
}
