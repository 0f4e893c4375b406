// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/test/cluster"
)

func TestAQuotaIsKept(t *testing.T) {
	ctx, g, kube := t.Context(), NewWithT(t), makeClient(NewWithT(t), sharedCluster(t).Config())
	namespace := makeNamespace(ctx, g, kube)
	_, err := cluster.Limit(ctx, kube, namespace, "secrets", 1)
	g.Expect(err).NotTo(HaveOccurred())

	create := func(name string) error {
		return kube.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	}
	g.Expect(create("first")).To(Succeed())
	g.Expect(create("second")).To(MatchError(ContainSubstring("exceeded quota")))
}
