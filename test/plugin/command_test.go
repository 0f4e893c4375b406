// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/test/repository"
)

func buildPlugin(ctx context.Context, dir string) {
	pluginBinary = filepath.Join(dir, "kubectl-rollcall")
	Expect(repository.Build(ctx, "kubectl-rollcall", pluginBinary)).To(Succeed())
}

// result is what a command said, and its exit code.
type result struct {
	stdout, stderr string
	code           int
}

func (r result) String() string {
	return fmt.Sprintf("exit code %d\n--- stdout\n%s--- stderr\n%s", r.code, r.stdout, r.stderr)
}

// rollcall runs the plug-in as whom a kubeconfig names.
func rollcall(ctx context.Context, kubeconfig string, args ...string) result {
	GinkgoHelper()
	cmd := exec.CommandContext(ctx, pluginBinary, append([]string{"--kubeconfig=" + kubeconfig}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		Expect(err).NotTo(HaveOccurred())
	}
	r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	Expect(r.String()).NotTo(ContainSubstring(canary))
	return r
}

// rollcallOK runs the plug-in as the administrator, and returns what it printed.
func rollcallOK(ctx context.Context, args ...string) string {
	GinkgoHelper()
	r := rollcall(ctx, control.Kubeconfig(), args...)
	Expect(r.code).To(BeZero(), r.String())
	return r.stdout
}

// sitesReader is the ClusterRole that lets its users read JiraSites, beside the built-in role view.
const sitesReader = "jirasites-reader"

func allowSitesToBeRead(ctx context.Context) {
	create(ctx, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: sitesReader},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"rollcall.dev"}, Resources: []string{"jirasites"}, Verbs: []string{"get", "list", "watch"}}},
	})
}

// makeTenant returns the kubeconfig of a user with the role view in one namespace, who may read JiraSites. It is the
// namespace of his context.
func makeTenant(ctx context.Context, namespace string) string {
	GinkgoHelper()
	subject := makeUser(ctx, namespace, "tenant")
	create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenant"}, Subjects: subject,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
	})
	bindCluster(ctx, "tenant-of-"+namespace, sitesReader, subject)
	return kubeconfigOf(ctx, namespace, "tenant")
}

// makeViewer returns the kubeconfig of a user with the role view in all namespaces, who may read JiraSites.
func makeViewer(ctx context.Context, namespace string) string {
	GinkgoHelper()
	subject := makeUser(ctx, namespace, "viewer")
	bindCluster(ctx, "viewer-"+namespace, "view", subject)
	bindCluster(ctx, "viewer-"+namespace+"-sites", sitesReader, subject)
	return kubeconfigOf(ctx, namespace, "viewer")
}

func makeUser(ctx context.Context, namespace, name string) []rbacv1.Subject {
	GinkgoHelper()
	create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	return []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}}
}

func bindCluster(ctx context.Context, name, role string, subjects []rbacv1.Subject) {
	GinkgoHelper()
	create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	})
}

func kubeconfigOf(ctx context.Context, namespace, name string) string {
	GinkgoHelper()
	path, err := control.ServiceAccountKubeconfig(ctx, namespace, name)
	Expect(err).NotTo(HaveOccurred())
	return path
}
