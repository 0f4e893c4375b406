// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/config"
)

const (
	applyCRDs = "apply the CRDs of the manager's version, before the manager: docs/upgrade.md"
	// named is how many fields a line names.
	named = 3
)

// ownCRDs are the CRDs that this program was built with, by name.
func ownCRDs() ([]*apiextensionsv1.CustomResourceDefinition, error) {
	files, err := fs.Glob(config.CRDs, "crd/bases/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("find CRDs: %w", err)
	}
	var own []*apiextensionsv1.CustomResourceDefinition
	for _, file := range files {
		text, err := config.CRDs.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read CRD: %w", err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &crd); err != nil {
			return nil, fmt.Errorf("read CRD: %w", err)
		}
		own = append(own, &crd)
	}
	return own, nil
}

// crds compares what the API server serves with the CRDs of this program. What it serves, everybody may read; what it stores,
// only who may read CRDs.
func (t *target) crds(ctx context.Context) []Finding {
	own, err := ownCRDs()
	if err != nil {
		return []Finding{unread("CRDs", err)}
	}
	served, err := t.served()
	if err != nil {
		return []Finding{unread("CRDs", err)}
	}
	var findings []Finding
	for _, crd := range own {
		findings = append(findings, t.crd(ctx, crd, served[crd.Spec.Names.Kind])...)
	}
	return findings
}

func (t *target) crd(ctx context.Context, want *apiextensionsv1.CustomResourceDefinition, served map[string]any) []Finding {
	check := "CRD " + want.Spec.Names.Plural
	if served == nil {
		return []Finding{failed(check, "install Rollcall, with its CRDs: docs/install.md", "%s/%s is not served", want.Spec.Group, v1alpha1.GroupVersion.Version)}
	}
	finding := compare(check, fieldsOf(ownSchema(want)), fieldsOf(served))
	var there apiextensionsv1.CustomResourceDefinition
	err := t.Get(ctx, client.ObjectKeyFromObject(want), &there)
	if err != nil {
		return []Finding{finding, unread(check+", stored", err)}
	}
	if problem := conflict(want, &there); problem != "" {
		return []Finding{finding, failed(check+", stored", applyCRDs, "%s", problem)}
	}
	return []Finding{finding}
}

// compare says whether a kind has the fields of this program.
func compare(check string, want, served map[string]bool) Finding {
	missing, unknown := without(want, served), without(served, want)
	switch {
	case len(missing) > 0:
		return failed(check, applyCRDs, "lacks %s: what is written there is dropped", someOf(missing))
	case len(unknown) > 0:
		return ok(check, "served as %s; it has %s, which this plug-in does not know: the CRD is newer", v1alpha1.GroupVersion.Version, someOf(unknown))
	}
	return ok(check, "served as %s, with the fields that this plug-in knows", v1alpha1.GroupVersion.Version)
}

// served are the schemas that the API server serves of our kinds.
func (t *target) served() (map[string]map[string]any, error) {
	paths, err := t.discovery.OpenAPIV3().Paths()
	if err != nil {
		return nil, fmt.Errorf("read what the API server serves: %w", err)
	}
	group, found := paths["apis/"+v1alpha1.GroupVersion.String()]
	if !found {
		return nil, nil
	}
	text, err := group.Schema("application/json")
	if err != nil {
		return nil, fmt.Errorf("read what the API server serves: %w", err)
	}
	var document struct {
		Components struct {
			Schemas map[string]map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read what the API server serves: %w", err)
	}
	kinds := map[string]map[string]any{}
	for name, schema := range document.Components.Schemas {
		kinds[name[strings.LastIndex(name, ".")+1:]] = schema
	}
	return kinds, nil
}

func ownSchema(crd *apiextensionsv1.CustomResourceDefinition) map[string]any {
	var schema map[string]any
	for _, v := range crd.Spec.Versions {
		if text, err := json.Marshal(v.Schema.OpenAPIV3Schema); v.Name == v1alpha1.GroupVersion.Version && err == nil {
			_ = json.Unmarshal(text, &schema) // it was made by Marshal
		}
	}
	return schema
}

// fieldsOf are the paths of the fields of a schema, but for those that every object has.
func fieldsOf(schema map[string]any) map[string]bool {
	fields := map[string]bool{}
	collect(fields, "", schema)
	maps.DeleteFunc(fields, func(path string, _ bool) bool {
		root, _, _ := strings.Cut(path, ".")
		return root != "spec" && root != "status"
	})
	return fields
}

func collect(fields map[string]bool, path string, schema map[string]any) {
	for _, below := range []string{"items", "additionalProperties"} {
		if nested, is := schema[below].(map[string]any); is {
			collect(fields, path, nested)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		field := strings.TrimPrefix(path+"."+name, ".")
		fields[field] = true
		if nested, is := property.(map[string]any); is {
			collect(fields, field, nested)
		}
	}
}

func without(fields, others map[string]bool) []string {
	var left []string
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !others[field] {
			left = append(left, field)
		}
	}
	return left
}

func someOf(fields []string) string {
	if len(fields) > named {
		return fmt.Sprintf("%s and %d fields more", strings.Join(fields[:named], ", "), len(fields)-named)
	}
	return strings.Join(fields, ", ")
}

// conflict says what keeps a CRD that is there from being ours.
func conflict(want, there *apiextensionsv1.CustomResourceDefinition) string {
	if want.Spec.Scope != there.Spec.Scope || want.Spec.Names.Kind != there.Spec.Names.Kind {
		return fmt.Sprintf("it is another one: of the kind %s, %s", there.Spec.Names.Kind, strings.ToLower(string(there.Spec.Scope)))
	}
	for _, v := range there.Spec.Versions {
		if v.Storage && v.Name != v1alpha1.GroupVersion.Version {
			return fmt.Sprintf("it stores %s, and this plug-in knows %s", v.Name, v1alpha1.GroupVersion.Version)
		}
	}
	for _, c := range there.Status.Conditions {
		if (c.Type == apiextensionsv1.Established || c.Type == apiextensionsv1.NamesAccepted) && c.Status != apiextensionsv1.ConditionTrue {
			return fmt.Sprintf("it is not %s: %s", c.Type, c.Message)
		}
	}
	return ""
}

// conflicts looks, before the installation, for CRDs that are there already.
func (t *target) conflicts(ctx context.Context) []Finding {
	own, err := ownCRDs()
	if err != nil {
		return []Finding{unread("CRDs", err)}
	}
	var findings []Finding
	for _, want := range own {
		check := "CRD " + want.Spec.Names.Plural
		var there apiextensionsv1.CustomResourceDefinition
		err := t.Get(ctx, client.ObjectKeyFromObject(want), &there)
		problem := conflict(want, &there)
		switch {
		case apierrors.IsNotFound(err):
			findings = append(findings, ok(check, "not there yet"))
		case err != nil:
			findings = append(findings, unread(check, err))
		case problem != "":
			findings = append(findings, failed(check, "find out whose it is (kubectl get crd "+want.Name+" -o yaml) before you install Rollcall", "%s", problem))
		case there.Annotations["meta.helm.sh/release-name"] != "":
			findings = append(findings, ok(check, "there already, of the Helm release %s in the namespace %s: upgrade that one",
				there.Annotations["meta.helm.sh/release-name"], there.Annotations["meta.helm.sh/release-namespace"]))
		default:
			findings = append(findings, ok(check, "there already; the installation brings it up to date"))
		}
	}
	return findings
}
