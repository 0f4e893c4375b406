// SPDX-License-Identifier: Apache-2.0

package workload_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	product "github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// A user who may read one namespace, and the JiraSites, is told of a release what the manager recorded of it: the manager would
// write nothing else now. What he may not read he is told.
func TestAUserOfOneNamespaceIsToldWhatTheManagerRecorded(t *testing.T) {
	w := newWorld(t, 1)
	w.deploy()
	w.roll(1)
	w.Eventually(w.records, eventually).Should(Equal([]string{w.site(0) + " 1 successful"}))

	read, err := snapshot.Read(t.Context(), w.user(), snapshot.Options{Namespaces: []string{w.namespace}})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(read.Gaps()).To(BeEmpty())
	explainer, err := explain.New(t.Context(), read, explain.Options{Now: time.Now})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(explainer.Cluster()).To(Equal("eu-1"), "the records tell it")
	found, err := explainer.Workload(t.Context(), product.Kinds[0], w.namespace, "web")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(found.Problem).To(BeEmpty())
	var site *explain.Site
	for i := range found.Sites {
		if found.Sites[i].Name == w.site(0) {
			site = &found.Sites[i]
		}
	}
	w.Expect(site.Compared.Rule).To(Equal("Current"))
	w.Expect(site.Record.Issues).To(Equal([]string{"SHOP-1"}))
	w.Expect(site.Keys).To(ConsistOf(HaveField("Place", "workload")))
	w.Expect(site.Would).To(BeNil(), "the manager would write nothing else")

	everywhere, err := snapshot.Read(t.Context(), w.user(), snapshot.Options{})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(everywhere.Gaps()).To(ContainElements(HaveField("Resource", "namespaces"), HaveField("Resource", "deployments")))
	w.Expect(everywhere.Gaps()).NotTo(ContainElement(HaveField("Resource", "jirasites")))
}

// user returns a client of a user with the role that the built-in role view is made of in the world's namespace, and who may
// read records there, and JiraSites.
func (w *world) user() client.Client {
	w.t.Helper()
	name := "reader-of-" + w.namespace
	subjects := []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}}
	rule := func(resources ...string) []rbacv1.PolicyRule {
		return []rbacv1.PolicyRule{{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: resources, Verbs: []string{"get", "list"}}}
	}
	meta := metav1.ObjectMeta{Name: name}
	here := metav1.ObjectMeta{Namespace: w.namespace, Name: name}
	argo := []rbacv1.PolicyRule{{APIGroups: []string{"argoproj.io", "flagger.app"}, Resources: []string{"rollouts", "canaries"}, Verbs: []string{"get", "list"}}}
	objects := []client.Object{
		&rbacv1.ClusterRole{ObjectMeta: meta, Rules: rule("jirasites")},
		&rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}},
		&rbacv1.Role{ObjectMeta: here, Rules: append(rule("jiradeployments", "jirabuilds"), argo...)},
		&rbacv1.RoleBinding{ObjectMeta: here, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name}},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "view"}, Subjects: subjects,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:aggregate-to-view"},
		},
	}
	for _, o := range objects {
		w.Expect(client.IgnoreAlreadyExists(shared.kube.Create(w.t.Context(), o))).To(Succeed())
		w.t.Cleanup(func() { _ = shared.kube.Delete(context.Background(), o) })
	}
	config := rest.CopyConfig(shared.manager.GetConfig())
	config.Impersonate.UserName = name
	user, err := client.New(config, client.Options{Scheme: shared.manager.GetScheme()})
	w.Expect(err).NotTo(HaveOccurred())
	// The API server's authorizer learns of the roles a moment later.
	w.Eventually(func() error { return user.List(w.t.Context(), &v1alpha1.JiraSiteList{}) }, eventually).Should(Succeed())
	w.Eventually(func() error {
		return user.List(w.t.Context(), &v1alpha1.JiraDeploymentList{}, client.InNamespace(w.namespace))
	}, eventually).Should(Succeed())
	return user
}
