// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
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
			Projects:    []string{"SHOP", "PAY"},
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

// makeDeployment builds a Deployment of one pod.
func makeDeployment(namespace, name string) builders.Deployment {
	return builders.NewDeployment(namespace, name, 1)
}

// namespaces counts those that were made: one that is being deleted keeps its name for a while.
var namespaces int

// makeNamespace creates a namespace with a name of its own that ends in the suffix, and deletes it after the test.
func makeNamespace(ctx context.Context, suffix string, change ...func(*corev1.Namespace)) string {
	GinkgoHelper()
	namespaces++
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("ns-%d-%s", namespaces, suffix)}}
	for _, f := range change {
		f(namespace)
	}
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

// awaitReason waits for the reason of a site's Ready condition.
func awaitReason(ctx context.Context, site, reason string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		var s v1alpha1.JiraSite
		g.Expect(kube.Get(ctx, client.ObjectKey{Name: site}, &s)).To(Succeed())
		ready := meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionReady)
		g.Expect(ready).NotTo(BeNil())
		g.Expect(ready.ObservedGeneration).To(Equal(s.Generation))
		g.Expect(ready.Reason).To(Equal(reason), ready.Message)
	}).Should(Succeed())
}

// awaitDelivered waits until a record of a namespace has this reason, and returns the record. Where Jira took that a rollout goes
// on, it waits for the end.
func awaitDelivered(ctx context.Context, namespace, reason string) v1alpha1.JiraDeployment {
	GinkgoHelper()
	return awaitRecord(ctx, namespace, reason, func(d v1alpha1.JiraDeployment) bool {
		return reason != v1alpha1.ReasonAccepted || d.Spec.State != v1alpha1.StateInProgress
	})
}

// awaitBeginning waits until Jira took that a rollout in a namespace goes on.
func awaitBeginning(ctx context.Context, namespace string) {
	GinkgoHelper()
	awaitRecord(ctx, namespace, v1alpha1.ReasonAccepted, func(d v1alpha1.JiraDeployment) bool { return d.Spec.State == v1alpha1.StateInProgress })
}

// awaitRecord waits until a record of a namespace that is wanted has this reason, and returns the record.
func awaitRecord(ctx context.Context, namespace, reason string, wanted func(v1alpha1.JiraDeployment) bool) v1alpha1.JiraDeployment {
	GinkgoHelper()
	var found v1alpha1.JiraDeployment
	Eventually(func(g Gomega) {
		var list v1alpha1.JiraDeploymentList
		g.Expect(kube.List(ctx, &list, client.InNamespace(namespace))).To(Succeed())
		reasons := map[string]string{}
		for _, d := range list.Items {
			delivered := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered)
			if delivered == nil || delivered.ObservedGeneration != d.Generation || !wanted(d) {
				continue
			}
			if reasons[delivered.Reason] = delivered.Message; delivered.Reason == reason {
				found = d
			}
		}
		g.Expect(reasons).To(HaveKey(reason))
	}).Should(Succeed())
	return found
}
