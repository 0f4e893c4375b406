// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"testing"

	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestServiceAccountMayDoWhatRBACGrants(t *testing.T) {
	c := sharedCluster(t)
	ctx, g := t.Context(), NewWithT(t)
	admin := makeClient(g, c.Config())
	namespace := makeNamespace(ctx, g, admin)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "robot"}}
	g.Expect(admin.Create(ctx, account)).To(Succeed())

	path, err := c.ServiceAccountKubeconfig(ctx, namespace, "robot")
	g.Expect(err).NotTo(HaveOccurred())
	config, err := clientcmd.BuildConfigFromFlags("", path)
	g.Expect(err).NotTo(HaveOccurred())
	robot := makeClient(g, config)

	self := &authenticationv1.SelfSubjectReview{}
	g.Expect(robot.Create(ctx, self)).To(Succeed())
	g.Expect(self.Status.UserInfo.Username).To(Equal("system:serviceaccount:" + namespace + ":robot"))

	list := func() error { return robot.List(ctx, &corev1.PodList{}, client.InNamespace(namespace)) }
	g.Expect(list()).To(MatchError(apierrors.IsForbidden, "IsForbidden"))

	g.Expect(admin.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "robot"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "robot"}},
	})).To(Succeed())
	g.Eventually(list, patience).Should(Succeed())
}

func TestServiceAccountHasToExist(t *testing.T) {
	c := sharedCluster(t)
	_, err := c.ServiceAccountKubeconfig(t.Context(), "default", "nobody")
	NewWithT(t).Expect(err).To(MatchError(apierrors.IsNotFound, "IsNotFound"))
}

func TestKubeconfigIsTheAdmins(t *testing.T) {
	c := sharedCluster(t)
	ctx, g := t.Context(), NewWithT(t)
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(makeClient(g, config).List(ctx, &corev1.SecretList{})).To(Succeed())
}
