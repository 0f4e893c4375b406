// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var _ = Describe("Metrics", func() {
	It("are for those whom the API server lets read them, and for nobody else", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "monitoring")
		Expect(askForMetrics("")).To(Equal(http.StatusUnauthorized))
		Expect(askForMetrics(tokenOf(ctx, namespace, "nobody"))).To(Equal(http.StatusForbidden))
		Expect(scrape(ctx)).To(ContainSubstring(`rollcall_site_ready{reason="Ready",site="acme"} 1`))
	})

	It("are no more with more workloads", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-1").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-1"})
		text := scrape(ctx)
		Expect(text).To(And(
			ContainSubstring(`rollcall_deployments_finished_total{environment_type="production",site="acme",state="successful"}`),
			ContainSubstring(`rollcall_jira_requests_total{api="deployments",code="202",site="acme"}`),
			ContainSubstring(`rollcall_jira_requests_total{api="token",code="200",site="acme"}`),
			ContainSubstring(`rollcall_batch_records_count{kind="JiraDeployment",site="acme"}`),
			ContainSubstring(`rollcall_build_info{`)))
		before := series(text)
		for n := range 10 {
			create(ctx, makeDeployment(namespace, fmt.Sprintf("web-%d", n)).IssueKeys("SHOP-1").Obj())
		}
		Eventually(func() []shown { return inJira(namespace) }).Should(And(HaveLen(11), HaveEach(WithTransform(func(s shown) string { return s.state }, Equal("successful")))))
		Expect(series(scrape(ctx))).To(Equal(before))
	})
})

// series returns the names and labels of Rollcall's own metrics, but for one that is shown only while records wait.
func series(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(name, "rollcall_") && !strings.HasPrefix(name, "rollcall_records_oldest_pending") {
			names = append(names, name)
		}
	}
	return names
}

// scrape returns the metrics, as Prometheus would get them.
func scrape(ctx context.Context) string {
	GinkgoHelper()
	status, body := metricsFor(metricsToken(ctx))
	Expect(status).To(Equal(http.StatusOK))
	return body
}

// metricsToken returns the token of somebody who may read metrics.
func metricsToken(ctx context.Context) string {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "monitoring")
	token := tokenOf(ctx, namespace, "prometheus")
	create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "rollcall-metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "prometheus"}},
	})
	// The manager remembers a refusal for half a minute: wait for the binding to count.
	Eventually(func(g Gomega) {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User:                  "system:serviceaccount:" + namespace + ":prometheus",
			NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: "/metrics", Verb: "get"},
		}}
		g.Expect(kube.Create(ctx, review)).To(Succeed())
		g.Expect(review.Status.Allowed).To(BeTrue())
	}).Should(Succeed())
	return token
}

func askForMetrics(token string) int {
	GinkgoHelper()
	status, _ := metricsFor(token)
	return status
}

func metricsFor(token string) (int, string) {
	GinkgoHelper()
	request, err := http.NewRequest(http.MethodGet, "https://"+metricsAddress+"/metrics", nil)
	Expect(err).NotTo(HaveOccurred())
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The manager made the certificate itself.
	response, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}).Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return response.StatusCode, string(body)
}

// tokenOf makes a ServiceAccount, and returns a token of it.
func tokenOf(ctx context.Context, namespace, name string) string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	create(ctx, account)
	request := &authenticationv1.TokenRequest{}
	Expect(kube.SubResource("token").Create(ctx, account, request)).To(Succeed())
	return request.Status.Token
}
