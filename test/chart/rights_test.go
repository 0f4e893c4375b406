// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// right is something that one may try: "verbs group/resource", in a namespace ("": in all), on an object ("": on any).
type right struct{ what, namespace, name string }

const everywhere = ""

// Rights that do not depend on the values.
var (
	always = []right{
		{"get,list,watch /secrets", namespace, ""},
		{"create coordination.k8s.io/leases", namespace, ""},
		{"get,update coordination.k8s.io/leases", namespace, "rollcall.rollcall.dev"},
		{"create,patch /events", namespace, ""},
		{"get,list,watch /namespaces", everywhere, ""},
		{"get,list,watch rollcall.dev/jirasites", everywhere, ""},
		{"patch rollcall.dev/jirasites/status", everywhere, "acme"},
		{"create,patch events.k8s.io/events", "default", ""},
		{"create authentication.k8s.io/tokenreviews", everywhere, ""},
		{"create authorization.k8s.io/subjectaccessreviews", everywhere, ""},
	}
	never = []right{
		{"get,list,watch /secrets", "shop-prod", ""},
		{"get,list,watch /secrets", everywhere, ""},
		{"create,update,patch,delete /secrets", namespace, ""},
		{"get,update,delete coordination.k8s.io/leases", namespace, "another"},
		{"get coordination.k8s.io/leases", "kube-system", "rollcall.rollcall.dev"},
		{"create,update,patch,delete /namespaces", everywhere, ""},
		{"create,update,patch,delete rollcall.dev/jirasites", everywhere, ""},
		{"create,update,patch,delete,deletecollection apps/deployments", "shop-prod", ""},
		{"update,patch apps/deployments/scale", "shop-prod", ""},
		{"create,update,patch,delete apps/statefulsets", "shop-prod", ""},
		{"create,update,patch,delete apps/daemonsets", "shop-prod", ""},
		{"create,update,patch,delete argoproj.io/rollouts", "shop-prod", ""},
		{"create,update,patch,delete flagger.app/canaries", "shop-prod", ""},
		{"get,list,watch,create,delete /pods", "shop-prod", ""},
		{"create /pods", namespace, ""},
		{"create /pods/exec", "shop-prod", ""},
		{"get,list /configmaps", namespace, ""},
		{"create /serviceaccounts/token", namespace, ""},
		{"impersonate /users", everywhere, ""},
		{"patch,deletecollection rollcall.dev/jiradeployments", "shop-prod", ""},
		{"create,bind,escalate rbac.authorization.k8s.io/clusterroles", everywhere, ""},
		{"get,list apiextensions.k8s.io/customresourcedefinitions", everywhere, ""},
	}
)

// workloads are the rights on workloads and records in a namespace.
func workloads(in string) []right {
	return []right{
		{"get,list,watch apps/deployments", in, ""},
		{"get,list,watch apps/statefulsets", in, ""},
		{"get,list,watch apps/daemonsets", in, ""},
		{"get,list,watch apps/controllerrevisions", in, ""},
		{"get,list,watch argoproj.io/rollouts", in, ""},
		{"get,list,watch flagger.app/canaries", in, ""},
		{"get,list,watch,create,update,delete rollcall.dev/jiradeployments", in, ""},
		{"patch rollcall.dev/jiradeployments/status", in, ""},
		{"create,patch events.k8s.io/events", in, ""},
	}
}

func (w *world) testRights(t *testing.T) {
	for name, tt := range map[string]struct {
		values           string
		allowed, refused []right
	}{
		"by default": {
			values:  "",
			allowed: append(workloads(everywhere), always...),
			refused: never,
		},
		"in some namespaces": {
			values:  "watchNamespaces: [shop-prod, shop-dev]",
			allowed: append(append(workloads("shop-prod"), workloads("shop-dev")...), always...),
			refused: append(append(workloads("elsewhere"), workloads(everywhere)...), never...),
		},
		"without metrics, with Deployments only, alone": {
			values:  "{metrics: {enabled: false}, workloads: [deployments], leaderElect: false, replicas: 1}",
			allowed: []right{{"get,list,watch apps/deployments", everywhere, ""}},
			refused: append([]right{
				{"create authentication.k8s.io/tokenreviews", everywhere, ""},
				{"create authorization.k8s.io/subjectaccessreviews", everywhere, ""},
				{"get,update coordination.k8s.io/leases", namespace, "rollcall.rollcall.dev"},
				{"get,list,watch apps/statefulsets", "shop-prod", ""},
				{"get,list,watch apps/controllerrevisions", "shop-prod", ""},
				{"get,list,watch argoproj.io/rollouts", "shop-prod", ""},
			}, never...),
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := w.helm(t, tt.values, "upgrade", "rollcall", chart, "--reset-values")
			g.Expect(err).NotTo(HaveOccurred())
			w.expectRights(t, tt.allowed, true)
			w.expectRights(t, tt.refused, false)
		})
	}
	t.Run("with its own token", w.testTrespass)
}

func (w *world) expectRights(t *testing.T, rights []right, want bool) {
	t.Helper()
	const user = "system:serviceaccount:" + namespace + ":rollcall"
	for _, r := range rights {
		verbs, resource, _ := strings.Cut(r.what, " ")
		for verb := range strings.SplitSeq(verbs, ",") {
			ask := func(g Gomega) bool { return w.may(t.Context(), g, user, verb, resource, r.namespace, r.name) }
			// The authorizer's view of the roles is a moment behind.
			NewWithT(t).Eventually(ask).WithTimeout(patience/6).Should(Equal(want), "%s %s in %q, named %q", verb, resource, r.namespace, r.name)
		}
	}
}

// may asks the API server. A resource is "group/resource" or "group/resource/subresource".
func (w *world) may(ctx context.Context, g Gomega, user, verb, resource, namespace, name string) bool {
	group, resource, _ := strings.Cut(resource, "/")
	resource, subresource, _ := strings.Cut(resource, "/")
	parts := strings.Split(user, ":")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:   user,
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + parts[len(parts)-2], "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: verb, Group: group, Resource: resource, Subresource: subresource, Namespace: namespace, Name: name,
		},
	}}
	g.Expect(w.kube.Create(ctx, review)).To(Succeed())
	return review.Status.Allowed
}

// testTrespass tries in earnest what a manager that was taken over would.
func (w *world) testTrespass(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	kube := w.client(t, w.asManager(ctx, g))
	object := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "shop-prod", Name: name} }
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata": {"labels": {"a": "b"}}}`))
	for name, err := range map[string]error{
		"read a Secret elsewhere": kube.Get(ctx, client.ObjectKey{Namespace: "shop-prod", Name: "x"}, &corev1.Secret{}),
		"patch a Deployment":      kube.Patch(ctx, &appsv1.Deployment{ObjectMeta: object("web")}, patch),
		"create a pod":            kube.Create(ctx, &corev1.Pod{ObjectMeta: object("x"), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}}}),
		"delete a namespace":      kube.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop-prod"}}),
	} {
		g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s: %v", name, err)
	}
	g.Expect(kube.List(ctx, &corev1.SecretList{}, client.InNamespace(namespace))).To(Succeed())
}
