// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// firstCell is a row of a table that begins with a name.
var firstCell = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// namesIn are the names that rows of a document begin with.
func namesIn(t *testing.T, document string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, document))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, cell := range firstCell.FindAllStringSubmatch(string(content), -1) {
		names = append(names, cell[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// A name in metadata that is read or written has a constant in wellknown.go, and a row in docs/annotations.md.
func TestEveryAnnotationAndLabelHasItsRow(t *testing.T) {
	g := NewWithT(t)
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "api", "v1alpha1", "wellknown.go"), nil, 0)
	g.Expect(err).NotTo(HaveOccurred())
	constants := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		name, err := strconv.Unquote(literal.Value)
		g.Expect(err).NotTo(HaveOccurred())
		if strings.Contains(name, "/") {
			constants[name] = true
		}
		return true
	})
	g.Expect(namesIn(t, "docs/annotations.md")).To(Equal(slices.Sorted(maps.Keys(constants))))
}

// notField says that a first cell of docs/jirasite.md is that of the table of wrong values.
func notField(name string) bool { return strings.HasPrefix(name, "{") }

func TestEveryFieldOfAJiraSiteHasItsRow(t *testing.T) {
	g := NewWithT(t)
	content, err := os.ReadFile(filepath.Join(root, "config", "crd", "bases", "rollcall.dev_jirasites.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var crd apiextensionsv1.CustomResourceDefinition
	g.Expect(yaml.Unmarshal(content, &crd)).To(Succeed())
	parts := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties
	fields := slices.AppendSeq(fieldsOf(parts["spec"], ""), maps.Keys(parts["status"].Properties))
	g.Expect(len(fields)).To(BeNumerically(">", 60))
	slices.Sort(fields)
	g.Expect(slices.DeleteFunc(namesIn(t, "docs/jirasite.md"), notField)).To(Equal(slices.Compact(fields)))
}

// fieldsOf are the paths of the fields that a person may write; a selector is one field.
func fieldsOf(schema apiextensionsv1.JSONSchemaProps, path string) []string {
	if schema.Items != nil && schema.Items.Schema != nil && schema.Items.Schema.Properties != nil {
		return fieldsOf(*schema.Items.Schema, path+"[]")
	}
	if _, selector := schema.Properties["matchLabels"]; selector || schema.Properties == nil {
		return []string{path}
	}
	var fields []string
	for name, property := range schema.Properties {
		fields = append(fields, fieldsOf(property, strings.TrimPrefix(path+"."+name, "."))...)
	}
	return fields
}
