// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/check"
)

const proxyPassword = "hunter2-of-the-proxy"

// makeManager creates the Deployment that the chart would, beside the suite's process.
func makeManager(ctx context.Context) *appsv1.Deployment {
	GinkgoHelper()
	d := makeDeployment(operatorNamespace, "rollcall").Image("registry.example/rollcall:dev").Obj()
	d.Spec.Template.Spec.ServiceAccountName = "rollcall"
	c := &d.Spec.Template.Spec.Containers[0]
	c.Name = "manager"
	c.Args = []string{"--leader-elect", "--workloads=deployments,statefulsets", "--builds=jobs", "--ca-file=/etc/rollcall/ca/ca.crt"}
	c.Env = []corev1.EnvVar{{Name: "HTTPS_PROXY", Value: "http://me:" + proxyPassword + "@proxy.example:3128"}, {Name: "ACME_TOKEN", Value: "token-" + canary}}
	c.SecurityContext = &corev1.SecurityContext{ // what the namespace demands
		AllowPrivilegeEscalation: ptr.To(false), RunAsNonRoot: ptr.To(true), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	c.VolumeMounts = []corev1.VolumeMount{{Name: "ca", MountPath: "/etc/rollcall/ca"}}
	d.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "ca", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	create(ctx, d)
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(d.Status.AvailableReplicas).To(BeEquivalentTo(1))
	}).Should(Succeed())
	return d
}

// findings runs check, and returns the statuses and the messages of its lines.
func findings(ctx context.Context, kubeconfig string, args ...string) (code int, statuses map[string]check.Status, messages map[string]string) {
	GinkgoHelper()
	r := rollcall(ctx, kubeconfig, append([]string{"check", "-o", "json"}, args...)...)
	Expect(r.String()).NotTo(ContainSubstring(proxyPassword))
	var a check.Answer
	Expect(json.Unmarshal([]byte(r.stdout), &a)).To(Succeed(), r.String())
	Expect(a.OK).To(Equal(r.code == 0))
	statuses, messages = map[string]check.Status{}, map[string]string{}
	for _, f := range a.Findings {
		statuses[f.Check], messages[f.Check] = f.Status, f.Message
	}
	return r.code, statuses, messages
}

