// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"context"
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func deployment(namespace, name string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Image: "shop/web:1.0"}}}}},
	}
}

func recordOf(namespace, workload string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: workload + "-1"},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", ClusterUID: "uid-of-eu", Pipeline: v1alpha1.Pipeline{ID: "eu-1/" + namespace + "/Deployment/" + workload},
			Workload: &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: workload},
		},
	}
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "uid-of-eu", Labels: map[string]string{"team": "shop"}}}
}

func makeSnapshot(t *testing.T, objects ...client.Object) *Snapshot {
	t.Helper()
	s, err := New(rollout.Ignored{}, objects...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASnapshotReadsAsTheCacheDoes(t *testing.T) {
	g := NewWithT(t)
	s := makeSnapshot(t, deployment("shop", "web"), deployment("pay", "web"), deployment("pay", "api"), recordOf("shop", "web"), recordOf("pay", "web"), namespace("shop"))

	var found appsv1.Deployment
	g.Expect(s.Get(t.Context(), client.ObjectKey{Namespace: "pay", Name: "api"}, &found)).To(Succeed())
	g.Expect(found.Spec.Template.Spec.Containers).To(BeEmpty(), "it is trimmed")
	err := s.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "api"}, &found)
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "%v", err)

	of, err := workload.Namespace(t.Context(), s, "shop")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(of.Labels).To(HaveKeyWithValue("team", "shop"))

	g.Expect(names(t, s, &appsv1.DeploymentList{})).To(Equal([]string{"pay/api", "pay/web", "shop/web"}))
	g.Expect(names(t, s, &appsv1.DeploymentList{}, client.InNamespace("pay"))).To(Equal([]string{"pay/api", "pay/web"}))
	g.Expect(names(t, s, &appsv1.DeploymentList{}, client.MatchingLabels{"app": "web"})).To(Equal([]string{"pay/web", "shop/web"}))
	g.Expect(names(t, s, &appsv1.StatefulSetList{})).To(BeEmpty())

	index := client.MatchingFields{"workload": "Deployment.apps/web"}
	g.Expect(names(t, s, &v1alpha1.JiraDeploymentList{}, index)).To(Equal([]string{"pay/web-1", "shop/web-1"}))
	g.Expect(names(t, s, &v1alpha1.JiraDeploymentList{}, index, client.InNamespace("shop"))).To(Equal([]string{"shop/web-1"}))
	g.Expect(s.List(t.Context(), &v1alpha1.JiraDeploymentList{}, client.MatchingFields{"no such index": "x"})).NotTo(Succeed())

	name, uid := s.Cluster()
	g.Expect(name).To(Equal("eu-1"), "records name it")
	g.Expect(uid).To(BeEmpty(), "kube-system is not there")
}

func TestWhatIsReadIsACopy(t *testing.T) {
	g := NewWithT(t)
	s := makeSnapshot(t, deployment("shop", "web"))
	var list appsv1.DeploymentList
	g.Expect(s.List(t.Context(), &list)).To(Succeed())
	list.Items[0].Labels["app"] = "changed"
	g.Expect(names(t, s, &appsv1.DeploymentList{}, client.MatchingLabels{"app": "web"})).To(Equal([]string{"shop/web"}))
}

func names(t *testing.T, reader client.Reader, list client.ObjectList, options ...client.ListOption) []string {
	t.Helper()
	g := NewWithT(t)
	g.Expect(reader.List(t.Context(), list, options...)).To(Succeed())
	items, err := meta.ExtractList(list)
	g.Expect(err).NotTo(HaveOccurred())
	var found []string
	for _, item := range items {
		o := item.(client.Object)
		found = append(found, o.GetNamespace()+"/"+o.GetName())
	}
	return found
}

