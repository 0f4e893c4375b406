// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"
)

const (
	descriptionFile = "hack/chart/olm.md"
	logoFile        = "docs/images/logo.svg"
)

// minimumKubernetes is said in Chart.yaml.
var minimumKubernetes = regexp.MustCompile(`">=(\d+\.\d+\.\d+)-0"`)

// A version is what a ClusterServiceVersion is made of: OLM installs the manager from it, and shows it to people.
type version struct {
	AppVersion  string   `json:"appVersion"`
	Description string   `json:"description"`
	Keywords    []string `json:"keywords"`

	objects     installed
	manager     *appsv1.Deployment
	crds        []hubCRD
	kubernetes  string
	description string
	logo        []byte
}

func readVersion(objects installed) (*version, error) {
	text, err := os.ReadFile(chartFile)
	if err != nil {
		return nil, err
	}
	v := &version{objects: objects}
	if err := yaml.Unmarshal(text, v); err != nil {
		return nil, err
	}
	kubernetes := minimumKubernetes.FindSubmatch(text)
	if kubernetes == nil {
		return nil, fmt.Errorf("%s names no oldest Kubernetes, such as \">=1.32.0-0\"", chartFile)
	}
	v.kubernetes = string(kubernetes[1])
	description, err := os.ReadFile(descriptionFile)
	if err != nil {
		return nil, err
	}
	v.description = string(description)
	if v.logo, err = os.ReadFile(logoFile); err != nil {
		return nil, err
	}
	if v.crds, err = hubCRDs(); err != nil {
		return nil, err
	}
	v.manager, err = objects.deployment()
	return v, err
}

// object is the ClusterServiceVersion.
func (v *version) object() (map[string]any, error) {
	install, err := v.install()
	if err != nil {
		return nil, err
	}
	annotations, err := v.annotations()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"apiVersion": "operators.coreos.com/v1alpha1",
		"kind":       "ClusterServiceVersion",
		"metadata": map[string]any{
			"name": operator + ".v" + v.AppVersion, "annotations": annotations,
			"labels": map[string]any{"operatorframework.io/arch.amd64": "supported", "operatorframework.io/arch.arm64": "supported"},
		},
		"spec": map[string]any{
			"displayName": "Rollcall", "version": v.AppVersion, "maturity": "alpha", "minKubeVersion": v.kubernetes,
			"description": v.description, "keywords": v.Keywords,
			"icon":                      []any{map[string]any{"base64data": base64.StdEncoding.EncodeToString(v.logo), "mediatype": "image/svg+xml"}},
			"provider":                  map[string]any{"name": "The Rollcall authors", "url": home},
			"links":                     []hubLink{{Name: "Documents", URL: home + "/blob/main/docs/README.md"}, {Name: "Source", URL: home}},
			"customresourcedefinitions": map[string]any{"owned": v.crds},
			"install":                   install,
			// JiraSites belong to the cluster, and so does who reports to them.
			"installModes": []any{
				map[string]any{"type": "OwnNamespace", "supported": false},
				map[string]any{"type": "SingleNamespace", "supported": false},
				map[string]any{"type": "MultiNamespace", "supported": false},
				map[string]any{"type": "AllNamespaces", "supported": true},
			},
		},
	}, nil
}

// install is how OLM installs the manager, and what it may do.
func (v *version) install() (map[string]any, error) {
	account := v.manager.Spec.Template.Spec.ServiceAccountName
	cluster, err := v.objects.permissions("ClusterRole", account)
	if err != nil {
		return nil, err
	}
	own, err := v.objects.permissions("Role", account)
	if err != nil {
		return nil, err
	}
	return map[string]any{"strategy": "deployment", "spec": map[string]any{
		"clusterPermissions": cluster,
		"permissions":        own,
		"deployments":        []any{map[string]any{"name": v.manager.Name, "label": v.manager.Labels, "spec": v.manager.Spec}},
	}}, nil
}

// annotations are what catalogs show and search.
func (v *version) annotations() (map[string]any, error) {
	objects, err := samples(v.crds)
	if err != nil {
		return nil, err
	}
	examples, err := json.MarshalIndent(objects, "", "  ")
	if err != nil {
		return nil, err
	}
	const openshift = "features.operators.openshift.io/"
	return map[string]any{
		"alm-examples":   string(examples),
		"capabilities":   "Seamless Upgrades",
		"categories":     "Integration & Delivery,Developer Tools",
		"containerImage": v.manager.Spec.Template.Spec.Containers[0].Image,
		"description":    v.Description,
		"repository":     home,
		"support":        home + "/issues",
		"operatorframework.io/suggested-namespace": namespace,
		openshift + "disconnected":                 "false", // it reports to a cloud
		openshift + "proxy-aware":                  "true",
		openshift + "tls-profiles":                 "false",
		openshift + "fips-compliant":               "false",
		openshift + "token-auth-aws":               "false",
		openshift + "token-auth-azure":             "false",
		openshift + "token-auth-gcp":               "false",
	}, nil
}
