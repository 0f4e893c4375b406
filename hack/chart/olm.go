// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// The bundle for the Operator Lifecycle Manager. Its image is made with docker build dist/olm.
const (
	bundleFolder = "dist/olm"
	operator     = "rollcall"
)

// A fate is what becomes of an object that the chart installs.
type fate int

const (
	inVersion fate = iota // it becomes a part of the ClusterServiceVersion
	asItIs                // it lies in the bundle, and OLM creates it
	leftOut               // OLM, or some of the catalogs, refuse it
)

// fates are those of all kinds that the chart installs with its default values.
var fates = map[string]fate{
	"Deployment":          inVersion,
	"ServiceAccount":      inVersion, // OLM creates it by its name in the permissions
	"ClusterRoleBinding":  inVersion,
	"RoleBinding":         inVersion,
	"Role":                inVersion,
	"ClusterRole":         asItIs, // where it is bound, it is a permission
	"Service":             asItIs,
	"PodDisruptionBudget": asItIs,
	"NetworkPolicy":       leftOut,
}

// installed are the objects of the files that config/default installs, but for CRDs, the namespace, and the admission
// policy, which OLM does not know.
type installed []*unstructured.Unstructured

func readInstalled(files ...string) (installed, error) {
	var found installed
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, document := range documents(string(content)) {
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
				return nil, fmt.Errorf("read %s: %w", file, err)
			}
			if _, known := fates[object.GetKind()]; !known {
				return nil, fmt.Errorf("%s of %s: say in hack/chart/olm.go what becomes of it in the bundle", object.GetKind(), file)
			}
			found = append(found, object)
		}
	}
	return found, nil
}

// writeBundle writes the bundle of what kustomize installs.
func writeBundle() error {
	objects, err := readInstalled(managerFile, rbacFile, roleFile)
	if err != nil {
		return err
	}
	v, err := readVersion(objects)
	if err != nil {
		return err
	}
	version, err := v.object()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(bundleFolder); err != nil {
		return err
	}
	if err := writeObject("manifests/"+operator+".clusterserviceversion.yaml", version); err != nil {
		return err
	}
	if err := writeManifestsOfBundle(objects); err != nil {
		return err
	}
	return writeBundleMetadata()
}

// writeManifestsOfBundle writes the CRDs, and what OLM creates as it is.
func writeManifestsOfBundle(objects installed) error {
	crds, err := filepath.Glob(crdFolder + "/*.yaml")
	if err != nil {
		return err
	}
	for _, file := range crds {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		head := "# " + fmt.Sprintf(generated, file) + "\n"
		if err := write(filepath.Join(bundleFolder, "manifests", filepath.Base(file)), head+strings.TrimPrefix(string(content), "---\n")); err != nil {
			return err
		}
	}
	for _, object := range objects {
		if fates[object.GetKind()] != asItIs || objects.bound(object) {
			continue
		}
		object = object.DeepCopy()
		object.SetNamespace("") // OLM's choice
		file := fmt.Sprintf("manifests/%s.%s.yaml", object.GetName(), strings.ToLower(object.GetKind()))
		if err := writeObject(file, object.Object); err != nil {
			return err
		}
	}
	return nil
}

// bound says whether a role is one of the manager's.
func (objects installed) bound(role *unstructured.Unstructured) bool {
	return slices.ContainsFunc(objects, func(binding *unstructured.Unstructured) bool {
		kind, _, _ := unstructured.NestedString(binding.Object, "roleRef", "kind")
		name, _, _ := unstructured.NestedString(binding.Object, "roleRef", "name")
		return kind == role.GetKind() && name == role.GetName()
	})
}

// permissions are the rules of the manager's roles of a kind.
func (objects installed) permissions(kind, account string) ([]any, error) {
	var rules []rbacv1.PolicyRule
	for _, object := range objects {
		if object.GetKind() != kind || !objects.bound(object) {
			continue
		}
		var role rbacv1.ClusterRole // a Role has the same fields
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &role); err != nil {
			return nil, err
		}
		rules = append(rules, role.Rules...)
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("no %s of the manager has a rule", kind)
	}
	return []any{map[string]any{"serviceAccountName": account, "rules": rules}}, nil
}

// deployment is the manager's.
func (objects installed) deployment() (*appsv1.Deployment, error) {
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Deployment" })
	if i < 0 {
		return nil, fmt.Errorf("%s has no Deployment", managerFile)
	}
	var d appsv1.Deployment
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(objects[i].Object, &d); err != nil {
		return nil, err
	}
	// OpenShift chooses the user and the group itself, and refuses others. Elsewhere the image names them.
	d.Spec.Template.Spec.SecurityContext.RunAsUser = nil
	d.Spec.Template.Spec.SecurityContext.RunAsGroup = nil
	return &d, nil
}

// writeBundleMetadata says what the bundle is, for a catalog, and makes an image of it.
func writeBundleMetadata() error {
	labels := map[string]string{
		"operators.operatorframework.io.bundle.mediatype.v1":       "registry+v1",
		"operators.operatorframework.io.bundle.manifests.v1":       "manifests/",
		"operators.operatorframework.io.bundle.metadata.v1":        "metadata/",
		"operators.operatorframework.io.bundle.package.v1":         operator,
		"operators.operatorframework.io.bundle.channels.v1":        "candidate",
		"operators.operatorframework.io.bundle.channel.default.v1": "candidate",
	}
	if err := writeObject("metadata/annotations.yaml", map[string]any{"annotations": labels}); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# SPDX-License-Identifier: Apache-2.0\n\n# "+generated+"\n# docker build --tag registry.example/rollcall-bundle:0.1.0 dist/olm\nFROM scratch\n\n", chart)
	names := make([]string, 0, len(labels))
	for name := range labels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "LABEL %s=%s\n", name, labels[name])
	}
	b.WriteString("\nCOPY manifests /manifests/\nCOPY metadata /metadata/\n")
	return write(filepath.Join(bundleFolder, "Dockerfile"), b.String())
}

func writeObject(file string, object any) error {
	content, err := yaml.Marshal(object)
	if err != nil {
		return err
	}
	return write(filepath.Join(bundleFolder, file), "# "+fmt.Sprintf(generated, chart)+"\n"+string(content))
}
