// SPDX-License-Identifier: Apache-2.0

package report

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

const (
	canary   = "canary-8c1f0f6e2b"
	password = "hunter2"
	token    = "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOiJ0b2tlbiJ9.c2lnbmF0dXJl"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// fakePods is a podReader whose pods say these things.
type fakePods struct {
	now, before string
	// breaks is why the log before ends early; nil where it does not.
	breaks error
}

func (f fakePods) log(_ context.Context, _ *corev1.Pod, previous bool) (io.ReadCloser, error) {
	if previous {
		if f.breaks != nil {
			return io.NopCloser(io.MultiReader(strings.NewReader(f.before), iotest.ErrReader(f.breaks))), nil
		}
		return io.NopCloser(strings.NewReader(f.before)), nil
	}
	return io.NopCloser(strings.NewReader(f.now)), nil
}

func (f fakePods) metrics(context.Context, *corev1.Pod, string, int32) ([]byte, error) {
	return nil, errors.New("refused: Authorization: Bearer " + token)
}

func podSpec() corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{
		Name: "manager", Image: "rollcall:1", Args: []string{"--leader-elect", "--extra=https://me:" + password + "@gateway.example/x"},
		Env: []corev1.EnvVar{
			{Name: "HTTPS_PROXY", Value: "me:" + password + "@proxy.example:3128"}, {Name: "NO_PROXY", Value: ".svc"},
			{Name: "OTEL_EXPORTER_OTLP_HEADERS", Value: "api-key=" + canary},
		},
		Ports: []corev1.ContainerPort{{Name: "metrics", ContainerPort: 8443}},
	}}, EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
		Name: "debugger", Env: []corev1.EnvVar{{Name: "CREDENTIAL", Value: canary}},
	}}}}
}

func record(namespace, name string, created time.Time, keys ...string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, CreationTimestamp: metav1.NewTime(created), ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "rollcall-fields", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "rollcall.dev/v1alpha1", FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1("{}")}}},
		Spec:       v1alpha1.JiraDeploymentSpec{Site: "acme", IssueKeys: keys, Workload: &v1alpha1.WorkloadReference{Kind: "Deployment", Name: "web"}},
	}
}

func event(namespace, kind, name, note string) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: namespace, Name: strings.ToLower(kind) + "-" + name},
		InvolvedObject: corev1.ObjectReference{Kind: kind, Name: name}, Message: note,
	}
}

func world() []client.Object {
	return []client.Object{
		&v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}, Spec: v1alpha1.JiraSiteSpec{Host: "acme.atlassian.net"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "acme-jira"}, Data: map[string][]byte{"client-secret": []byte(canary)}},
		&appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "rollcall", Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: canary, "objectset.rio.cattle.io/applied": canary}},
			Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: podSpec()}},
		},
		&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "rollcall-1"}, Spec: podSpec(),
			Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "manager", RestartCount: 1}}},
		},
		&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "another"}},
		record("shop", "web-1", noon.Add(-2*time.Hour), "SHOP-1"), record("shop", "web-2", noon.Add(-time.Hour), "SHOP-2"), record("pay", "api-1", noon, "SHOP-2"),
		event("shop", "Deployment", "web", "web was seen"), event("shop", "Deployment", "other", "other was seen"), event("shop", "Secret", "x", "a Secret was seen"),
		event("default", "JiraSite", "acme", "acme is Ready"),
	}
}

