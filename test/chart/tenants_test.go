// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	gomegatypes "github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Two namespaces of people who do not trust each other. tina has the built-in role edit in the first.
const (
	tenantA = "tenant-a"
	tenantB = "tenant-b"
)

// tenants is what the steps about tenants share: clients with the rights of each.
type tenants struct {
	*world
	tina, rollcall client.Client
}

// testTenants runs under the roles and the policy of the chart, each step with values of its own.
func (w *world) testTenants(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	for _, name := range []string{tenantA, tenantB} {
		g.Expect(w.kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
	}
	w.bind(ctx, g, tenantA, "edit")
	config := w.Config()
	config.Impersonate = rest.ImpersonationConfig{UserName: "tina", Groups: []string{"system:authenticated"}}
	s := &tenants{world: w, tina: w.client(t, config), rollcall: w.client(t, w.asManager(ctx, g))}
	for _, step := range []struct {
		name, values string
		test         func(*testing.T)
	}{
		{"with edit reads records, and writes none", "", s.testReader},
		{"who may write records changes none of a workload but its issue keys", "rbac: {editors: true}", s.testEditor},
		{"who may write records writes them by hand in the own namespace", "rbac: {editors: true}", s.testByHand},
		{"who writes by hand is asked for the use of the site", "{rbac: {editors: true}, admissionPolicy: {requireUse: true}}", s.testUse},
	} {
		t.Run("a tenant "+step.name, func(t *testing.T) {
			_, err := w.helm(t, step.values, "upgrade", "rollcall", chart, "--reset-values")
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			step.test(t)
		})
	}
}

// bind gives tina a ClusterRole in a namespace.
func (w *world) bind(ctx context.Context, g Gomega, namespace, role string) {
	g.Expect(w.kube.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tina-" + role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "tina"}},
	})).To(Succeed())
}

// byHand returns a record that anybody may have written.
func byHand(namespace, name string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", Pipeline: v1alpha1.Pipeline{ID: name}, Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
			State: v1alpha1.StateFailed, IssueKeys: []string{"SHOP-12"},
		},
	}
}

// ofWorkload returns a record of a release that failed.
func ofWorkload(namespace, name string) *v1alpha1.JiraDeployment {
	record := byHand(namespace, name)
	record.Annotations = map[string]string{v1alpha1.AnnotationUnavailableBefore: "0"}
	record.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "1"}
	return record
}

const (
	succeed  = `{"spec": {"state": "successful"}}`
	answered = `{"status": {"deliveredGeneration": 1}}`
)

func mergePatch(text string) client.Patch { return client.RawPatch(types.MergePatchType, []byte(text)) }

// beForbidden matches a refusal that says this. Roles and policies take a moment to be in force, so that the first of
// each is waited for.
func beForbidden(says string) gomegatypes.GomegaMatcher {
	return And(MatchError(apierrors.IsForbidden, "IsForbidden"), MatchError(ContainSubstring(says)))
}

const byRole = `User "tina" cannot`

func (s *tenants) testReader(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	record := ofWorkload(tenantA, "web-1")
	g.Expect(s.rollcall.Create(ctx, record)).To(Succeed())
	g.Eventually(func() error { return s.tina.Get(ctx, client.ObjectKeyFromObject(record), record) }).Should(Succeed())
	g.Expect(s.tina.List(ctx, &v1alpha1.JiraDeploymentList{}, client.InNamespace(tenantB))).To(beForbidden(byRole))
	g.Expect(s.tina.Create(ctx, byHand(tenantA, "index"))).To(beForbidden(byRole))
	g.Expect(s.tina.Patch(ctx, record, mergePatch(succeed))).To(beForbidden(byRole))
	g.Expect(s.tina.Delete(ctx, record)).To(beForbidden(byRole))
	g.Expect(s.tina.Get(ctx, client.ObjectKey{Name: "acme"}, &v1alpha1.JiraSite{})).To(beForbidden(byRole))
}

