// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

const chartInstalls = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: rollcall}
---
kind: ClusterRole
metadata: {name: rollcall-manager}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]
---
kind: ClusterRole
metadata: {name: rollcall-records-viewer}
rules: [{apiGroups: [rollcall.dev], resources: [jirabuilds], verbs: [get]}]
---
kind: Role
metadata: {name: rollcall-manager, namespace: rollcall-system}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
kind: Role
metadata: {name: rollcall-leader-election, namespace: rollcall-system}
rules: [{apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create]}]
---
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: ClusterRole, name: rollcall-manager}
---
kind: RoleBinding
metadata: {name: b}
roleRef: {kind: Role, name: rollcall-manager}
---
kind: RoleBinding
metadata: {name: c}
roleRef: {kind: Role, name: rollcall-leader-election}
`

func readObjects(t *testing.T, manifests string) (installed, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(file, []byte(manifests), 0o600); err != nil {
		t.Fatal(err)
	}
	return readInstalled(file)
}

func TestPermissionsAreThoseOfTheRolesThatAreBound(t *testing.T) {
	objects, err := readObjects(t, chartInstalls)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]string{
		"ClusterRole": "deployments",
		"Role":        "secrets, leases",
	} {
		permissions, err := objects.permissions(kind, "rollcall")
		if err != nil {
			t.Fatal(err)
		}
		permission := permissions[0].(map[string]any)
		var got []string
		for _, rule := range permission["rules"].([]rbacv1.PolicyRule) {
			got = append(got, rule.Resources...)
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" || permission["serviceAccountName"] != "rollcall" {
			t.Errorf("permissions(%s) of %v (-want +got):\n%s", kind, permission["serviceAccountName"], diff)
		}
	}
	if objects.bound(objects[2]) || !objects.bound(objects[1]) {
		t.Error("bound(): the viewer's role is nobody's, the manager's is bound")
	}
	if _, err := objects[:1].permissions("Role", "rollcall"); err == nil {
		t.Error("permissions() without a role: error = nil, want one")
	}
}

func TestAKindThatNobodyPlacedInTheBundleIsRefused(t *testing.T) {
	_, err := readObjects(t, "kind: CronJob\nmetadata: {name: x}\n")
	if err == nil || !strings.Contains(err.Error(), "say in hack/chart/olm.go what becomes of it") {
		t.Errorf("readInstalled() error = %v, want what to do", err)
	}
}

// The bundle in dist may do what the manager may that config/default installs: no rule more, and none less.
func TestTheBundleMayDoWhatTheManagerMay(t *testing.T) {
	var bundle struct {
		Spec struct {
			Install struct {
				Spec map[string][]struct {
					Rules []rbacv1.PolicyRule `json:"rules"`
				} `json:"spec"`
			} `json:"install"`
		} `json:"spec"`
	}
	text, err := os.ReadFile("../../" + bundleFolder + "/manifests/rollcall.clusterserviceversion.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &bundle); err != nil {
		t.Fatal(err)
	}
	for list, kind := range map[string]string{"clusterPermissions": "ClusterRole", "permissions": "Role"} {
		objects, err := readInstalled("../../"+rbacFile, "../../"+roleFile)
		if err != nil {
			t.Fatal(err)
		}
		var want []rbacv1.PolicyRule
		for _, role := range objects {
			var r rbacv1.ClusterRole
			content, err := yaml.Marshal(role.Object)
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(content, &r); err != nil {
				t.Fatal(err)
			}
			if r.Kind == kind && (r.Name == "rollcall-manager" || r.Name == "rollcall-leader-election") {
				want = append(want, r.Rules...)
			}
		}
		if len(want) == 0 {
			t.Fatalf("no %s of the manager in config", kind)
		}
		if diff := cmp.Diff(want, bundle.Spec.Install.Spec[list][0].Rules); diff != "" {
			t.Errorf("%s (-want +got):\n%s", list, diff)
		}
	}
}
