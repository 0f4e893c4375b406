// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
)

// Whoever misspells a value is told so, and where.
func TestWrongValuesAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ values, says string }{
		"a value that there is not":             {`replicaCount: 2`, `additional properties 'replicaCount' not allowed`},
		"one that there is not, further down":   {`metrics: {serviceMonitor: {enable: true}}`, `at '/metrics/serviceMonitor': additional properties 'enable' not allowed`},
		"a field that a site has not":           {`sites: [{name: a, spec: {host: a, credentials: {secretName: b}, project: [A]}}]`, `at '/sites/0/spec': additional properties 'project' not allowed`},
		"a field of a site's environment":       {`sites: [{name: a, spec: {host: a, credentials: {secretName: b}, environments: [{id: a, typ: b}]}}]`, `at '/sites/0/spec/environments/0': additional properties 'typ' not allowed`},
		"an environment's type that is none":    {`sites: [{name: a, spec: {host: a, credentials: {secretName: b}, environments: [{id: a, type: prod}]}}]`, `at '/sites/0/spec/environments/0/type': value must be one of 'unmapped', 'development', 'testing', 'staging', 'production'`},
		"a site without a Secret":               {`sites: [{name: a, spec: {host: a}}]`, `at '/sites/0/spec': missing property 'credentials'`},
		"a site's name that is none":            {`sites: [{name: A, spec: {host: a, credentials: {secretName: b}}}]`, `at '/sites/0/name': 'A' does not match pattern`},
		"half a secret":                         {`sites: [{name: a, secret: {clientID: a}, spec: {host: a, credentials: {secretName: b}}}]`, `at '/sites/0/secret': missing property 'clientSecret'`},
		"workloads that nobody knows":           {`workloads: [pods]`, `at '/workloads/0': value must be one of 'deployments', 'statefulsets', 'daemonsets', 'rollouts'`},
		"builds that nobody knows":              {`builds: [cronjobs]`, `at '/builds/0': value must be one of 'jobs', 'pipelineruns', 'buildruns', 'workflows', 'builds'`},
		"no workloads":                          {`workloads: []`, `at '/workloads': minItems: got 0, want 1`},
		"a cluster's name that Jira cannot use": {`clusterName: eu/1`, `at '/clusterName': 'eu/1' does not match pattern`},
		"a namespace that is none":              {`watchNamespaces: [shop_prod]`, `at '/watchNamespaces/0': 'shop_prod' does not match pattern`},
		"two globs in one":                      {`ignoreEnv: ["A,B"]`, `at '/ignoreEnv/0': 'A,B' does not match pattern`},
		"a flag without dashes":                 {`extraArgs: [zap-devel]`, `at '/extraArgs/0': 'zap-devel' does not match pattern`},
		"a proxy without a scheme":              {`proxy: {httpsProxy: "proxy:3128"}`, `at '/proxy/httpsProxy': 'proxy:3128' does not match pattern`},
		"a collector with a password":           {`tracing: {endpoint: "https://me:secret@collector"}`, `at '/tracing/endpoint': 'https://me:secret@collector' does not match pattern`},
		"a text for a number":                   {`replicas: two`, `at '/replicas': got string, want integer`},
		"a level of the log that there is not":  {`log: {level: chatty}`, `at '/log/level': 'chatty' does not match pattern`},
		"a digest that is none":                 {`image: {digest: "sha256:12"}`, `at '/image/digest': 'sha256:12' does not match pattern`},

		"a registry with a path":       {`image: {registry: "mirror.example/a"}`, `at '/image/registry': 'mirror.example/a' does not match pattern`},
		"an alias without names":       {`hostAliases: [{ip: 10.1.2.3}]`, `at '/hostAliases/0': missing property 'hostnames'`},
		"a number for an object":       {`extraObjects: [12]`, `at '/extraObjects/0': got number, want`},
		"resources that there are not": {`resources: {request: {cpu: 1}}`, `at '/resources': additional properties 'request' not allowed`},
		"a port that is none":          {`networkPolicy: {apiServerPorts: [66666]}`, `at '/networkPolicy/apiServerPorts/0': maximum: got 66,666, want 65,535`},
		"a lease without a unit":       {`leaderElection: {leaseDuration: "60"}`, `at '/leaderElection/leaseDuration': '60' does not match pattern`},
		"a variable without a name":    {`extraEnv: [{value: a}]`, `at '/extraEnv/0': missing property 'name'`},
		"a label that is a number":     {`podLabels: {a: 1}`, `at '/podLabels/a': got number, want string`},

		"a chart that is switched off by itself":   {`enabled: false`, `enabled is false, which alone switches nothing off: a chart around this one does that`},
		"a lease that ends while its leader leads": {`leaderElection: {renewDeadline: 15s}`, `leaderElection.leaseDuration is 15s, which has to be longer than renewDeadline, 15s`},
		"a lease in minutes that ends too early":   {`leaderElection: {leaseDuration: 1m, renewDeadline: 2m}`, `leaderElection.leaseDuration is 1m, which has to be longer than renewDeadline, 2m`},
		"a lease without a second try":             {`leaderElection: {renewDeadline: 12s, retryPeriod: 10s}`, `leaderElection.renewDeadline is 12s, which has to be longer than 1.2 times retryPeriod, 10s`},

		"no image, because a checkout has none":   {`image: {repository: ""}`, `image.repository is empty: build an image with ` + "`make image`"},
		"two managers that work at a time":        {`leaderElect: false`, `replicas is more than 1 but leaderElect is false`},
		"two places for a CA":                     {`ca: {configMapName: a, secretName: b}`, `ca.configMapName and ca.secretName are both set: name one of them`},
		"a ServiceMonitor of nothing":             {`metrics: {enabled: false, serviceMonitor: {enabled: true}}`, `metrics.serviceMonitor.enabled needs metrics.enabled`},
		"alerts about nothing":                    {`metrics: {enabled: false, prometheusRule: {enabled: true}}`, `metrics.prometheusRule.enabled needs metrics.enabled`},
		"a dashboard of nothing":                  {`metrics: {enabled: false, dashboard: {enabled: true}}`, `metrics.dashboard.enabled needs metrics.enabled`},
		"an alert that there is not":              {`metrics: {prometheusRule: {enabled: true, disabled: [RollcallUnmaped]}}`, `metrics.prometheusRule.disabled: there is no alert "RollcallUnmaped"`},
		"a runbook that is no URL":                {`metrics: {prometheusRule: {runbookURL: docs/alerts.md}}`, `at '/metrics/prometheusRule/runbookURL': 'docs/alerts.md' does not match pattern`},
		"a ServiceMonitor of what nobody reaches": {`metrics: {serviceMonitor: {enabled: true}}`, `metrics.serviceMonitor.enabled needs networkPolicy.metricsFrom`},
		"one port for two":                        {`healthPort: 8443`, `metrics.port and healthPort are both 8443`},
		"no ServiceAccount":                       {`serviceAccount: {create: false}`, `name the ServiceAccount in serviceAccount.name`},
		"a site that is there twice":              {`sites: [` + site + `,` + site + `]`, `sites: "acme" is there twice`},
		"a Secret that is made of two secrets":    {`sites: [{name: a, secret: {clientID: a, clientSecret: b}, spec: {host: a, credentials: {secretName: x}}}, {name: b, secret: {clientID: a, clientSecret: b}, spec: {host: a, credentials: {secretName: x}}}]`, `sites: the Secret "x" is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := template(t, tt.values); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("helm template with %s: error = %v, want one that says %q", tt.values, err, tt.says)
			}
		})
	}
}

// A chart around this one gives global values to all of its parts.
func TestGlobalValuesAreNobodysMistake(t *testing.T) {
	t.Parallel()
	for _, values := range []string{`global: {team: a, postgresql: {auth: {database: a}}, domains: [a.example]}`, `global: {}`} {
		if _, err := template(t, values); err != nil {
			t.Errorf("%s: %v", values, err)
		}
	}
}

// The schema's list stands in a comment of values.yaml.
func TestTheSchemaKnowsAllKinds(t *testing.T) {
	type kinds struct{ Items struct{ Enum []string } }
	var schema struct {
		Properties struct{ Workloads, Builds kinds }
	}
	if err := yaml.Unmarshal([]byte(readFile(t, "charts/rollcall/values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	var workloads, builds []string
	for _, kind := range workload.Kinds {
		workloads = append(workloads, kind.Resource)
	}
	for _, kind := range runs.Kinds {
		builds = append(builds, kind.Resource)
	}
	if diff := cmp.Diff([][]string{workloads, builds}, [][]string{schema.Properties.Workloads.Items.Enum, schema.Properties.Builds.Items.Enum}); diff != "" {
		t.Errorf("workloads and builds (-code +schema):\n%s", diff)
	}
}

// With other kinds by default, the flag's default and the chart's would differ.
func TestTheChartKnowsAllKindsOfWorkloads(t *testing.T) {
	var values struct{ Workloads []string }
	if err := yaml.Unmarshal([]byte(readFile(t, "charts/rollcall/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, kind := range workload.Kinds {
		known = append(known, kind.Resource)
	}
	if diff := cmp.Diff(known, values.Workloads); diff != "" {
		t.Errorf("workloads (-workload.Kinds +values.yaml):\n%s", diff)
	}
}
