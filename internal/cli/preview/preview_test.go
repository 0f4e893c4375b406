// SPDX-License-Identifier: Apache-2.0

package preview_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/rollcall-dev/rollcall/internal/cli"
	"github.com/rollcall-dev/rollcall/internal/cli/preview"
)

var update = flag.Bool("update", false, "write testdata anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// result is what a command line printed, and its exit code.
type result struct {
	out, err string
	code     int
}

func run(t *testing.T, in string, args ...string) result {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none")) // no cluster
	var out, errOut bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(in), Out: &out, ErrOut: &errOut}
	code := cli.Run(t.Context(), streams, func() time.Time { return noon }, cli.Version{}, append([]string{"preview"}, args...))
	return result{out.String(), errOut.String(), code}
}

func TestWhatIsPrinted(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		code int
	}{
		"with-a-site":    {[]string{"-f", "testdata/shop.yaml", "--jirasite", "testdata/site.yaml", "--cluster-name", "eu-1"}, 0},
		"without-a-site": {[]string{"-f", "testdata/shop.yaml"}, 0},
		"require-key":    {[]string{"-f", "testdata/shop.yaml", "--jirasite", "testdata/site.yaml", "--require-key"}, 1},
		"the-samples":    {[]string{"-f", "../../../config/samples", "--require-key"}, 0},
		"nothing":        {[]string{"-f", "testdata/site.yaml", "--require-key"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := run(t, "", tt.args...)
			text := got.out + "--- on the standard error\n" + got.err
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				g.Expect(os.WriteFile(golden, []byte(text), 0o600)).To(Succeed())
			}
			want, err := os.ReadFile(golden)
			g.Expect(err).NotTo(HaveOccurred(), "go test ./internal/cli/preview -update writes it")
			g.Expect(text).To(Equal(string(want)))
			g.Expect(got.code).To(Equal(tt.code))
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	site := func(spec string) string {
		return "apiVersion: rollcall.dev/v1alpha1\nkind: JiraSite\nmetadata: {name: acme}\nspec: {" + spec + "}\n"
	}
	for name, tt := range map[string]struct {
		in   string
		args []string
		code int
		want string
	}{
		"no files":         {"", nil, 2, "Error: nothing to preview: name manifests with -f FILE, -f FOLDER or -f -\n"},
		"an argument":      {"", []string{"web.yaml"}, 2, "Error: preview takes no arguments: name the manifests with -f\n"},
		"a form":           {deployment("", "web", "SHOP-1"), []string{"-f", "-", "-o", "xml"}, 2, "Error: -o xml: there are table, json and yaml\n"},
		"no such file":     {"", []string{"-f", "missing.yaml"}, 1, "Error: read manifests: stat missing.yaml: no such file or directory\n"},
		"nothing comes":    {"# nothing\n", []string{"-f", "-"}, 1, "Error: the standard input is empty: what should write manifests there may have failed\n"},
		"a bad document":   {"a: b: c\n---\n- x\n", []string{"-f", "-"}, 1, "Error: standard input, document 1 (line 1): it is no YAML: mapping values are not allowed in this context\nError: standard input, document 2 (line 3): it is no object\n"},
		"a site's mistake": {site("excludeNamespaces: ['[']"), []string{"-f", "-"}, 1, "Error: JiraSite acme: InvalidNamespacePattern: spec.excludeNamespaces: namespace pattern \"[\" does not parse: a '[' needs its ']', a '\\' a character after it\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := run(t, tt.in, tt.args...)
			g.Expect(got.err).To(Equal(tt.want))
			g.Expect(got.code).To(Equal(tt.code))
		})
	}
}

