// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const crdFolder = "config/crd/bases"

// writeCRDs makes a template of each CRD. They are templates, and not in the chart's folder crds, because Helm
// upgrades nothing in there.
func writeCRDs() error {
	files, err := filepath.Glob(crdFolder + "/*.yaml")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no CRD in %s", crdFolder)
	}
	if err := os.RemoveAll(templates + "/crds"); err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		template, err := crdTemplate(file, string(content))
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.Base(file), "rollcall.dev_")
		if err := write(filepath.Join(templates, "crds", name), template); err != nil {
			return err
		}
	}
	return nil
}

// crdTemplate puts the switches around a CRD as controller-gen writes it, and its own braces out of Helm's reach.
func crdTemplate(file, crd string) (string, error) {
	const metadata = "metadata:\n  annotations:\n"
	if strings.Count(crd, metadata) != 1 {
		return "", fmt.Errorf("%s: want one metadata with annotations, as controller-gen writes it", file)
	}
	crd = strings.ReplaceAll(strings.TrimPrefix(crd, "---\n"), "{{", `{{ "{{" }}`)
	crd = strings.Replace(crd, metadata, `metadata:
  labels:
    {{- include "rollcall.labels" . | nindent 4 }}
  annotations:
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
`, 1)
	head := "{{- /* " + fmt.Sprintf(generated, file) + " */}}\n{{- if .Values.crds.enabled }}\n"
	return head + crd + "{{- end }}\n", nil
}
