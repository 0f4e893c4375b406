package e2e

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"

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
		Expect(scrape(ctx)).To(ContainSubstring(`rollcall_site_ready{site="acme"} 1`))
	})
})

// scrape returns the metrics, as Prometheus would get them.
func scrape(ctx context.Context) string {
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
	status, body := metricsFor(token)
	Expect(status).To(Equal(http.StatusOK))
	return body
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
