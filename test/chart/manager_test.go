// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
	managerprocess "github.com/rollcall-dev/rollcall/test/manager"
)

// testManager runs the manager with the flags and the roles of a release that watches two namespaces: nothing that it
// does there is refused.
func (w *world) testManager(t *testing.T) {
	g, ctx, dir := NewWithT(t), t.Context(), t.TempDir()
	const values = `{watchNamespaces: [shop-prod, shop-dev], ` + scraped + `, metrics: {serviceMonitor: {enabled: true}}}`
	g.Expect(cluster.Apply(ctx, w.kube, "testdata/servicemonitor-crd.yaml")).To(Succeed())
	_, err := w.helm(t, values, "upgrade", "rollcall", chart, "--reset-values")
	g.Expect(err).NotTo(HaveOccurred())
	binary := w.managerBinary(t)
	kubeconfig, err := w.ServiceAccountKubeconfig(ctx, namespace, "rollcall")
	g.Expect(err).NotTo(HaveOccurred())
	probes, metrics, log := freeAddress(g), freeAddress(g), filepath.Join(dir, "manager.log")
	// Of a flag that is given twice the last counts.
	args := append(managerArgs(t, render(t, values)), "--kubeconfig="+kubeconfig, "--namespace="+namespace,
		"--health-probe-bind-address="+probes, "--metrics-bind-address="+metrics, "--zap-log-level=debug")
	process, err := managerprocess.Start(binary, log, args...)
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(process.Stop()).To(Succeed()) }()

	// It has read all that it watches.
	g.Eventually(func() (int, error) {
		response, err := http.Get("http://" + probes + "/readyz")
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}).Should(Equal(http.StatusOK))

	// It serves its metrics to the reader that the release made for Prometheus.
	var reader corev1.Secret
	g.Expect(w.kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "rollcall-metrics-reader"}, &reader)).To(Succeed())
	ask := func(g Gomega) int { return askForMetrics(g, metrics, string(reader.Data["token"])) }
	g.Eventually(ask).Should(Equal(http.StatusOK))
	g.Expect(askForMetrics(g, metrics, "")).To(Equal(http.StatusUnauthorized))

	site := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "absent"}, Spec: v1alpha1.JiraSiteSpec{
		Host: "absent.example", Credentials: v1alpha1.Credentials{SecretName: "absent"},
	}}
	g.Expect(w.kube.Create(ctx, site)).To(Succeed())
	for _, in := range []string{"elsewhere", "shop-prod", "shop-dev"} {
		g.Expect(w.kube.Create(ctx, web(in))).To(Succeed())
	}
	records := func(in string) func(Gomega) int {
		return func(g Gomega) int {
			var list v1alpha1.JiraDeploymentList
			g.Expect(w.kube.List(ctx, &list, client.InNamespace(in))).To(Succeed())
			return len(list.Items)
		}
	}
	g.Eventually(records("shop-prod")).Should(Equal(1))
	g.Eventually(records("shop-dev")).Should(Equal(1))
	g.Expect(records("elsewhere")(g)).To(BeZero())

	// It tells of a site where there is no namespace to tell it in.
	g.Eventually(func(g Gomega) {
		var list eventsv1.EventList
		g.Expect(w.kube.List(ctx, &list, client.InNamespace("default"))).To(Succeed())
		g.Expect(list.Items).To(ContainElement(And(
			HaveField("Regarding.Name", "absent"), HaveField("Reason", v1alpha1.ReasonSecretNotFound))))
	}).Should(Succeed())
	content, err := os.ReadFile(log)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(content)).NotTo(ContainSubstring("forbidden"))
}

func web(in string) *appsv1.Deployment {
	labels := map[string]string{"app": "web"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-12"}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "shop.example/web:1"}}},
			},
		},
	}
}

func askForMetrics(g Gomega, address, token string) int {
	request, err := http.NewRequest(http.MethodGet, "https://"+address+"/metrics", nil)
	g.Expect(err).NotTo(HaveOccurred())
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The manager made the certificate itself.
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := browser.Do(request)
	g.Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	return response.StatusCode
}

func freeAddress(g Gomega) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	return fmt.Sprint(listener.Addr())
}
