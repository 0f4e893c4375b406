// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const trial = `
clusterName: test
sites:
- name: acme
  spec: {host: acme.atlassian.net, credentials: {secretName: acme-jira}, templates: {url: "https://acme.example/{{ .Name }}"}}
  secret: {clientID: id, clientSecret: canary}
`

// testRelease is one story: each step stands on the one before.
func (w *world) testRelease(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	helm := func(values string, args ...string) string {
		t.Helper()
		out, err := w.helm(t, values, args...)
		g.Expect(err).NotTo(HaveOccurred())
		return out
	}
	site := func() *v1alpha1.JiraSite {
		t.Helper()
		var site v1alpha1.JiraSite
		g.Expect(w.kube.Get(ctx, client.ObjectKey{Name: "acme"}, &site)).To(Succeed())
		return &site
	}

	// A site of a kind that there is not, and will not be.
	_, err := w.helm(t, trial, "install", "rollcall", chart, "--set=crds.enabled=false")
	g.Expect(err).To(MatchError(ContainSubstring("sites needs the kind JiraSite, which this cluster does not have")))

	// Alerts for a Prometheus operator that there is not.
	_, err = w.helm(t, alerts(""), "install", "rollcall", chart)
	g.Expect(err).To(MatchError(ContainSubstring("metrics.prometheusRule.enabled needs the kind PrometheusRule, which this cluster does not have")))

	// An image that nobody has made.
	_, err = w.helm(t, `image: {repository: ""}`, "install", "rollcall", chart)
	g.Expect(err).To(MatchError(ContainSubstring("image.repository is empty: build an image")))

	// What the notes tell to do fits the keys that the sites ask for.
	notes := helm(`sites:
- {name: acme, spec: {host: acme.example, credentials: {secretName: acme-jira}}}
- {name: other, spec: {host: other.example, credentials: {secretName: other-jira, clientIDKey: id, clientSecretKey: key}}}
`, "install", "rollcall", chart, "--dry-run=client")
	g.Expect(notes).To(And(
		ContainSubstring("create secret generic acme-jira \\\n       --from-literal=client-id=CLIENT_ID --from-file=client-secret=./client-secret.txt\n"),
		ContainSubstring("create secret generic other-jira \\\n       --from-literal=id=CLIENT_ID --from-file=key=./client-secret.txt\n"),
	))

	// The CRD, the site and its Secret come with one command.
	notes = helm(trial, "install", "rollcall", chart, "--wait", "--timeout=2m")
	g.Expect(notes).To(And(
		ContainSubstring("kubectl -n rollcall-system rollout status deployment/rollcall"),
		ContainSubstring("kubectl wait --for=condition=Ready jirasite/acme"),
		ContainSubstring("WARNING: the client secret of the site acme came from the values"),
	))
	g.Expect(notes).NotTo(ContainSubstring("canary"))
	uid := site().UID
	g.Expect(site().Spec.Templates.URL).To(Equal("https://acme.example/{{ .Name }}"))
	var secret corev1.Secret
	g.Expect(w.kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "acme-jira"}, &secret)).To(Succeed())
	g.Expect(secret.Data).To(Equal(map[string][]byte{"client-id": []byte("id"), "client-secret": []byte("canary")}))

	// The next upgrade makes the site a part of the release, and changes it.
	helm(trial, "upgrade", "rollcall", chart, "--set=sites[0].spec.dryRun=true", "--set=sites[0].spec.host=acme.atlassian.net",
		"--set=sites[0].name=acme", "--set=sites[0].spec.credentials.secretName=acme-jira")
	g.Expect(site()).To(And(HaveField("UID", uid), HaveField("Spec.DryRun", true)))
	g.Expect(site().Annotations).NotTo(HaveKey("helm.sh/hook"))
	g.Expect(helm("", "get", "manifest", "rollcall")).To(ContainSubstring("kind: JiraSite"))

	// Its test has a pod that may run, and a role to look at the site.
	w.testTest(t)

	// Neither a forgotten value nor a rollback takes a site, and its records, away.
	helm("", "upgrade", "rollcall", chart)
	g.Expect(site().UID).To(Equal(uid))
	helm("", "rollback", "rollcall", "1")
	g.Expect(site().UID).To(Equal(uid))

	// What is left after an uninstall is what holds data, and the next release takes it over.
	helm("", "uninstall", "rollcall", "--wait")
	err = w.kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "rollcall"}, &appsv1.Deployment{})
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "%v", err)
	g.Expect(site().UID).To(Equal(uid))
	helm(trial, "install", "rollcall", chart)
	g.Expect(site()).To(HaveField("UID", uid))

	// Who does not want the data says so before.
	helm("", "upgrade", "rollcall", chart, "--set=crds.keep=false")
	helm("", "uninstall", "rollcall", "--wait")
	g.Expect(w.definition(t)).To(BeNil())

	// The others' release. It has the name and the place of the one before, and a CRD that is new again.
	helm(trial, "install", "rollcall", chart)
	g.Expect(w.definition(t)).NotTo(BeNil())
	g.Expect(site().UID).NotTo(Equal(uid))
	g.Expect(w.kube.Delete(ctx, site())).To(Succeed())
}

// testTest plays the kubelet: it finds that the pod of helm test succeeded.
func (w *world) testTest(t *testing.T) {
	t.Helper()
	g, ctx := NewWithT(t), t.Context()
	done := make(chan error, 1)
	go func() {
		_, err := w.helm(t, "", "test", "rollcall", "--timeout=1m")
		done <- err
	}()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "rollcall-test"}}
	g.Eventually(func(g Gomega) {
		g.Expect(w.kube.Get(ctx, client.ObjectKeyFromObject(pod), pod)).To(Succeed())
		g.Expect(pod.Status.Phase).To(Equal(corev1.PodRunning))
		g.Expect(w.may(ctx, g, "system:serviceaccount:"+namespace+":rollcall-test", "get", "rollcall.dev/jirasites", "", "acme")).To(BeTrue())
		g.Expect(w.may(ctx, g, "system:serviceaccount:"+namespace+":rollcall-test", "get", "rollcall.dev/jirasites", "", "other")).To(BeFalse())
	}).Should(Succeed())
	g.Expect(pod.Spec.Containers[0].Args).To(Equal([]string{"wait-sites", "--timeout=60s", "acme"}))
	patch := client.RawPatch(types.MergePatchType, []byte(`{"status": {"phase": "Succeeded"}}`))
	g.Expect(w.kube.Status().Patch(ctx, pod, patch)).To(Succeed())
	g.Expect(<-done).NotTo(HaveOccurred())
}

// definition returns the CRD of JiraSites; nil where there is none.
func (w *world) definition(t *testing.T) *metav1.PartialObjectMetadata {
	t.Helper()
	crd := &metav1.PartialObjectMetadata{}
	crd.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	err := w.kube.Get(t.Context(), client.ObjectKey{Name: "jirasites.rollcall.dev"}, crd)
	if apierrors.IsNotFound(err) {
		return nil
	}
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return crd
}
