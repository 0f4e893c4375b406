// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const (
	valuesFile = chart + "/values.yaml"
	siteCRD    = crdFolder + "/rollcall.dev_jirasites.yaml"
)

// writeSchema lets helm-values-schema-json make the schema of the comments in values.yaml, and adds what only the CRD
// knows: a JiraSite's spec. Draft 7 is the newest that every Helm reads which this chart works with.
func writeSchema() error {
	made, err := tool("helm-values-schema-json", "--values="+valuesFile, "--output=-", "--draft=7", "--use-helm-docs",
		"--no-additional-properties", "--schema-root.title=Values of the chart rollcall")
	if err != nil {
		return err
	}
	var schema map[string]any
	if err := json.Unmarshal([]byte(made), &schema); err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	spec, err := siteSpec()
	if err != nil {
		return fmt.Errorf("read %s: %w", siteCRD, err)
	}
	schema["definitions"] = map[string]any{"siteSpec": spec}
	schema["$comment"] = fmt.Sprintf(generated, valuesFile)
	content, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return err
	}
	return write(chart+"/values.schema.json", string(content)+"\n")
}

// siteSpec is the schema of a JiraSite's spec, as strict as the API server is.
func siteSpec() (map[string]any, error) {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := readYAML(siteCRD, &crd); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool { return v.Storage })
	content, err := json.Marshal(crd.Spec.Versions[i].Schema.OpenAPIV3Schema.Properties["spec"])
	if err != nil {
		return nil, err
	}
	var spec map[string]any
	if err := json.Unmarshal(content, &spec); err != nil {
		return nil, err
	}
	tighten(spec)
	return spec, nil
}

// tighten takes away what JSON Schema does not know, and refuses fields that are not there: a name that is misspelled.
func tighten(node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			tighten(child)
		}
	case map[string]any:
		for name, child := range node {
			if strings.HasPrefix(name, "x-kubernetes-") {
				delete(node, name)
				continue
			}
			tighten(child)
		}
		_, properties := node["properties"].(map[string]any)
		if _, said := node["additionalProperties"]; properties && node["type"] == "object" && !said {
			node["additionalProperties"] = false
		}
	}
}

func readYAML(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(content, into)
}
