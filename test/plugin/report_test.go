// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"archive/zip"
	"context"
	"io"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// makeReport writes a report, and returns its files and what was said.
func makeReport(ctx context.Context, kubeconfig string, args ...string) (map[string]string, result) {
	GinkgoHelper()
	path := filepath.Join(GinkgoT().TempDir(), "report.zip")
	r := rollcall(ctx, kubeconfig, append([]string{"report", "--file=" + path}, args...)...)
	Expect(r.code).To(BeZero(), r.String())
	archive, err := zip.OpenReader(path)
	Expect(err).NotTo(HaveOccurred())
	defer archive.Close()
	files := map[string]string{}
	for _, f := range archive.File {
		content, err := archive.Open(f.Name)
		Expect(err).NotTo(HaveOccurred())
		text, err := io.ReadAll(content)
		Expect(err).NotTo(HaveOccurred())
		files[f.Name] = string(text)
		for _, secret := range []string{canary, proxyPassword, "managedFields", "last-applied"} {
			Expect(files[f.Name]).NotTo(ContainSubstring(secret), f.Name)
		}
	}
	return files, r
}

var _ = Describe("report", func() {
	It("holds what Rollcall did, and no secret", func(ctx SpecContext) {
		makeManager(ctx)
		mine, others := makeNamespace(ctx, "prod"), makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(mine, "web").IssueKeys("SHOP-61").Obj())
		create(ctx, makeDeployment(others, "api").IssueKeys("SHOP-62").Obj())
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, others, v1alpha1.ReasonAccepted)

		files, r := makeReport(ctx, control.Kubeconfig())
		Expect(r.stdout).To(And(ContainSubstring("report.zip: "), ContainSubstring("Look at it before you show it to others")))
		Expect(files).To(HaveKeyWithValue("namespaces/"+mine+"/jiradeployments.yaml", ContainSubstring("SHOP-61")))
		Expect(files).To(HaveKeyWithValue("namespaces/"+others+"/jiradeployments.yaml", ContainSubstring("SHOP-62")))
		Expect(files).To(HaveKeyWithValue("namespaces/"+mine+"/events.yaml", And(ContainSubstring("kind: Deployment"), Not(ContainSubstring("kind: Pod")))))
		Expect(files).To(HaveKeyWithValue("manager/deployment.yaml", ContainSubstring("value: '[redacted]@proxy.example:3128'")))
		Expect(files).To(HaveKey("manager/pods.yaml"))
		Expect(files).To(HaveKeyWithValue("manager/lease.yaml", ContainSubstring("holderIdentity")))
		Expect(files).To(HaveKeyWithValue("jirasites.yaml", ContainSubstring("name: acme")))
		Expect(files).To(HaveKeyWithValue("versions.txt", And(ContainSubstring("API server: v1."), ContainSubstring("CRD: jirasites.rollcall.dev"))))

		files, _ = makeReport(ctx, control.Kubeconfig(), "--issue=shop-61")
		Expect(files).To(HaveKey("namespaces/" + mine + "/jiradeployments.yaml"))
		Expect(files).NotTo(HaveKey("namespaces/" + others + "/jiradeployments.yaml"))

		tenant := makeTenant(ctx, mine)
		Eventually(func(g Gomega) { // the rights of a role take a moment
			files, r = makeReport(ctx, tenant)
			g.Expect(files).To(HaveKeyWithValue("namespaces/"+mine+"/jiradeployments.yaml", ContainSubstring("SHOP-61")))
		}).Should(Succeed())
		Expect(files).NotTo(HaveKey("namespaces/" + others + "/jiradeployments.yaml"))
		Expect(files).To(HaveKey("jirasites.yaml"))
		for _, unread := range []string{"the manager's Deployment", "the lease of the leader", "JiraDeployments of all namespaces"} {
			Expect(files["not-read.txt"]).To(ContainSubstring(unread))
			Expect(r.stderr).To(ContainSubstring("Not read: " + unread))
		}
	})

	It("overwrites no file", func(ctx SpecContext) {
		path := secretFile("something else")
		r := rollcall(ctx, control.Kubeconfig(), "report", "--file="+path)
		Expect(r.code).To(Equal(1), r.String())
		Expect(r.stderr).To(ContainSubstring("file exists"))
	})
})
