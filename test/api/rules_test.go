// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// rule is something that the schema of a kind demands of a field.
type rule struct {
	field, name string
	// cause is the type of the API server's answer to its breach, says a part of the message; either may be
	// empty.
	cause metav1.CauseType
	says  string
}

func (r rule) brokenBy(cause metav1.StatusCause) bool {
	return anyIndex.ReplaceAllString(cause.Field, "[]") == r.field &&
		(r.cause == "" || cause.Type == r.cause) && strings.Contains(cause.Message, r.says)
}

var anyIndex = regexp.MustCompile(`\[\d+\]`)

// foreign are schemas that are Kubernetes' own.
var foreign = regexp.MustCompile(`(^|\.)(metadata|conditions\[\]|((namespace|workload|revisionWorkload)Selector|builds\.(selector|imageNamespaces)))$`)

// refusedEveryBreach checks that the refusals so far broke each rule of the kind's schema at least once, so
// that no rule is added without a test.
func (tr *trial) refusedEveryBreach(t *testing.T) {
	t.Run("every rule of the schema was broken once", func(t *testing.T) {
		if tr.tried < tr.cases {
			t.Skip("not all refusals were tried")
		}
		var unbroken []string
		rules := rulesOf(t, tr.kind)
		for _, r := range rules {
			broken := false
			for _, cause := range tr.causes {
				broken = broken || r.brokenBy(cause)
			}
			if !broken {
				unbroken = append(unbroken, fmt.Sprintf("%s: %s %s", r.field, r.name, r.says))
			}
		}
		NewWithT(t).Expect(rules).NotTo(BeEmpty())
		NewWithT(t).Expect(unbroken).To(BeEmpty())
	})
}

func rulesOf(t *testing.T, kind string) []rule {
	t.Helper()
	g := NewWithT(t)
	files, err := filepath.Glob(filepath.Join(crds, "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		text, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		var crd apiextensionsv1.CustomResourceDefinition
		g.Expect(yaml.UnmarshalStrict(text, &crd)).To(Succeed())
		if crd.Spec.Names.Kind == kind {
			return schemaRules("", crd.Spec.Versions[0].Schema.OpenAPIV3Schema)
		}
	}
	t.Fatalf("no CRD of kind %s in %s", kind, crds)
	return nil
}

func schemaRules(field string, s *apiextensionsv1.JSONSchemaProps) []rule {
	rules := ownRules(field, s)
	if foreign.MatchString(field) {
		return rules
	}
	for _, name := range s.Required {
		rules = append(rules, rule{field: join(field, name), name: "required", cause: metav1.CauseTypeFieldValueRequired})
	}
	for name, property := range s.Properties {
		rules = append(rules, schemaRules(join(field, name), &property)...)
	}
	if s.Items != nil {
		rules = append(rules, schemaRules(field+"[]", s.Items.Schema)...)
	}
	return rules
}

func ownRules(field string, s *apiextensionsv1.JSONSchemaProps) []rule {
	var rules []rule
	for _, validation := range s.XValidations {
		cel := rule{field: field + validation.FieldPath, name: "CEL", says: validation.Message}
		if validation.Reason != nil {
			cel.cause = metav1.CauseType(*validation.Reason)
		}
		rules = append(rules, cel)
	}
	for _, one := range []struct {
		present bool
		rule
	}{
		{s.Enum != nil, rule{name: "enum", cause: metav1.CauseTypeFieldValueNotSupported}},
		{s.Pattern != "", rule{name: "pattern", says: "should match"}},
		{s.Format == "date-time", rule{name: "format", says: "must be of type date-time"}},
		{s.MinLength != nil, rule{name: "minLength", says: "chars long"}},
		{s.MaxLength != nil, rule{name: "maxLength", cause: metav1.CauseTypeTooLong}},
		{s.Minimum != nil, rule{name: "minimum", says: "should be greater than or equal to"}},
		{s.Maximum != nil, rule{name: "maximum", says: "should be less than or equal to"}},
		{s.MinItems != nil, rule{name: "minItems", says: "should have at least"}},
		{s.MaxItems != nil, rule{name: "maxItems", cause: metav1.CauseTypeTooMany}},
		{s.MinProperties != nil, rule{name: "minProperties", says: "should have at least"}},
	} {
		if one.present {
			one.field = field
			rules = append(rules, one.rule)
		}
	}
	if kind := s.XListType; kind != nil && (*kind == "set" || *kind == "map") {
		rules = append(rules, rule{field: field + "[]", name: "unique", cause: metav1.CauseTypeFieldValueDuplicate})
	}
	return rules
}

func join(field, name string) string {
	return strings.TrimPrefix(field+"."+name, ".")
}
