// SPDX-License-Identifier: Apache-2.0

package status

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// cluster is one whose Deployment web has no issue key. list may fail a list of a kind.
func cluster(t *testing.T, list func(kind string) error) client.Reader {
	t.Helper()
	scheme, err := snapshot.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop-prod"}},
		&v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}, Spec: v1alpha1.JiraSiteSpec{Host: "acme.atlassian.net"}},
		&appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "web", UID: "uid-of-web", Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"}},
			Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "shop/web:1.0"}}}}},
			Status:     appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1},
		},
	).WithInterceptorFuncs(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, into client.ObjectList, options ...client.ListOption) error {
		if err := list(fmt.Sprintf("%T", into)); err != nil {
			return err
		}
		return c.List(ctx, into, options...)
	}}).Build()
}

func statusOfWeb() *options {
	env := &command.Env{IOStreams: genericiooptions.NewTestIOStreamsDiscard(), Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }}
	return &options{env: env, kind: workload.Kinds[0], namespace: "shop-prod", name: "web", wait: true, timeout: 20 * time.Second}
}

// The API server that begins anew says nothing of a release: neither that no site reports it, nor that it is not there.
func TestWhatCouldNotBeReadForAMomentIsNoVerdict(t *testing.T) {
	busy := apierrors.NewServiceUnavailable("etcd has no leader")
	for _, kind := range []string{"*v1alpha1.JiraSiteList", "*v1alpha1.JiraDeploymentList", "*v1.DeploymentList"} {
		t.Run(kind, func(t *testing.T) {
			g := NewWithT(t)
			failures := 2
			reader := cluster(t, func(of string) error {
				if of == kind && failures > 0 {
					failures--
					return busy
				}
				return nil
			})
			o := statusOfWeb()
			_, err := o.read(t.Context(), reader)
			g.Expect(err).To(MatchError(ContainSubstring("etcd has no leader")))
			answer, err := o.await(t.Context(), reader)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(failures).To(BeZero())
			g.Expect(overall(answer.Sites)).To(And(HaveField("Site", "acme"), HaveField("Code", exitNever), HaveField("Text", ContainSubstring("names an issue"))))
		})
	}
}

func TestWhatCouldNeverBeReadIsAnError(t *testing.T) {
	g := NewWithT(t)
	o := statusOfWeb()
	o.timeout = 1500 * time.Millisecond
	_, err := o.await(t.Context(), cluster(t, func(string) error { return apierrors.NewServiceUnavailable("etcd has no leader") }))
	g.Expect(err).To(MatchError(ContainSubstring("etcd has no leader")))
}

func TestWhatMayNotBeReadIsToldAtOnce(t *testing.T) {
	g := NewWithT(t)
	reader := cluster(t, func(of string) error {
		if of == "*v1alpha1.JiraSiteList" {
			return apierrors.NewForbidden(schema.GroupResource{Resource: "jirasites"}, "", nil)
		}
		return nil
	})
	answer, err := statusOfWeb().read(t.Context(), reader)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(overall(answer.Sites).Text).To(HavePrefix("There is no JiraSite, or none that may be read"))
}

func TestPasses(t *testing.T) {
	of := schema.GroupResource{Resource: "jirasites"}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"refused":      {&url.Error{Op: "Get", URL: "https://x", Err: syscall.ECONNREFUSED}, true},
		"too many":     {apierrors.NewTooManyRequests("", 1), true},
		"a time-out":   {fmt.Errorf("read: %w", context.DeadlineExceeded), true},
		"forbidden":    {apierrors.NewForbidden(of, "", nil), false},
		"not there":    {apierrors.NewNotFound(of, "acme"), false},
		"unauthorized": {apierrors.NewUnauthorized(""), false},
		"another":      {errors.New("x"), false},
	} {
		t.Run(name, func(t *testing.T) { NewWithT(t).Expect(passes(c.err)).To(Equal(c.want)) })
	}
}
