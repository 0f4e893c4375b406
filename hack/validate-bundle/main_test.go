// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const bundle = "../../dist/olm"

func TestTheBundleOfTheProject(t *testing.T) {
	found, err := validate(bundle)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range found {
		t.Error(problem)
	}
}

func TestABadBundleIsRefused(t *testing.T) {
	const version = "manifests/rollcall.clusterserviceversion.yaml"
	for name, c := range map[string]struct{ file, old, replacement, want string }{
		"a CRD of another name":          {"manifests/rollcall.dev_jirasites.yaml", "name: jirasites.rollcall.dev", "name: sites.rollcall.dev", "must be spec.names.plural"},
		"a CRD that is not there":        {version, "kind: JiraSite\n", "kind: Site\n", "not found in bundle"},
		"no icon":                        {version, "mediatype: image/svg+xml", "mediatype: image/bmp", "does not have a valid mediatype"},
		"no oldest Kubernetes":           {version, "  minKubeVersion:", "  minVersion:", "minKubeVersion"},
		"an example of another kind":     {version, `"kind": "JiraSite"`, `"kind": "Site"`, "Site"},
		"a category that does not exist": {version, "Integration & Delivery", "Jira", "categories"},
		"a channel of an odd name":       {"metadata/annotations.yaml", "channels.v1: candidate", "channels.v1: latest", "latest"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(bundle)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(folder, c.file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), c.old) {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), c.old, c.replacement)), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := validate(folder)
			if err != nil {
				found = append(found, err.Error())
			}
			if !strings.Contains(strings.Join(found, "\n"), c.want) {
				t.Errorf("validate() = %q, want a problem with %s", found, c.want)
			}
		})
	}
}

func TestAFolderWithoutABundleIsAnError(t *testing.T) {
	if _, err := validate(t.TempDir()); err == nil {
		t.Error("validate() of an empty folder: error = nil, want one")
	}
}