// -n is the namespace of what names none; the text of a tenant moves no cursor.
func TestANamespaceAndATenantsText(t *testing.T) {
	g := NewWithT(t)
	manifest := deployment("", "web\u001b[2J", "SHOP-1")
	g.Expect(run(t, manifest, "-f", "-", "-n", "shop-dev").out).To(And(ContainSubstring("Deployment shop-dev/web\ufffd[2J"), Not(ContainSubstring("\x1b"))))
	g.Expect(run(t, manifest, "-f", "-").out).To(ContainSubstring("Deployment default/web"))
}

// Two sites: what one is told is not the other's.
func TestEachSiteHasItsLine(t *testing.T) {
	g := NewWithT(t)
	sites := ""
	for name, projects := range map[string]string{"acme": "SHOP", "beta": "PAY"} {
		sites += fmt.Sprintf("---\napiVersion: rollcall.dev/v1alpha1\nkind: JiraSite\nmetadata: {name: %s}\nspec: {host: %s.atlassian.net, projects: [%s]}\n", name, name, projects)
	}
	got := run(t, deployment("shop", "web", "SHOP-1")+sites, "-f", "-", "--require-key", "-o", "json")
	g.Expect(got.code).To(Equal(0), "one of the sites is told: %s", got.err)
	var found preview.Preview
	g.Expect(json.Unmarshal([]byte(got.out), &found)).To(Succeed())
	g.Expect(found.Workloads).To(HaveLen(1))
	g.Expect(found.Workloads[0].Sites).To(HaveLen(2))
	g.Expect(found.Workloads[0].Sites[0].Would.Issues).To(Equal([]string{"SHOP-1"}))
	g.Expect(found.Workloads[0].Sites[1].Would).To(BeNil())
	g.Expect(found.Workloads[0].Sites[1].NearMisses).To(ConsistOf(HaveField("Rule", "Project")))
}

func deployment(namespace, name, keys string) string {
	where := ""
	if namespace != "" {
		where = ", namespace: " + namespace
	}
	return fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %q%s}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {annotations: {rollcall.dev/issue-keys: %q}}\n    spec: {containers: [{name: web, image: \"shop/web:1\"}]}\n",
		name, where, keys)
}

// BenchmarkPreview2000 previews 2,000 Deployments of ordinary size in 40 namespaces.
func BenchmarkPreview2000(b *testing.B) {
	var manifests strings.Builder
	for i := range 2000 {
		manifests.WriteString("---\n" + fmt.Sprintf(ordinary, i, i%40, i, i, i+1, i, i))
	}
	text := manifests.String()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		found, err := preview.Of(b.Context(), strings.NewReader(text), preview.Options{
			Files: []string{"-"}, Sites: []string{"testdata/site.yaml"}, Namespace: "default", Cluster: "eu-1", Now: func() time.Time { return noon },
		})
		if err != nil || len(found.Workloads) != 2000 || len(found.Unkeyed()) > 0 {
			b.Fatalf("%d workloads, %v; want 2,000 with keys", len(found.Workloads), err)
		}
	}
}

const ordinary = `# Source: shop/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%d
  namespace: shop-%d-prod
  labels:
    app.kubernetes.io/name: web-%d
    app.kubernetes.io/managed-by: Helm
    helm.sh/chart: shop-1.4.0
spec:
  replicas: 3
  selector:
    matchLabels: {app.kubernetes.io/name: web-%d}
  template:
    metadata:
      annotations:
        checksum/config: 0d8b6c7d5a2f4f6c8f0a9d2b7c4e1f3a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e
        rollcall.dev/commit-message: "SHOP-%d: Take the customer's currency"
      labels:
        app.kubernetes.io/name: web-%d
        app.kubernetes.io/version: 1.4.0
    spec:
      serviceAccountName: web
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: web
        image: registry.example/shop/web-%d:1.4.0
        ports: [{name: http, containerPort: 8080}]
        env:
        - {name: LOG_LEVEL, value: info}
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: web, key: password}}
        livenessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 10}
        readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 5}
        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
        volumeMounts: [{name: config, mountPath: /etc/web}]
      volumes:
      - name: config
        configMap: {name: web}
`
