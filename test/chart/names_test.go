// SPDX-License-Identifier: Apache-2.0

package chart

import "testing"

func TestOfLabelsThatAreGivenTwiceTheChartsOwnWin(t *testing.T) {
	t.Parallel()
	rendered := render(t, `
commonLabels: {team: a, release: a, app.kubernetes.io/component: a, app.kubernetes.io/name: a}
podLabels: {team: b, app.kubernetes.io/instance: b}
podAnnotations: {kubectl.kubernetes.io/default-container: sidecar}
deploymentAnnotations: {kube-score/ignore: "*"}
networkPolicy: {metricsFrom: [{podSelector: {}}]}
metrics: {serviceMonitor: {enabled: true, labels: {release: b, app.kubernetes.io/name: b}}}
`)
	for _, e := range []expectation{
		{object: manager, path: "spec.template.metadata.labels.team", want: `b`},
		{object: manager, path: "spec.template.metadata.labels.release", want: `a`},
		{object: manager, path: "spec.template.metadata.labels.[app.kubernetes.io/component]", want: `manager`},
		{object: manager, path: "spec.template.metadata.labels.[app.kubernetes.io/name]", want: `rollcall`},
		{object: manager, path: "spec.template.metadata.labels.[app.kubernetes.io/instance]", want: `rollcall`},
		{object: manager, path: "spec.template.metadata.annotations.[kubectl.kubernetes.io/default-container]", want: `sidecar`},
		{object: manager, path: "metadata.annotations.[kube-score/ignore]", want: `"*"`},
		{object: "Service/rollcall-metrics", path: "metadata.labels.[app.kubernetes.io/component]", want: `metrics`},
		{object: "ServiceMonitor/rollcall", path: "metadata.labels.release", want: `b`},
		{object: "ServiceMonitor/rollcall", path: "metadata.labels.[app.kubernetes.io/name]", want: `rollcall`},
	} {
		if why := e.check(t, rendered); why != "" {
			t.Error(why)
		}
	}
}

// Helm has nothing against such names, and YAML reads a number, or a map.
func TestNamesThatLookLikeSomethingElseStayNames(t *testing.T) {
	t.Parallel()
	out, err := command(`
clusterName: "eu:"
watchNamespaces: ["2024"]
sites: [{name: "12", secret: {clientID: a, clientSecret: b}, spec: {host: a.example, apiURL: "https://gateway.example:8443", credentials: {secretName: "1e3", tokenURL: "https://auth.example/token", clientIDKey: "7", clientSecretKey: "null"}}}]
`, helmBinary(t), "template", "1.0", chart, "--namespace=2025", withImage, "--values=-")
	if err != nil {
		t.Fatal(err)
	}
	rendered := index(t, parse(t, out))
	for _, e := range []expectation{
		{object: "Deployment/2025/1-0-rollcall", path: container + "args", has: `"--cluster-name=eu:"`},
		{object: "Deployment/2025/1-0-rollcall", path: "spec.selector.matchLabels.[app.kubernetes.io/instance]", want: `"1.0"`},
		{object: "Service/2025/1-0-rollcall-metrics", path: "kind", want: `Service`},
		{object: "Role/2024/1-0-rollcall-manager-watch", path: "kind", want: `Role`},
		{object: "RoleBinding/2024/1-0-rollcall-manager-watch", path: "subjects.0.namespace", want: `"2025"`},
		{object: "JiraSite/12", path: "metadata.name", want: `"12"`},
		{object: "Secret/2025/1e3", path: "metadata.name", want: `"1e3"`},
		{object: "Secret/2025/1e3", path: "metadata.annotations", want: `{rollcall.dev/api-url: "https://gateway.example:8443", rollcall.dev/token-url: "https://auth.example/token"}`},
		{object: "Secret/2025/1e3", path: "data", want: `{"7": YQ==, "null": Yg==}`},
		{object: "Pod/2025/1-0-rollcall-test", path: "spec.containers.0.args", has: `"12"`},
	} {
		if why := e.check(t, rendered); why != "" {
			t.Error(why)
		}
	}
}

func TestNamesThatAreNumbersStayNames(t *testing.T) {
	t.Parallel()
	rendered := render(t, `{nameOverride: "2024", fullnameOverride: "1e3"}`)
	for _, e := range []expectation{
		{object: "Deployment/1e3", path: "metadata.name", want: `"1e3"`},
		{object: "Deployment/1e3", path: "spec.selector.matchLabels.[app.kubernetes.io/name]", want: `"2024"`},
		{object: "Deployment/1e3", path: "spec.template.metadata.labels.[app.kubernetes.io/name]", want: `"2024"`},
		{object: "PodDisruptionBudget/1e3", path: "metadata.name", want: `"1e3"`},
		{object: "NetworkPolicy/1e3", path: "metadata.name", want: `"1e3"`},
		{object: "ServiceAccount/1e3", path: "metadata.name", want: `"1e3"`},
		{object: "Service/1e3-metrics", path: "spec.selector.[app.kubernetes.io/name]", want: `"2024"`},
	} {
		if why := e.check(t, rendered); why != "" {
			t.Error(why)
		}
	}
}

// Of a variable that is given twice Kubernetes takes the last, and warns.
func TestAMemoryLimitOfOnesOwnStandsAlone(t *testing.T) {
	t.Parallel()
	rendered := render(t, `extraEnv: [{name: GOMEMLIMIT, value: 230MiB}]`)
	e := expectation{object: manager, path: container + "env", want: `[{name: GOMEMLIMIT, value: 230MiB}]`}
	if why := e.check(t, rendered); why != "" {
		t.Error(why)
	}
}

// It follows what the pod is given, which an autoscaler or a LimitRange may have changed.
func TestGoKnowsTheMemoryLimit(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]string{"by default": "", "without a limit": `resources: {limits: {memory: null}}`} {
		e := expectation{object: manager, path: container + "env", has: memoryLimit}
		if why := e.check(t, render(t, values)); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
}
