// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
)

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: web, image: "shop/web:1"}]}}}
`

func TestManifestsAsToolsPrintThem(t *testing.T) {
	api := strings.ReplaceAll(web, "web", "api")
	for name, tt := range map[string]struct {
		text   string
		want   []string
		others map[string]int
	}{
		"one document":           {web, []string{"shop/web"}, nil},
		"two":                    {web + "---\n" + api, []string{"shop/web", "shop/api"}, nil},
		"comments and emptiness": {"# a\n---\n---\n# Source: shop/templates/web.yaml\n" + web + "--- # next\n\n---\t\n" + api + "...\n", []string{"shop/web", "shop/api"}, nil},
		"a null document":        {"null\n---\n" + web, []string{"shop/web"}, nil},
		"carriage returns":       {strings.ReplaceAll(web+"---\n"+api, "\n", "\r\n"), []string{"shop/web", "shop/api"}, nil},
		"no last line break":     {strings.TrimSpace(web), []string{"shop/web"}, nil},
		"an indented document":   {"  apiVersion: v1\n  kind: Namespace\n  metadata: {name: shop}", []string{"shop"}, nil},
		"a list": {"apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(web, "\n", "\n  ") + "\n- {apiVersion: v1, kind: Service, metadata: {name: web}}\n",
			[]string{"shop/web"}, map[string]int{"Service": 1}},
		"a list of a kind": {`{"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}]}`, []string{"else/web"}, nil},
		"JSON after JSON": {`{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}`, []string{"a", "b"}, nil},
		"YAML that begins like JSON": {"{apiVersion: v1, kind: Namespace, metadata: {name: a}}", []string{"a"}, nil},
		"helm install --dry-run": {"NAME: shop\nLAST DEPLOYED: Mon\nNAMESPACE: shop\nSTATUS: pending-install\nHOOKS:\nMANIFEST:\n---\n" + web + "\nNOTES:\n1. Get the URL:\n  kubectl get --all: {{\n---\n: not YAML\n",
			[]string{"shop/web"}, nil},
		"three dashes in a text":                 {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    ---\n    x\n", nil, map[string]int{"ConfigMap": 1}},
		"a pod template of a Job is no workload": {"apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {spec: {}}}\n", nil, map[string]int{"Job": 1}},
		"another API's Deployment":               {"apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: a}\n", nil, map[string]int{"Deployment": 1}},
		"what is in no namespace":                {"apiVersion: rollcall.dev/v1alpha1\nkind: JiraSite\nmetadata: {name: acme, namespace: oops}\nspec: {host: acme.atlassian.net}\n", []string{"acme"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			found, err := Read(strings.NewReader(tt.text), []string{"-"}, "else")
			g.Expect(err).NotTo(HaveOccurred())
			var names []string
			for _, o := range found.Objects {
				names = append(names, strings.TrimPrefix(o.GetNamespace()+"/"+o.GetName(), "/"))
			}
			g.Expect(names).To(Equal(tt.want))
			if tt.others == nil {
				tt.others = map[string]int{}
			}
			g.Expect(found.Others).To(Equal(tt.others))
		})
	}
}

// Each error names the file, the document and the line, and holds no value: that may be a secret.
func TestABadDocument(t *testing.T) {
	const secret = "hunter2"
	for name, tt := range map[string]struct{ text, want string }{
		"no YAML":        {web + "---\na: 1\nb: " + secret + ": " + secret + "\n", "document 2 (line 6): it is no YAML in line 7: mapping values are not allowed in this context"},
		"a template":     {"kind: {{ .Values.kind }}\nmetadata: x\n", "document 1 (line 1): it is no YAML"},
		"no object":      {"# a\n- " + secret, "document 1 (line 1): it is no object"},
		"no kind":        {"password: " + secret, "document 1 (line 1): it has no kind and no apiVersion, and is no manifest"},
		"no name":        {"\n\napiVersion: apps/v1\nkind: Deployment\nmetadata: {}", "document 1 (line 1): the Deployment has no metadata.name"},
		"a wrong type":   {strings.ReplaceAll(web, "spec: {", "spec: {replicas: "+secret+", "), "it is not written as a Deployment is: spec.replicas is a string, and should be a int32"},
		"a wrong field":  {"apiVersion: rollcall.dev/v1alpha1\nkind: JiraSite\nmetadata: {name: acme}\nspec: {hots: x}", `it is not written as a JiraSite is: unknown field "spec.hots"`},
		"a bad item":     {"apiVersion: v1\nkind: List\nitems: [" + secret + "]", "item 1 of the list is no object"},
		"an unknown tab": {"apiVersion: v1\n\tkind: " + secret, "it is no YAML in line 2: found a tab character that violates indentation"},
		"an alias":       {"a: *" + secret, "it is no YAML: unknown anchor … referenced"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := Read(strings.NewReader(tt.text), []string{"-"}, "else")
			g.Expect(err).To(MatchError(And(HavePrefix("standard input, document "), ContainSubstring(tt.want), Not(ContainSubstring(secret)))))
		})
	}
}

func TestAFolder(t *testing.T) {
	g := NewWithT(t)
	folder := t.TempDir()
	write := func(name, text string) {
		g.Expect(os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600)).To(Succeed())
	}
	write("a/web.yaml", web)
	write("b/web.yml", strings.ReplaceAll(web, "shop/web:1", "shop/web:2"))
	write("kustomization.yaml", "resources: [a]\n")
	write("values.yaml", "replicas: 2\n")
	write(".github/workflows/ci.yaml", "on: {{ push }}\n")
	write("README.md", "# No manifest\n")

	found, err := Read(nil, []string{folder}, "else")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found.Objects).To(HaveLen(1))
	g.Expect(found.Objects[0].(*appsv1.Deployment).Spec.Template.Spec.Containers[0].Image).To(Equal("shop/web:2"), "the last one counts")
	g.Expect(found.Repeated).To(Equal([]string{"Deployment shop/web"}))

	_, err = Read(nil, []string{filepath.Join(folder, "values.yaml")}, "else")
	g.Expect(err).To(MatchError(ContainSubstring("it has no kind")), "somebody named it")
	write("c/bad.yaml", "a: b: c\n")
	write("c/worse.yaml", "a: b: c\n")
	_, err = Read(nil, []string{folder, filepath.Join(folder, "missing")}, "else")
	g.Expect(err).To(MatchError(And(ContainSubstring("bad.yaml"), ContainSubstring("worse.yaml"), ContainSubstring("missing"))), "all that is wrong is told at once")
}
