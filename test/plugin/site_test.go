// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// secretFile writes a file with a client secret.
func secretFile(secret string) string {
	GinkgoHelper()
	path := filepath.Join(GinkgoT().TempDir(), "secret.txt")
	Expect(os.WriteFile(path, []byte(secret+"\n"), 0o600)).To(Succeed())
	return path
}

// siteArgs are the arguments that make a site at the suite's Jira. The JiraSite and the Secret are deleted after the test.
func siteArgs(name, secret string, more ...string) []string {
	GinkgoHelper()
	DeferCleanup(func(ctx SpecContext) {
		for _, o := range []client.Object{
			&v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: name}},
			&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name + "-jira"}},
		} {
			Expect(client.IgnoreNotFound(kube.Delete(ctx, o))).To(Succeed())
		}
	})
	return append([]string{
		"site", "create", name, "--host=" + jiraNow.Host(), "--api-url=" + jiraNow.URL(), "--project=PAY",
		"--environment=prod-eu:production:*-prod,*-production", "--client-id=" + clientID, "--client-secret-file=" + secretFile(secret),
	}, more...)
}

func exists(ctx context.Context, name string) (site, secret bool) {
	GinkgoHelper()
	errSite := kube.Get(ctx, client.ObjectKey{Name: name}, &v1alpha1.JiraSite{})
	errSecret := kube.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: name + "-jira"}, &corev1.Secret{})
	for _, err := range []error{errSite, errSecret} {
		Expect(err == nil || apierrors.IsNotFound(err)).To(BeTrue())
	}
	return errSite == nil, errSecret == nil
}

var _ = Describe("site create", func() {
	It("makes a site that is Ready, and changes it only where that is asked for", func(ctx SpecContext) {
		out := rollcallOK(ctx, siteArgs("made", canary)...)
		Expect(out).To(HavePrefix("Secret rollcall-system/made-jira written\nJiraSite made written\n"))
		Expect(out).To(ContainSubstring("made: Ready: "))

		var site v1alpha1.JiraSite
		Expect(kube.Get(ctx, client.ObjectKey{Name: "made"}, &site)).To(Succeed())
		Expect(site.Spec.Environments).To(Equal([]v1alpha1.EnvironmentRule{{ID: "prod-eu", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod", "*-production"}}}))
		var secret corev1.Secret
		Expect(kube.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: "made-jira"}, &secret)).To(Succeed())
		Expect(secret.Data).To(HaveKeyWithValue(v1alpha1.SecretClientSecret, []byte(canary)), "without the line break")
		Expect(site.ManagedFields[0].Manager).To(Equal("kubectl-rollcall"))
		Expect(site.ManagedFields[0].Operation).To(Equal(metav1.ManagedFieldsOperationApply))

		r := rollcall(ctx, control.Kubeconfig(), siteArgs("made", "another")...)
		Expect(r.code).To(Equal(1), r.String())
		Expect(r.stderr).To(ContainSubstring("there is a Secret rollcall-system/made-jira already, and nothing was written"))
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(&secret), &secret)).To(Succeed())
		Expect(secret.Data).To(HaveKeyWithValue(v1alpha1.SecretClientSecret, []byte(canary)))

		rollcallOK(ctx, siteArgs("made", canary, "--overwrite", "--project=SHOP")...)
		Expect(kube.Get(ctx, client.ObjectKey{Name: "made"}, &site)).To(Succeed())
		Expect(site.Spec.Projects).To(ConsistOf("PAY", "SHOP"))
		rollcallOK(ctx, siteArgs("made", canary, "--overwrite")...)
		Expect(kube.Get(ctx, client.ObjectKey{Name: "made"}, &site)).To(Succeed())
		Expect(site.Spec.Projects).To(ConsistOf("PAY"))

		Expect(rollcallOK(ctx, "site", "wait", "made")).To(HavePrefix("made: Ready: "))
	})

	It("says why a site does not get Ready, and that it stays", func(ctx SpecContext) {
		r := rollcall(ctx, control.Kubeconfig(), siteArgs("wrong", "wrong-"+clientID, "--timeout=8s")...)
		Expect(r.code).To(Equal(1), r.String())
		Expect(r.stdout).To(ContainSubstring("wrong: CredentialsRejected: "))
		Expect(r.stderr).To(ContainSubstring("the JiraSite wrong was written and stays, and is not Ready after 8s"))
		Expect(r.stderr).To(ContainSubstring("kubectl rollcall site wait wrong"))
		Expect(r.String()).NotTo(ContainSubstring("wrong-" + clientID))
		site, secret := exists(ctx, "wrong")
		Expect(site && secret).To(BeTrue())
		r = rollcall(ctx, control.Kubeconfig(), "site", "wait", "wrong", "--timeout=1s")
		Expect(r.code).To(Equal(1), r.String())
	})

	It("writes nothing where the API server would refuse", func(ctx SpecContext) {
		for flag, want := range map[string]string{
			"--host=https://acme.atlassian.net": "must be a host name in lower case",
			"--project=shop":                    "must be a project key in upper case",
			"--environment=prod:live:*-prod":    "Unsupported value",
		} {
			r := rollcall(ctx, control.Kubeconfig(), siteArgs("refused", canary, flag)...)
			Expect(r.code).To(Equal(1), r.String())
			Expect(r.stderr).To(And(ContainSubstring(want), ContainSubstring("nothing was written")))
		}
		rollcallOK(ctx, siteArgs("refused", canary, "--dry-run=server")...)
		site, secret := exists(ctx, "refused")
		Expect(site || secret).To(BeFalse())
	})

	It("prints what it would write, without the client secret", func(ctx SpecContext) {
		r := rollcall(ctx, control.Kubeconfig(), siteArgs("printed", canary, "--dry-run=client")...)
		Expect(r.code).To(BeZero(), r.String())
		Expect(r.stdout).To(And(ContainSubstring("kind: JiraSite"), ContainSubstring("kind: Secret"), ContainSubstring("client-id: "+clientID)))
		Expect(r.stderr).To(ContainSubstring("The client secret is left out"))
		site, secret := exists(ctx, "printed")
		Expect(site || secret).To(BeFalse())
	})

	It("does not take the secret from an argument, and asks nobody where there is no terminal", func(ctx SpecContext) {
		r := rollcall(ctx, control.Kubeconfig(), "site", "create", "acme2", "--client-secret=x")
		Expect(r.code).To(Equal(2), r.String())
		r = rollcall(ctx, control.Kubeconfig(), "site", "create", "acme2", "--host=acme.atlassian.net", "--client-id=x")
		Expect(r.code).To(Equal(2), r.String())
		Expect(r.stderr).To(ContainSubstring("--client-secret-file"))
		r = rollcall(ctx, control.Kubeconfig(), "site", "create", "acme2")
		Expect(r.code).To(Equal(2), r.String())
		Expect(r.stderr).To(ContainSubstring("--host is missing"))
	})
})