// unzip makes a report, and returns its files and what the user is told.
func unzip(t *testing.T, w wanted, funcs interceptor.Funcs) (files map[string]string, stderr string) {
	t.Helper()
	g := NewWithT(t)
	scheme, err := snapshot.Scheme()
	g.Expect(err).NotTo(HaveOccurred())
	list := funcs.List
	funcs.List = func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
		if _, is := l.(*corev1.SecretList); is {
			t.Error("Secrets were listed")
		}
		if list != nil {
			return list(ctx, c, l, opts...)
		}
		return c.List(ctx, l, opts...)
	}
	funcs.Get = func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
		if _, is := o.(*corev1.Secret); is {
			t.Error("a Secret was read")
		}
		return c.Get(ctx, key, o, opts...)
	}
	kube := fake.NewClientBuilder().WithScheme(scheme).WithObjects(world()...).WithInterceptorFuncs(funcs).Build()
	var out, errOut bytes.Buffer
	env := &command.Env{IOStreams: genericiooptions.IOStreams{Out: &out, ErrOut: &errOut}, Now: func() time.Time { return noon }}
	w.operator, w.limit = "rollcall-system", max(w.limit, 1)
	c := &collector{
		reader: kube, wanted: w, own: "shop", version: "1.2.3", server: func() (*version.Info, error) { return &version.Info{GitVersion: "v1.37.2"}, nil },
		pods: fakePods{now: `{"msg":"a","url":"https://me:` + password + `@proxy.example/","header":"Bearer ` + token + `","client_secret":"` + canary + `"}` + "\nthe last line", before: "it panicked: password=" + password, breaks: errors.New("connection reset by peer")},
	}
	g.Expect(c.write(t.Context(), env, &out)).To(Succeed())
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	g.Expect(err).NotTo(HaveOccurred())
	files = map[string]string{}
	for _, f := range archive.File {
		content, err := archive.Open(f.Name)
		g.Expect(err).NotTo(HaveOccurred())
		text, err := io.ReadAll(content)
		g.Expect(err).NotTo(HaveOccurred())
		files[f.Name] = string(text)
		for _, secret := range []string{canary, password, token, "rollcall-fields", "last-applied"} {
			g.Expect(files[f.Name]).NotTo(ContainSubstring(secret), f.Name)
		}
	}
	g.Expect(errOut.String()).NotTo(ContainSubstring(token))
	return files, errOut.String()
}

func TestReport(t *testing.T) {
	g := NewWithT(t)
	files, stderr := unzip(t, wanted{limit: 10}, interceptor.Funcs{})
	for name, want := range map[string]string{
		"README.txt":                           "A report of kubectl rollcall 1.2.3, of 2026-11-26 12:00:00 UTC",
		"versions.txt":                         "API server: v1.37.2",
		"jirasites.yaml":                       "host: acme.atlassian.net",
		"jirasites-events.yaml":                "acme is Ready",
		"manager/deployment.yaml":              "value: '[redacted]@proxy.example:3128'",
		"manager/pods.yaml":                    "name: rollcall-1",
		"manager/rollcall-1.log":               `{"msg":"a","url":"https://[redacted]@proxy.example/","header":"Bearer [redacted]","client_secret":"[redacted]"}` + "\nthe last line",
		"manager/rollcall-1.previous.log":      "it panicked: password=[redacted]",
		"namespaces/shop/jiradeployments.yaml": "name: web-2",
		"namespaces/pay/jiradeployments.yaml":  "name: api-1",
		"namespaces/shop/events.yaml":          "web was seen",
		"not-read.txt":                         "the metrics of rollcall-1",
	} {
		g.Expect(files).To(HaveKeyWithValue(name, ContainSubstring(want)))
	}
	g.Expect(files["namespaces/shop/events.yaml"]).NotTo(ContainSubstring("a Secret was seen"))
	g.Expect(files["manager/pods.yaml"]).NotTo(ContainSubstring("another"))
	g.Expect(files["manager/pods.yaml"]).To(And(ContainSubstring("value: .svc"), ContainSubstring("kind: Pod")))
	g.Expect(stderr).To(ContainSubstring("Not read: the metrics of rollcall-1"))
	g.Expect(stderr).To(ContainSubstring("Not read: the lease of the leader"))
	g.Expect(stderr).To(ContainSubstring("Not read: the end of manager/rollcall-1.previous.log: connection reset by peer"))

	again, _ := unzip(t, wanted{limit: 10}, interceptor.Funcs{})
	g.Expect(again).To(Equal(files))
}