func (s *tenants) testEditor(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	const ofRollcall = "A record with spec.workload or spec.run is written by Rollcall alone."
	record := ofWorkload(tenantA, "web-2")
	g.Expect(s.rollcall.Create(ctx, record)).To(Succeed())

	// Neither the state of a release, nor a release that there was not, nor what its rollout is judged by.
	g.Eventually(func() error { return s.tina.Patch(ctx, record.DeepCopy(), mergePatch(succeed)) }).Should(beForbidden(ofRollcall))
	g.Expect(s.tina.Create(ctx, ofWorkload(tenantA, "web-3"))).To(beForbidden(ofRollcall))
	for _, note := range []string{`"100"`, `null`} {
		patch := mergePatch(`{"metadata": {"annotations": {"rollcall.dev/unavailable-before": ` + note + `}}}`)
		g.Expect(s.tina.Patch(ctx, record.DeepCopy(), patch)).To(beForbidden("only rollcall.dev/issue-keys may be changed"))
	}

	// Rights do not help: the administrator of the cluster has all.
	g.Expect(s.kube.Patch(ctx, record.DeepCopy(), mergePatch(succeed))).To(beForbidden(ofRollcall))
	g.Expect(s.kube.Status().Patch(ctx, record.DeepCopy(), mergePatch(answered))).To(beForbidden("only Rollcall writes it"))

	// Corrections, labels and finalizers are for everybody; so is the way out.
	for _, metadata := range []string{
		`{"annotations": {"rollcall.dev/issue-keys": "SHOP-13", "acme.example/note": "hello"}}`,
		`{"annotations": {"rollcall.dev/issue-keys": null}}`,
		`{"labels": {"team": "a"}}`,
		`{"finalizers": ["acme.example/keep"]}`,
		`{"finalizers": null}`,
	} {
		g.Expect(s.tina.Patch(ctx, record, mergePatch(`{"metadata": `+metadata+`}`))).To(Succeed(), metadata)
	}
	g.Expect(s.tina.Delete(ctx, record)).To(Succeed())

	// Rollcall writes it anew, changes it, and tells what Jira answered.
	record = ofWorkload(tenantA, "web-2")
	g.Expect(s.rollcall.Create(ctx, record)).To(Succeed())
	record.Spec.State = v1alpha1.StateCancelled
	record.Annotations = map[string]string{v1alpha1.AnnotationUnavailableBefore: "1"}
	g.Expect(s.rollcall.Update(ctx, record)).To(Succeed())
	g.Expect(s.rollcall.Status().Patch(ctx, record, mergePatch(answered))).To(Succeed())

	// No namespace waits for Rollcall to go.
	g.Expect(s.kube.DeleteAllOf(ctx, &v1alpha1.JiraDeployment{}, client.InNamespace(tenantA))).To(Succeed())
}

func (s *tenants) testByHand(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	record := byHand(tenantA, "index")
	g.Expect(s.tina.Create(ctx, record)).To(Succeed())
	g.Expect(s.tina.Patch(ctx, record, mergePatch(succeed))).To(Succeed())
	g.Expect(s.tina.Status().Patch(ctx, record.DeepCopy(), mergePatch(answered))).To(beForbidden(byRole))
	claim := mergePatch(`{"spec": {"workload": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "1"}}}`)
	g.Expect(s.tina.Patch(ctx, record.DeepCopy(), claim)).To(MatchError(ContainSubstring("a record belongs to one workload")))
	g.Expect(s.tina.Delete(ctx, record)).To(Succeed())
	g.Expect(s.tina.Create(ctx, byHand(tenantB, "index"))).To(beForbidden(byRole))
}

func (s *tenants) testUse(t *testing.T) {
	g, ctx := NewWithT(t), t.Context()
	const needsUse = `needs the verb "use" on the JiraSite `
	record := byHand(tenantA, "index")
	g.Eventually(func() error { return s.tina.Create(ctx, record.DeepCopy(), client.DryRunAll) }).Should(beForbidden(needsUse + "acme, in the namespace tenant-a."))
	g.Expect(s.rollcall.Create(ctx, record)).To(Succeed())
	g.Expect(s.tina.Patch(ctx, record.DeepCopy(), mergePatch(succeed))).To(beForbidden(needsUse))
	g.Expect(s.tina.Patch(ctx, record, mergePatch(`{"metadata": {"annotations": {"acme.example/note": "hello"}}}`))).To(Succeed())

	// The administrator allows one site in one namespace.
	g.Expect(s.kube.Create(ctx, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "use-acme"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"rollcall.dev"}, Resources: []string{"jirasites"}, ResourceNames: []string{"acme"}, Verbs: []string{"use"}}},
	})).To(Succeed())
	s.bind(ctx, g, tenantA, "use-acme")
	s.bind(ctx, g, tenantB, "rollcall-records-editor")
	g.Eventually(func() error { return s.tina.Patch(ctx, record, mergePatch(succeed)) }).Should(Succeed())
	g.Expect(s.tina.Create(ctx, byHand(tenantA, "another"))).To(Succeed())
	other := byHand(tenantA, "other")
	other.Spec.Site = "other"
	g.Expect(s.tina.Create(ctx, other)).To(beForbidden(needsUse + "other"))
	g.Eventually(func() error { return s.tina.Create(ctx, byHand(tenantB, "index")) }).Should(beForbidden(needsUse + "acme, in the namespace tenant-b."))
}