var _ = Describe("check", func() {
	It("finds nothing wrong with a cluster that works", func(ctx SpecContext) {
		makeManager(ctx)
		out := rollcallOK(ctx, "check")
		Expect(regexp.MustCompile(`(?m)^[✗!]`).FindString(out)).To(BeEmpty(), out)
		for _, line := range []string{`API server +Kubernetes v1\.`, `CRD jirabuilds`, `CRD jirasites +served as v1alpha1`, `manager +Deployment rollcall is available`,
			`proxy +HTTPS_PROXY leads to proxy.example:3128`, `CA +--ca-file=/etc/rollcall/ca/ca.crt, from the volume ca`, `leader `, `rights `, `JiraSite acme +Ready`,
			`Secret acme-jira +has client-id and client-secret`, `records of acme`} {
			Expect(out).To(MatchRegexp(`(?m)^✔ +` + line))
		}
		Expect(out).NotTo(ContainSubstring(proxyPassword))
		code, _, _ := findings(ctx, control.Kubeconfig())
		Expect(code).To(BeZero())
	})

	It("says what cannot be seen with the role view, and what can", func(ctx SpecContext) {
		makeManager(ctx)
		viewer := makeViewer(ctx, makeNamespace(ctx, "prod"))
		Eventually(func(g Gomega) { // the rights of a role take a moment
			code, statuses, messages := findings(ctx, viewer)
			g.Expect(statuses).To(HaveKeyWithValue("manager", check.OK), messages["manager"])
			g.Expect(statuses).To(HaveKeyWithValue("CRD jirasites", check.OK))
			g.Expect(statuses).To(HaveKeyWithValue("JiraSite acme", check.OK))
			for _, unseen := range []string{"CRD jirasites, stored", "leader", "rights", "Secret acme-jira"} {
				g.Expect(statuses).To(HaveKeyWithValue(unseen, check.Unseen), messages[unseen])
				g.Expect(messages[unseen]).To(ContainSubstring("cannot be seen with your rights"))
			}
			g.Expect(code).To(BeZero())
		}).Should(Succeed())
	})

	It("names a Secret that lacks a key, and the site that is not Ready for it", func(ctx SpecContext) {
		makeManager(ctx)
		mendSecret(ctx, "broken-jira", clientID, "")
		create(ctx, makeSite("broken"))
		awaitReason(ctx, "broken", v1alpha1.ReasonSecretIncomplete)
		code, statuses, messages := findings(ctx, control.Kubeconfig())
		Expect(code).To(Equal(1))
		Expect(statuses).To(HaveKeyWithValue("JiraSite broken", check.Failed))
		Expect(messages["JiraSite broken"]).To(HavePrefix("SecretIncomplete: "))
		Expect(statuses).To(HaveKeyWithValue("Secret broken-jira", check.Failed))
		Expect(messages["Secret broken-jira"]).To(Equal("has no client-secret, or it is empty"))
		Expect(statuses).To(HaveKeyWithValue("JiraSite acme", check.OK))
	})

	It("names a manager without replicas, and a lease that nobody holds", func(ctx SpecContext) {
		d := makeManager(ctx)
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](0) })
		Expect(running.Stop()).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			runManager()
			Eventually(func(g Gomega) {
				_, statuses, _ := findings(ctx, control.Kubeconfig())
				g.Expect(statuses).To(HaveKeyWithValue("leader", check.OK))
			}).Should(Succeed())
		})
		code, statuses, messages := findings(ctx, control.Kubeconfig())
		Expect(code).To(Equal(1))
		Expect(messages["manager"]).To(ContainSubstring("has no replicas"))
		Expect(statuses).To(HaveKeyWithValue("leader", check.Failed))
		Expect(messages["leader"]).To(ContainSubstring("nobody holds the lease"))
	})

	It("names a field that the CRD in the cluster lacks", func(ctx SpecContext) {
		makeManager(ctx)
		crds := crdClient()
		var crd apiextensionsv1.CustomResourceDefinition
		key := client.ObjectKey{Name: "jirasites.rollcall.dev"}
		Expect(crds.Get(ctx, key, &crd)).To(Succeed())
		whole := crd.DeepCopy()
		delete(crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"].Properties, "requestsPerMinute")
		Expect(crds.Update(ctx, &crd)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(crds.Get(ctx, key, &crd)).To(Succeed())
			crd.Spec = whole.Spec
			Expect(crds.Update(ctx, &crd)).To(Succeed())
			Eventually(func(g Gomega) {
				_, statuses, _ := findings(ctx, control.Kubeconfig())
				g.Expect(statuses).To(HaveKeyWithValue("CRD jirasites", check.OK))
			}).Should(Succeed())
		})
		Eventually(func(g Gomega) { // what is served follows what is stored
			code, statuses, messages := findings(ctx, control.Kubeconfig())
			g.Expect(code).To(Equal(1))
			g.Expect(statuses).To(HaveKeyWithValue("CRD jirasites", check.Failed))
			g.Expect(messages["CRD jirasites"]).To(HavePrefix("lacks spec.requestsPerMinute: "))
		}).Should(Succeed())
	})

	It("says before an installation who may not install, and which CRDs are there", func(ctx SpecContext) {
		code, statuses, messages := findings(ctx, control.Kubeconfig(), "--pre")
		Expect(code).To(BeZero())
		Expect(messages["CRD jirasites"]).To(ContainSubstring("there already"))
		Expect(statuses).To(HaveKeyWithValue("create CRDs", check.OK))

		code, statuses, messages = findings(ctx, makeTenant(ctx, makeNamespace(ctx, "prod")), "--pre")
		Expect(code).To(Equal(1))
		Expect(statuses).To(HaveKeyWithValue("CRD jirasites", check.Unseen))
		Expect(statuses).To(HaveKeyWithValue("create Secrets", check.Failed))
		Expect(messages["create Secrets"]).To(Equal("you may not create secrets in rollcall-system"))
	})

	It("says that there is no Rollcall in a namespace", func(ctx SpecContext) {
		r := rollcall(ctx, control.Kubeconfig(), "check", "--operator-namespace=default")
		Expect(r.code).To(Equal(1))
		Expect(r.stdout).To(ContainSubstring("the namespace default has no Deployment of Rollcall's manager"))
		Expect(r.stdout).To(ContainSubstring("-> install Rollcall, or name its namespace with --operator-namespace"))
	})
})

// crdClient returns a client that knows CRDs.
func crdClient() client.Client {
	GinkgoHelper()
	c, err := client.New(control.Config(), client.Options{})
	Expect(err).NotTo(HaveOccurred())
	Expect(apiextensionsv1.AddToScheme(c.Scheme())).To(Succeed())
	return c
}
