// SPDX-License-Identifier: Apache-2.0

package health

import "testing"

// cases are objects, with what they are to Argo CD and to Flux.
var cases = map[string]struct{ kind, object, argo, flux string }{
	"a site that nobody has looked at": {"JiraSite", `{metadata: {generation: 1}, spec: {}}`, "Progressing", "InProgress"},
	"a site that is Ready": {"JiraSite", `{metadata: {generation: 2}, spec: {}, status: {conditions: [
		{type: Ready, status: "True", reason: Ready, message: m, observedGeneration: 2}]}}`, "Healthy", "Current"},
	"a site that was Ready before it was changed": {"JiraSite", `{metadata: {generation: 2}, spec: {}, status: {conditions: [
		{type: Ready, status: "True", reason: Ready, message: m, observedGeneration: 1}]}}`, "Progressing", "InProgress"},
	"a site that cannot be reached": {"JiraSite", `{metadata: {generation: 1}, spec: {}, status: {conditions: [
		{type: Reconciling, status: "True", reason: Unreachable, message: m, observedGeneration: 1},
		{type: Ready, status: "False", reason: Unreachable, message: m, observedGeneration: 1}]}}`, "Progressing", "InProgress"},
	"a site without its Secret": {"JiraSite", `{metadata: {generation: 1}, spec: {}, status: {conditions: [
		{type: Ready, status: "False", reason: SecretNotFound, message: m, observedGeneration: 1},
		{type: Stalled, status: "True", reason: SecretNotFound, message: m, observedGeneration: 1}]}}`, "Degraded", "Failed"},
	"a site that is suspended": {"JiraSite", `{metadata: {generation: 1}, spec: {suspend: true}, status: {conditions: [
		{type: Ready, status: "False", reason: Suspended, message: m, observedGeneration: 1}]}}`, "Suspended", "Current"},
	"a site that is suspended from the beginning": {"JiraSite", `{metadata: {generation: 1}, spec: {suspend: true}}`, "Suspended", "Current"},

	"a record that nobody has looked at": {"JiraDeployment", `{metadata: {generation: 1}, spec: {}}`, "Progressing", "InProgress"},
	"a record that Jira has": {"JiraDeployment", `{metadata: {generation: 3}, spec: {}, status: {conditions: [
		{type: Delivered, status: "True", reason: Accepted, message: m, observedGeneration: 3}]}}`, "Healthy", "Current"},
	"a record that was changed since": {"JiraDeployment", `{metadata: {generation: 4}, spec: {}, status: {conditions: [
		{type: Delivered, status: "True", reason: Accepted, message: m, observedGeneration: 3}]}}`, "Progressing", "InProgress"},
	"a record that waits for its site": {"JiraDeployment", `{metadata: {generation: 1}, spec: {}, status: {conditions: [
		{type: Delivered, status: "False", reason: SiteNotReady, message: m, observedGeneration: 1}]}}`, "Progressing", "InProgress"},
	"a record that Jira refuses": {"JiraBuild", `{metadata: {generation: 1}, spec: {}, status: {conditions: [
		{type: SourceResolved, status: "True", reason: a, message: m, observedGeneration: 1},
		{type: Delivered, status: "False", reason: Rejected, message: m, observedGeneration: 1}]}}`, "Degraded", "Failed"},
	"a record of a site that only tries": {"JiraBuild", `{metadata: {generation: 1}, spec: {}, status: {conditions: [
		{type: Delivered, status: "False", reason: DryRun, message: m, observedGeneration: 1}]}}`, "Suspended", "Current"},
	"a build that Jira has": {"JiraBuild", `{metadata: {generation: 1}, spec: {}, status: {conditions: [
		{type: Delivered, status: "True", reason: Accepted, message: m, observedGeneration: 1}]}}`, "Healthy", "Current"},
}

func TestArgoCDJudgesByLua(t *testing.T) {
	checks := block(t, "name: argocd-cm")[0]["data"].(map[string]any)
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			script, _ := checks["resource.customizations.health.rollcall.dev_"+tt.kind].(string)
			status, message := runLua(t, script, object(t, tt.object))
			if status != tt.argo {
				t.Errorf("status = %q, want %q", status, tt.argo)
			}
			if message == "" {
				t.Error("it says nothing")
			}
		})
	}
}

func TestFluxJudgesByCEL(t *testing.T) {
	release := block(t, "kind: HelmRelease")[1]
	expressions := map[string]map[string]any{}
	for _, e := range release["spec"].(map[string]any)["healthCheckExprs"].([]any) {
		e := e.(map[string]any)
		if e["apiVersion"] != "rollcall.dev/v1alpha1" {
			t.Errorf("apiVersion = %v", e["apiVersion"])
		}
		expressions[e["kind"].(string)] = e
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			if status := judge(t, expressions[tt.kind], object(t, tt.object)); status != tt.flux {
				t.Errorf("status = %q, want %q", status, tt.flux)
			}
		})
	}
}
