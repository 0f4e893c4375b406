// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/builders"
)

// makeSite returns a site at the suite's Jira. It takes the workloads that name it: others are acme's.
func makeSite(name string, change ...func(*v1alpha1.JiraSiteSpec)) *v1alpha1.JiraSite {
	site := &v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.JiraSiteSpec{
			Host:        jiraNow.Host(),
			APIURL:      jiraNow.URL(),
			Credentials: v1alpha1.Credentials{SecretName: name + "-jira"},
			Environments: []v1alpha1.EnvironmentRule{
				{ID: "production", Name: "Production", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}},
			},
			WorkloadSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"site": name}},
		},
	}
	for _, f := range change {
		f(&site.Spec)
	}
	return site
}

// makeDeployment builds a Deployment of three pods.
func makeDeployment(namespace, name string) builders.Deployment {
	return builders.NewDeployment(namespace, name, 3)
}

// namespaces counts those that were made: one that is being deleted keeps its name for a while.
var namespaces int

// makeNamespace creates a namespace with a name of its own that ends in the suffix, and deletes it after the
// test.
func makeNamespace(ctx context.Context, suffix string) string {
	namespaces++
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("ns-%d-%s", namespaces, suffix)}}
	create(ctx, namespace)
	return namespace.Name
}

// create creates an object for the time of the test, or of the suite.
func create(ctx context.Context, o client.Object) {
	GinkgoHelper()
	Expect(kube.Create(ctx, o)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(kube.Delete(ctx, o))).To(Succeed())
	})
}

// change gets an object anew, and updates it.
func change[T client.Object](ctx context.Context, o T, f func(T)) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(o), o)).To(Succeed())
		f(o)
		g.Expect(kube.Update(ctx, o)).To(Succeed())
	}).Should(Succeed())
}

// mendSecret makes a site's Secret hold these, for the suite's Jira, whether it is there or not. An empty value is left out.
func mendSecret(ctx context.Context, name, id, secret string) {
	GinkgoHelper()
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name}}
	_, err := controllerutil.CreateOrUpdate(ctx, kube, s, func() error {
		metav1.SetMetaDataAnnotation(&s.ObjectMeta, v1alpha1.AnnotationAPIURL, jiraNow.URL())
		s.Data = map[string][]byte{}
		for key, value := range map[string]string{v1alpha1.SecretClientID: id, v1alpha1.SecretClientSecret: secret} {
			if value != "" {
				s.Data[key] = []byte(value)
			}
		}
		return nil
	})
	Expect(err).NotTo(HaveOccurred())
}
