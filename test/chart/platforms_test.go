// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// platformValues are the values of a section of docs/platforms.md.
func platformValues(t *testing.T, section string) string {
	t.Helper()
	_, rest, found := strings.Cut(readFile(t, "docs/platforms.md"), "\n## "+section+"\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	_, rest, opened := strings.Cut(rest, "\n```yaml values\n")
	values, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !opened || !closed {
		t.Fatalf("docs/platforms.md has no values in the section %q", section)
	}
	return values
}

func TestThePlatforms(t *testing.T) {
	t.Parallel()
	for section, expect := range map[string][]expectation{
		"OpenShift": {
			{object: manager, path: pod + "securityContext", want: `{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}`},
			{object: testPod, path: "spec.securityContext", want: `{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}`},
			{object: "ServiceMonitor/rollcall", path: "spec.endpoints", want: `[{port: metrics, path: /metrics, scheme: https,
				tlsConfig: {ca: {configMap: {name: rollcall-service-ca, key: service-ca.crt}}, serverName: rollcall-metrics.rollcall-system.svc},
				authorization: {credentials: {name: rollcall-metrics-reader, key: token}}}]`},
			{object: "Service/rollcall-metrics", path: "metadata.annotations", want: `{service.beta.openshift.io/serving-cert-secret-name: rollcall-metrics-cert}`},
			{object: manager, path: pod + "volumes", want: `[{name: metrics-cert, secret: {secretName: rollcall-metrics-cert}}]`},
			{object: "ConfigMap/rollcall-service-ca", path: "metadata", want: `{name: rollcall-service-ca, namespace: rollcall-system,
				annotations: {service.beta.openshift.io/inject-cabundle: "true"}}`},
			{object: policy, path: "spec.ingress", want: `[{ports: [{port: metrics}],
				from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openshift-user-workload-monitoring}}}]}]`},
		},
		"GKE Autopilot": {
			{object: manager, path: container + "resources", want: `{requests: {cpu: 50m, memory: 512Mi, ephemeral-storage: 1Gi}, limits: {memory: 512Mi, ephemeral-storage: 1Gi}}`},
			{object: testPod, path: "spec.containers.0.resources.requests", want: `{cpu: 50m, memory: 512Mi, ephemeral-storage: 1Gi}`},
			{object: policy, path: "spec.egress.1", want: `{ports: [{port: 443, protocol: TCP}]}`},
		},
		"EKS": {
			{object: manager, path: container + "image", want: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/rollcall:` + number},
			{object: manager, path: pod + "imagePullSecrets", want: `null`},
			{object: policy, path: "spec.egress.1.ports", want: `[{port: 443, protocol: TCP}]`},
			{object: policy, path: "spec.egress.2", want: `null`},
		},
		"Air-gapped": {
			{object: manager, path: pod + "imagePullSecrets", want: `[{name: mirror}]`},
			{object: testPod, path: "spec.imagePullSecrets", want: `[{name: mirror}]`},
			{object: manager, path: pod + "hostAliases", want: `[{ip: 10.20.0.9, hostnames: [jira-gateway.acme.example]}]`},
			{object: manager, path: container + "args", has: `--allowed-api-hosts=jira-gateway.acme.example`},
			{object: policy, path: "spec.egress.2.to", want: `[{ipBlock: {cidr: 10.20.0.9/32}}, {ipBlock: {cidr: 10.96.0.1/32}}]`},
		},
	} {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			rendered := render(t, platformValues(t, section))
			for _, e := range expect {
				if why := e.check(t, rendered); why != "" {
					t.Error(why)
				}
			}
		})
	}
}

// Each container's image is named, and no digest is left out.
func TestAirGappedImagesComeFromTheMirror(t *testing.T) {
	t.Parallel()
	found := 0
	for _, o := range render(t, platformValues(t, "Air-gapped")) {
		for _, image := range images(o.Object) {
			found++
			if !regexp.MustCompile(`^mirror\.example:5000/rollcall:0\.1\.0@sha256:[0-9a-f]{64}$`).MatchString(image) {
				t.Errorf("%s %s has the image %s, which is not the mirror's, by digest", o.GetKind(), o.GetName(), image)
			}
		}
	}
	if found != 2 { // the manager's, and that of helm test
		t.Errorf("%d containers are rendered, want 2", found)
	}
}

// images are the images of containers, wherever they are.
func images(node any) []string {
	var found []string
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			found = append(found, images(child)...)
		}
	case map[string]any:
		for name, child := range node {
			if image, is := child.(string); is && name == "image" && node["name"] != nil {
				found = append(found, image)
				continue
			}
			found = append(found, images(child)...)
		}
	}
	return found
}

// Prometheus of OpenShift's user-workload monitoring refuses a ServiceMonitor that has it read a file, and that of many other
// platforms does, with arbitraryFSAccessThroughSMs.
func TestNoServiceMonitorNamesAFile(t *testing.T) {
	t.Parallel()
	sources := valueFiles(t)
	sources["OpenShift"] = platformValues(t, "OpenShift")
	for name, tt := range everyValue {
		sources["value "+name] = tt.values
	}
	var found int
	for name, values := range sources {
		if !strings.Contains(values, "serviceMonitor") {
			continue
		}
		monitor := render(t, values)["ServiceMonitor/rollcall"]
		if monitor == nil {
			continue
		}
		found++
		for _, field := range []string{"bearerTokenFile", "caFile", "certFile", "keyFile", "bearerTokenSecret"} {
			if slices.Contains(fields(monitor.Object), field) {
				t.Errorf("with %s: the ServiceMonitor has %s", name, field)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d ServiceMonitors were looked at: that proves little", found)
	}
}

// fields are the names of all fields.
func fields(node any) []string {
	var found []string
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			found = append(found, fields(child)...)
		}
	case map[string]any:
		for name, child := range node {
			found = append(append(found, name), fields(child)...)
		}
	}
	return found
}

// Argo CD and Flux hand the values over as a part of their own objects.
func TestTheValuesOfArgoCDAndFlux(t *testing.T) {
	t.Parallel()
	for section, path := range map[string]string{"Argo CD": "spec.source.helm.valuesObject", "Flux": "spec.values"} {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			_, rest, _ := strings.Cut(readFile(t, "docs/platforms.md"), "\n## "+section+"\n\n```yaml")
			_, rest, _ = strings.Cut(rest, "\n")
			manifests, _, closed := strings.Cut(rest, "\n```\n")
			if !closed {
				t.Fatal("docs/platforms.md has no such section that begins with YAML")
			}
			objects := parse(t, manifests)
			values, err := yaml.Marshal(at(objects[len(objects)-1].Object, path))
			if err != nil {
				t.Fatal(err)
			}
			rendered := render(t, string(values))
			for _, e := range []expectation{
				{object: manager, path: container + "args", has: `--cluster-name=eu-1`},
				{object: "JiraSite/acme", path: "spec", want: `{host: acme.atlassian.net, credentials: {secretName: acme-jira}, projects: [SHOP, PAY]}`},
			} {
				if why := e.check(t, rendered); why != "" {
					t.Error(why)
				}
			}
		})
	}
}