func TestReportOfOneIssue(t *testing.T) {
	g := NewWithT(t)
	files, _ := unzip(t, wanted{issue: "SHOP-1", limit: 10}, interceptor.Funcs{})
	g.Expect(files["namespaces/shop/jiradeployments.yaml"]).To(And(ContainSubstring("name: web-1"), Not(ContainSubstring("name: web-2"))))
	g.Expect(files["namespaces/shop/events.yaml"]).To(And(ContainSubstring("web was seen"), Not(ContainSubstring("other was seen"))))
	g.Expect(files).NotTo(HaveKey("namespaces/pay/jiradeployments.yaml"))
}

func TestReportKeepsTheNewestRecords(t *testing.T) {
	g := NewWithT(t)
	files, stderr := unzip(t, wanted{limit: 1}, interceptor.Funcs{})
	g.Expect(files["namespaces/shop/jiradeployments.yaml"]).To(And(ContainSubstring("name: web-2"), Not(ContainSubstring("name: web-1"))))
	g.Expect(stderr).To(ContainSubstring("JiraDeployments of the namespace shop: the newest 1 of 2 are here (--limit)"))
}

func TestReportOfATenant(t *testing.T) {
	g := NewWithT(t)
	files, stderr := unzip(t, wanted{limit: 10}, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
			var o client.ListOptions
			o.ApplyOptions(opts)
			if o.Namespace != "shop" {
				return apierrors.NewForbidden(schema.GroupResource{Resource: "things"}, "", errors.New("not yours"))
			}
			return c.List(ctx, l, opts...)
		},
	})
	g.Expect(files).To(HaveKey("namespaces/shop/jiradeployments.yaml"))
	g.Expect(files).NotTo(HaveKey("namespaces/pay/jiradeployments.yaml"))
	g.Expect(files["not-read.txt"]).To(ContainSubstring("JiraDeployments of all namespaces (those of shop are read): things is forbidden: not yours"))
	g.Expect(stderr).To(ContainSubstring("Not read: the manager's Deployment"))
}

func TestScrub(t *testing.T) {
	for line, want := range map[string]string{
		"http://me:p@ss@proxy.example:3128":                   "http://[redacted]@proxy.example:3128",
		"https://acme.atlassian.net/browse/A-1":               "https://acme.atlassian.net/browse/A-1",
		"docker.io/shop/web@sha256:0123":                      "docker.io/shop/web@sha256:0123",
		"oci://registry.example/web@sha256:01":                "oci://registry.example/web@sha256:01",
		"mail me@acme.example about basic tests":              "mail me@acme.example about basic tests",
		"authorization: Basic bWU6aHVudGVyMg==":               "authorization: Basic [redacted]",
		`\"access_token\":\"abc\",`:                           `\"access_token\":\"[redacted]\",`,
		"client_secret=abc&grant_type=x":                      "client_secret=[redacted]&grant_type=x",
		"clientSecretKey: client-secret":                      "clientSecretKey: client-secret",
		`"client_secret":"a, b&c}","x":1`:                     `"client_secret":"[redacted]","x":1`,
		`{\"password\":\"a, b\",\"x\":1}`:                     `{\"password\":\"[redacted]\",\"x\":1}`,
		`"password": ""`:                                      `"password": "[redacted]"`,
		`{"password":"a\"b","x":1}`:                           `{"password":"[redacted]","x":1}`,
		"password=[a":                                         "password=[redacted]",
		"password: a,b":                                       "password: [redacted]",
		"PRIVATE-TOKEN: abc":                                  "PRIVATE-TOKEN: [redacted]",
		"- --token=abc":                                       "- --token=[redacted]",
		"https://ci.example/1?token=abc&x=1":                  "https://ci.example/1?token=[redacted]&x=1",
		"automountServiceAccountToken: false":                 "automountServiceAccountToken: false",
		"secretName: acme-jira":                               "secretName: acme-jira",
		"Authorization: token ghp_" + strings.Repeat("a", 36): "Authorization: token [redacted]",
		"glpat-" + strings.Repeat("a", 20):                    "[redacted]",
		"ATATT3xFf" + strings.Repeat("a", 20):                 "[redacted]",
		"ATTENTION-PLEASE-READ-THIS-LONG-TEXT":                "ATTENTION-PLEASE-READ-THIS-LONG-TEXT",
	} {
		NewWithT(t).Expect(scrub(line)).To(Equal(want))
	}
}
