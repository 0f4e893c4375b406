// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// What kustomize installs, and kubectl from one file. role.yaml is controller-gen's: it holds the rules that the
// chart's own are made of.
const (
	managerFile   = "config/manager/manager.yaml"
	namespaceFile = "config/manager/namespace.yaml"
	rbacFile      = "config/rbac/chart.yaml"
	admissionFile = "config/admission/chart.yaml"
	installFile   = "dist/install.yaml"
)

// placeholder is the name of the image in what is not installed with Helm. No name below .invalid is ever anybody's: what
// is applied with it pulls nothing.
const placeholder = "registry.invalid/rollcall"

// helmsOwn are labels that are not true of what Helm did not install.
var helmsOwn = regexp.MustCompile(`(?m)^ +(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n`)

// writeManifests renders the chart with its default values into the folders of kustomize, and all that they install
// into one file.
func writeManifests() error {
	rendered, err := tool("helm", "template", "rollcall", chart, "--namespace="+namespace, "--no-hooks",
		"--set=crds.enabled=false", "--set=image.repository="+placeholder)
	if err != nil {
		return err
	}
	var manager, rbac, admission []string
	for _, document := range documents(helmsOwn.ReplaceAllString(rendered, "")) {
		var object metav1.PartialObjectMetadata
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return err
		}
		switch {
		case object.Name == "rollcall-manager" && slices.Contains([]string{"ClusterRole", "Role"}, object.Kind):
			// controller-gen's
		case object.GroupVersionKind().Group == rbacv1.GroupName, object.Kind == "ServiceAccount":
			rbac = append(rbac, document)
		case object.GroupVersionKind().Group == admissionregistrationv1.GroupName:
			admission = append(admission, document)
		default:
			manager = append(manager, document)
		}
	}
	head := "# " + fmt.Sprintf(generated, chart) + "\n"
	for file, documents := range map[string][]string{managerFile: manager, rbacFile: rbac, admissionFile: admission} {
		if err := write(file, head+strings.Join(documents, "---\n")); err != nil {
			return err
		}
	}
	return writeInstall(head)
}

// writeInstall puts all that config/default installs into one file, what is needed first before the rest.
func writeInstall(head string) error {
	var all []string
	for _, file := range []string{
		crdFolder + "/rollcall.dev_jirabuilds.yaml", crdFolder + "/rollcall.dev_jiradeployments.yaml", siteCRD, namespaceFile, rbacFile, roleFile, admissionFile, managerFile,
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		all = append(all, documents(string(content))...)
	}
	return write(installFile, head+"# sed 's|"+placeholder+":|YOUR-IMAGE:|' install.yaml | kubectl apply --server-side -f -\n"+strings.Join(all, "---\n"))
}

// documents returns the documents of a YAML file, without the comments of helm and those at their top.
func documents(content string) []string {
	var found []string
	for document := range strings.SplitSeq("\n"+content, "\n---\n") {
		document = strings.TrimLeft(document, "\n")
		for strings.HasPrefix(document, "# Source: ") || strings.HasPrefix(document, "# Generated ") {
			_, document, _ = strings.Cut(document, "\n")
		}
		if document = strings.TrimSpace(document); document != "" {
			found = append(found, document+"\n")
		}
	}
	return found
}