// A user with the role view in one namespace may get that namespace, and list what is in it.
func TestWhatMayNotBeReadIsAGap(t *testing.T) {
	forbidden := func(resource string) error {
		return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no role says so"))
	}
	absent := &meta.NoKindMatchError{GroupKind: rollout.Canary.GroupKind(), SearchedVersions: []string{"v1beta1"}}
	cluster := func(t *testing.T, list error) client.Reader {
		t.Helper()
		scheme, err := Scheme()
		if err != nil {
			t.Fatal(err)
		}
		kube := fake.NewClientBuilder().WithScheme(scheme).
			WithObjects(namespace("shop"), namespace("pay"), namespace("kube-system"), deployment("shop", "web"), deployment("pay", "api"), recordOf("shop", "web")).Build()
		return interceptor.NewClient(kube, interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, into client.ObjectList, options ...client.ListOption) error {
				var of client.ListOptions
				of.ApplyOptions(options)
				switch into.(type) {
				case *v1alpha1.JiraSiteList, *metav1.PartialObjectMetadataList:
					return forbidden("jirasites")
				case *appsv1.DeploymentList, *v1alpha1.JiraDeploymentList:
					if of.Namespace != "shop" {
						return forbidden("deployments")
					}
				case *appsv1.StatefulSetList:
					return list
				}
				if into.GetObjectKind().GroupVersionKind().Group != "" {
					return absent
				}
				return c.List(ctx, into, options...)
			},
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
				if key.Name != "shop" {
					return forbidden("namespaces")
				}
				return c.Get(ctx, key, into, options...)
			},
		})
	}
	t.Run("one namespace", func(t *testing.T) {
		g := NewWithT(t)
		s, err := Read(t.Context(), cluster(t, nil), Options{Namespaces: []string{"shop"}})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(gaps(s)).To(Equal([]string{"jirasites"}))
		g.Expect(names(t, s, &appsv1.DeploymentList{})).To(Equal([]string{"shop/web"}))
		name, _ := s.Cluster()
		g.Expect(name).To(Equal("eu-1"))
	})
	t.Run("all namespaces", func(t *testing.T) {
		g := NewWithT(t)
		s, err := Read(t.Context(), cluster(t, nil), Options{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(gaps(s)).To(Equal([]string{"namespaces", "jirasites", "jiradeployments", "deployments"}))
		g.Expect(s.Gaps()[3].String()).To(ContainSubstring("Could not read deployments: "))
	})
	t.Run("only what is asked for, and a namespace by its name alone", func(t *testing.T) {
		g := NewWithT(t)
		s, err := Read(t.Context(), cluster(t, nil), Options{Namespaces: []string{"pay", "shop"}, Only: []string{"deployments"}})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(gaps(s)).To(Equal([]string{"namespaces/pay", "deployments/pay"}), "what is forbidden in one namespace keeps nothing from another")
		g.Expect(names(t, s, &appsv1.DeploymentList{})).To(Equal([]string{"shop/web"}))
	})
	t.Run("no answer", func(t *testing.T) {
		_, err := Read(t.Context(), cluster(t, errors.New("connection refused")), Options{Namespaces: []string{"shop"}})
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring("read statefulsets: connection refused")))
	})
}

func gaps(s *Snapshot) []string {
	var found []string
	for _, gap := range s.Gaps() {
		name := gap.Resource
		if gap.Namespace != "" {
			name += "/" + gap.Namespace
		}
		found = append(found, name)
	}
	return found
}

// A namespace that cannot be read is known by what is in it.
func TestANamespaceThatCannotBeReadIsAssumed(t *testing.T) {
	g := NewWithT(t)
	s := makeSnapshot(t, deployment("shop", "web"))
	g.Expect(s.assumeNamespaces()).To(Succeed())
	of, err := workload.Namespace(t.Context(), s, "shop")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(of.Labels).To(BeEmpty())
}

func TestListsAreReadPageByPage(t *testing.T) {
	g := NewWithT(t)
	pages := 0
	scheme, err := Scheme()
	g.Expect(err).NotTo(HaveOccurred())
	kube := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).Build(), interceptor.Funcs{
		List: func(_ context.Context, _ client.WithWatch, into client.ObjectList, options ...client.ListOption) error {
			var of client.ListOptions
			of.ApplyOptions(options)
			list, isDeployments := into.(*appsv1.DeploymentList)
			if !isDeployments {
				return nil
			}
			g.Expect(of.Limit).To(BeNumerically("==", 500))
			list.Items = []appsv1.Deployment{*deployment("shop", fmt.Sprint("web-", pages))}
			if pages++; pages < 3 {
				list.Continue = fmt.Sprint(pages)
			}
			return nil
		},
	})
	s, err := Read(t.Context(), kube, Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names(t, s, &appsv1.DeploymentList{})).To(Equal([]string{"shop/web-0", "shop/web-1", "shop/web-2"}))
}
