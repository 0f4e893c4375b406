// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var _ = Describe("The client secret", func() {
	It("stands in no log at the highest verbosity, no Event, no object, no metric", func(ctx SpecContext) {
		// Everything that may say too much happens here once more, whatever ran before: a refused
		// credential, a server that sends back what it got, an expired token.
		provokeErrors(ctx)

		log, err := os.ReadFile(managerLog)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(log)).To(ContainSubstring("Site changed"), "the log that is searched is the manager's")
		Expect(string(log)).To(ContainSubstring("Listing and watching"), "it says all that it may")
		Expect(string(log)).NotTo(ContainSubstring("Response Body"), "a list of Secrets is one")
		expectNoSecret("the log", string(log))

		audit, err := os.ReadFile(auditFile)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(audit)).To(ContainSubstring(`"issueKeys":["SHOP-300"]`), "the file says what was sent")
		expectNoSecret("the audit file", string(audit))

		all := events(ctx)
		Expect(all).NotTo(BeEmpty())
		for i := range all {
			expectNoSecret("Event "+all[i].Name, asJSON(all[i]))
		}
		expectNoSecret("the metrics", scrape(ctx))
		Expect(searchObjects(ctx)).To(BeNumerically(">", 20), "kinds that were searched")
	})

	It("can be read by the manager in its own namespace, and nowhere else", func(ctx SpecContext) {
		as := asManager(ctx)
		namespace := makeNamespace(ctx, "prod")
		create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other"}})
		create(ctx, makeDeployment(namespace, "web").Obj())

		var secret corev1.Secret
		Expect(as.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: "acme-jira"}, &secret)).To(Succeed())
		for what, attempt := range map[string]func() error{
			"read a Secret elsewhere": func() error { return as.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "other"}, &secret) },
			"list all Secrets":        func() error { return as.List(ctx, &corev1.SecretList{}) },
			"change its Secret": func() error {
				return as.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "acme-jira"}})
			},
			"change a workload":         func() error { return as.Delete(ctx, makeDeployment(namespace, "web").Obj()) },
			"change a site":             func() error { return as.Delete(ctx, makeSite("acme")) },
			"list the pods":             func() error { return as.List(ctx, &corev1.PodList{}) },
			"create a workload":         func() error { return as.Create(ctx, makeDeployment(namespace, "evil").Obj()) },
			"read what configures apps": func() error { return as.List(ctx, &corev1.ConfigMapList{}) },
		} {
			Expect(apierrors.IsForbidden(attempt())).To(BeTrue(), what+" is forbidden")
		}
	})
})

func provokeErrors(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "prod")
	echo := `{"error":"invalid_client","error_description":"` + canary + `"}`
	jiraNow.Inject(jiratest.Fault{Match: jiratest.Token, Status: http.StatusUnauthorized, Body: echo, Times: 2})
	jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusInternalServerError, Body: canary, Times: 1})
	DeferCleanup(jiraNow.ClearFaults)
	jiraNow.ExpireTokens()
	create(ctx, handmade(namespace, "SHOP-300"))
	awaitReason(ctx, "acme", v1alpha1.ReasonCredentialsRejected)
	awaitJira(namespace, shown{1, "successful", "production", "SHOP-300"})
	Eventually(func(g Gomega) {
		var records v1alpha1.JiraDeploymentList
		g.Expect(kube.List(ctx, &records, client.InNamespace(namespace))).To(Succeed())
		g.Expect(records.Items).To(HaveLen(1))
		history := records.Items[0].Status.History
		g.Expect(history).NotTo(BeEmpty())
		g.Expect(history[0].Reason).To(Equal(v1alpha1.ReasonAccepted))
		g.Expect(history[0].Issues).To(Equal("SHOP-300"))
	}).Should(Succeed())
	awaitReason(ctx, "acme", v1alpha1.ReasonReady)
}

// token is an access token in a header; client-go masks those that it logs.
var token = regexp.MustCompile(`Bearer [^<]`)

// expectNoSecret fails where a text holds the secret, in any spelling that may have slipped through. It
// does not print the text: a failure must not leak it either.
func expectNoSecret(what, text string) {
	GinkgoHelper()
	for name, spelling := range map[string]string{
		"as it is":           canary,
		"in base64":          base64.StdEncoding.EncodeToString([]byte(canary))[:20],
		"in URL encoding":    url.QueryEscape(canary),
		"without its prefix": strings.TrimPrefix(canary, "canary-"),
	} {
		Expect(strings.Contains(text, spelling)).To(BeFalse(), what+" holds the client secret "+name)
	}
	Expect(token.MatchString(text)).To(BeFalse(), what+" holds a token")
}

func asJSON(o any) string {
	GinkgoHelper()
	data, err := json.Marshal(o)
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}

func events(ctx context.Context) []eventsv1.Event {
	GinkgoHelper()
	var list eventsv1.EventList
	Expect(kube.List(ctx, &list)).To(Succeed())
	return list.Items
}

// searchObjects searches all objects of all kinds but Secrets, and returns how many kinds that were.
func searchObjects(ctx context.Context) int {
	GinkgoHelper()
	resources, err := discovery.NewDiscoveryClientForConfigOrDie(control.Config()).ServerPreferredResources()
	Expect(err).NotTo(HaveOccurred())
	kinds := 0
	for _, group := range resources {
		version, err := schema.ParseGroupVersion(group.GroupVersion)
		Expect(err).NotTo(HaveOccurred())
		for _, resource := range group.APIResources {
			if resource.Kind == "Secret" || !strings.Contains(strings.Join(resource.Verbs, " "), "list") {
				continue
			}
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(version.WithKind(resource.Kind + "List"))
			Expect(kube.List(ctx, list)).To(Succeed(), resource.Kind)
			expectNoSecret("a "+resource.Kind, asJSON(list.Items))
			kinds++
		}
	}
	return kinds
}

// asManager returns a client with the rights of the manager's ServiceAccount.
func asManager(ctx context.Context) client.Client {
	GinkgoHelper()
	path, err := control.ServiceAccountKubeconfig(ctx, operatorNamespace, "rollcall")
	Expect(err).NotTo(HaveOccurred())
	config, err := clientcmd.BuildConfigFromFlags("", path)
	Expect(err).NotTo(HaveOccurred())
	c, err := client.New(config, client.Options{Scheme: kube.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return c
}
