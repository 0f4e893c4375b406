// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// expectation is what a value makes of one object.
type expectation struct {
	object string // as in objects
	path   string // as in at
	want   string // YAML; the field is this
	has    string // YAML; the field, a list, has this
	lacks  string // YAML; the field, a list, has nothing like it
	says   string // the field, a text, holds this
}

const (
	manager   = "Deployment/rollcall"
	pod       = "spec.template.spec."
	container = pod + "containers.0."
	testPod   = "Pod/rollcall-test"
	alertRule = "PrometheusRule/rollcall"
	rules     = "spec.groups.0.rules."
	dashboard = "ConfigMap/rollcall-dashboard"
	// scraped lets somebody in who reads metrics.
	scraped = `networkPolicy: {metricsFrom: [{podSelector: {}}]}`
	// memoryLimit tells Go what the container may use.
	memoryLimit = `{name: GOMEMLIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory}}}`
	site        = `{name: acme, spec: {host: acme.atlassian.net, credentials: {secretName: acme-jira}}}`
)

// alerts are values of the alerts, which are switched on.
func alerts(values string) string {
	return `metrics: {prometheusRule: {enabled: true, ` + values + `}}`
}

// everyValue says for each value of the chart what it is for. A value that is missing here fails the test.
var everyValue = map[string]struct {
	values string
	// expect is what is there with the values and was not without them.
	expect []expectation
	// gone are objects that were there without the values.
	gone []string
}{
	"clusterName": {values: `clusterName: eu-1`, expect: []expectation{
		{object: manager, path: container + "args", has: `--cluster-name=eu-1`}}},
	"workloads": {values: `workloads: [daemonsets, rollouts]`, expect: []expectation{
		{object: manager, path: container + "args", has: `--workloads=daemonsets,rollouts`}}},
	"watchNamespaces": {values: `watchNamespaces: [shop, pay]`, expect: []expectation{
		{object: manager, path: container + "args", has: `--watch-namespaces=shop,pay`},
		{object: "Role/shop/rollcall-manager-watch", path: "kind", want: `Role`},
		{object: "RoleBinding/pay/rollcall-manager-watch", path: "subjects", has: `{kind: ServiceAccount, name: rollcall, namespace: rollcall-system}`},
		{object: "RoleBinding/default/rollcall-manager-events", path: "roleRef.name", want: `rollcall-manager-events`}}},
	"ignoreAnnotations": {values: `ignoreAnnotations: ["acme.example/*", rotated]`, expect: []expectation{
		{object: manager, path: container + "args", has: `--ignore-annotations=acme.example/*,rotated`}}},
	"builds": {values: `builds: [jobs, pipelineruns]`, expect: []expectation{
		{object: manager, path: container + "args", has: `--builds=jobs,pipelineruns`}}},
	"ignoreEnv": {values: `ignoreEnv: ["ACME_*"]`, expect: []expectation{
		{object: manager, path: container + "args", has: `--ignore-env=ACME_*`}}},
	"sites": {values: `sites: [` + site + `]`, expect: []expectation{
		{object: "JiraSite/acme", path: "spec", want: `{host: acme.atlassian.net, credentials: {secretName: acme-jira}}`},
		{object: "JiraSite/acme", path: "metadata.annotations", want: `{helm.sh/resource-policy: keep}`},
		{object: testPod, path: "spec.containers.0.args", want: `[wait-sites, --timeout=60s, acme]`},
		{object: "ClusterRole/rollcall-test", path: "rules", want: `[{apiGroups: [rollcall.dev], resources: [jirasites], resourceNames: [acme], verbs: [get]}]`}}},

	"proxy.httpsProxy": {values: `proxy: {httpsProxy: "http://proxy:3128"}`, expect: []expectation{
		{object: manager, path: container + "env", has: `{name: HTTPS_PROXY, value: "http://proxy:3128"}`},
		{object: manager, path: container + "env", has: `{name: NO_PROXY, value: "$(KUBERNETES_SERVICE_HOST),localhost,127.0.0.1,.svc,.cluster.local"}`},
		{object: "NetworkPolicy/rollcall", path: "spec.egress.2.ports", has: `{port: 3128, protocol: TCP}`}}},
	"proxy.noProxy": {values: `proxy: {httpsProxy: "http://proxy", noProxy: [.acme.example, 10.0.0.0/8]}`, expect: []expectation{
		{object: manager, path: container + "env", has: `{name: NO_PROXY, value: "$(KUBERNETES_SERVICE_HOST),localhost,127.0.0.1,.svc,.cluster.local,.acme.example,10.0.0.0/8"}`},
		{object: "NetworkPolicy/rollcall", path: "spec.egress.2.ports", has: `{port: 80, protocol: TCP}`}}},
	"allowedAPIHosts": {values: `allowedAPIHosts: [api.atlassian.com, "gateway.acme.example:8443"]`, expect: []expectation{
		{object: manager, path: container + "args", has: `--allowed-api-hosts=api.atlassian.com,gateway.acme.example:8443`}}},
	"allowInsecureAPI": {values: `allowInsecureAPI: true`, expect: []expectation{
		{object: manager, path: container + "args", has: `--allow-insecure-api`}}},
	"ca.configMapName": {values: `ca: {configMapName: acme-ca}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--ca-file=/etc/rollcall/ca/ca.crt`},
		{object: manager, path: pod + "volumes", want: `[{name: ca, configMap: {name: acme-ca}}]`},
		{object: manager, path: container + "volumeMounts", want: `[{name: ca, mountPath: /etc/rollcall/ca, readOnly: true}]`}}},
	"ca.secretName": {values: `ca: {secretName: acme-ca}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--ca-file=/etc/rollcall/ca/ca.crt`},
		{object: manager, path: pod + "volumes", want: `[{name: ca, secret: {secretName: acme-ca}}]`},
		{object: manager, path: container + "volumeMounts", want: `[{name: ca, mountPath: /etc/rollcall/ca, readOnly: true}]`}}},
	"ca.key": {values: `ca: {secretName: acme-ca, key: root.pem}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--ca-file=/etc/rollcall/ca/root.pem`}}},
	"networkPolicy.enabled": {values: `networkPolicy: {enabled: false}`, gone: []string{"NetworkPolicy/rollcall", "NetworkPolicy/rollcall-test"}},
	"networkPolicy.egressPorts": {values: `networkPolicy: {egressPorts: [16443]}`, expect: []expectation{
		{object: "NetworkPolicy/rollcall", path: "spec.egress.2.ports", want: `[{port: 16443, protocol: TCP}]`},
		{object: "NetworkPolicy/rollcall-test", path: "spec.egress.2.ports", want: `[{port: 16443, protocol: TCP}]`}}},
	"networkPolicy.extraEgress": {values: `networkPolicy: {extraEgress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}`, expect: []expectation{
		{object: "NetworkPolicy/rollcall", path: "spec.egress", has: `{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}`}}},
	"networkPolicy.egressTo": {values: `networkPolicy: {egressTo: [{ipBlock: {cidr: 203.0.113.0/24}}]}`, expect: []expectation{
		{object: "NetworkPolicy/rollcall", path: "spec.egress.2.to", want: `[{ipBlock: {cidr: 203.0.113.0/24}}]`},
		{object: "NetworkPolicy/rollcall-test", path: "spec.egress.2.to", want: `[{ipBlock: {cidr: 203.0.113.0/24}}]`}}},
	"networkPolicy.apiServerPorts": {values: `networkPolicy: {apiServerPorts: [16443]}`, expect: []expectation{
		{object: "NetworkPolicy/rollcall", path: "spec.egress.1", want: `{ports: [{port: 16443, protocol: TCP}]}`},
		{object: "NetworkPolicy/rollcall-test", path: "spec.egress.1", want: `{ports: [{port: 16443, protocol: TCP}]}`}}},
	"networkPolicy.metricsFrom": {values: `networkPolicy: {metricsFrom: [{podSelector: {}}]}`, expect: []expectation{
		{object: "NetworkPolicy/rollcall", path: "spec.ingress", want: `[{ports: [{port: metrics}], from: [{podSelector: {}}]}]`}}},

	"metrics.enabled": {values: `metrics: {enabled: false}`, gone: []string{"Service/rollcall-metrics", "ClusterRole/rollcall-metrics-reader"}, expect: []expectation{
		{object: manager, path: container + "args", has: `--metrics-bind-address=0`},
		{object: manager, path: container + "ports", want: `[{name: probes, containerPort: 8081}]`},
		{object: "ClusterRole/rollcall-manager", path: "rules", lacks: `{apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}`}}},
	"metrics.secure": {values: `metrics: {secure: false}`, gone: []string{"ClusterRole/rollcall-metrics-reader"}, expect: []expectation{
		{object: manager, path: container + "args", has: `--metrics-secure=false`},
		{object: "ClusterRole/rollcall-manager", path: "rules", lacks: `{apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}`}}},
	"metrics.port": {values: `metrics: {port: 9443}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--metrics-bind-address=:9443`},
		{object: manager, path: container + "ports", has: `{name: metrics, containerPort: 9443}`},
		{object: "Service/rollcall-metrics", path: "spec.ports", want: `[{name: metrics, port: 9443, targetPort: metrics}]`}}},
	"metrics.certSecretName": {values: `metrics: {certSecretName: cert}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--metrics-cert-dir=/etc/rollcall/metrics`},
		{object: manager, path: pod + "volumes", want: `[{name: metrics-cert, secret: {secretName: cert}}]`},
		{object: manager, path: container + "volumeMounts", want: `[{name: metrics-cert, mountPath: /etc/rollcall/metrics, readOnly: true}]`}}},
	"metrics.serviceAnnotations": {values: `metrics: {serviceAnnotations: {a: b}}`, expect: []expectation{
		{object: "Service/rollcall-metrics", path: "metadata.annotations", want: `{a: b}`}}},
	"metrics.serviceMonitor.enabled": {values: `{` + scraped + `, metrics: {serviceMonitor: {enabled: true}}}`, expect: []expectation{
		{object: "ServiceMonitor/rollcall", path: "spec.endpoints", want: `[{port: metrics, path: /metrics, scheme: https,
			tlsConfig: {insecureSkipVerify: true}, authorization: {credentials: {name: rollcall-metrics-reader, key: token}}}]`},
		{object: "ServiceAccount/rollcall-metrics-reader", path: "automountServiceAccountToken", want: `false`},
		{object: "Secret/rollcall-metrics-reader", path: "type", want: `kubernetes.io/service-account-token`},
		{object: "Secret/rollcall-metrics-reader", path: "metadata.annotations", want: `{kubernetes.io/service-account.name: rollcall-metrics-reader}`},
		{object: "ClusterRoleBinding/rollcall-metrics-reader", path: "roleRef.name", want: `rollcall-metrics-reader`},
		{object: "ClusterRoleBinding/rollcall-metrics-reader", path: "subjects", want: `[{kind: ServiceAccount, name: rollcall-metrics-reader, namespace: rollcall-system}]`}}},
	"metrics.serviceMonitor.labels": {values: `{` + scraped + `, metrics: {serviceMonitor: {enabled: true, labels: {release: prometheus}}}}`, expect: []expectation{
		{object: "ServiceMonitor/rollcall", path: "metadata.labels.release", want: `prometheus`}}},
	"metrics.serviceMonitor.interval": {values: `{` + scraped + `, metrics: {secure: false, serviceMonitor: {enabled: true, interval: 15s}}}`, expect: []expectation{
		{object: "ServiceMonitor/rollcall", path: "spec.endpoints", want: `[{port: metrics, path: /metrics, interval: 15s}]`}}},
	"metrics.serviceMonitor.authorization": {values: `{` + scraped + `, metrics: {serviceMonitor: {enabled: true, authorization: {credentials: {name: a, key: b}}}}}`, expect: []expectation{
		{object: "ServiceMonitor/rollcall", path: "spec.endpoints", want: `[{port: metrics, path: /metrics, scheme: https,
			tlsConfig: {insecureSkipVerify: true}, authorization: {credentials: {name: a, key: b}}}]`}}},
	"metrics.serviceMonitor.tlsConfig": {values: `{` + scraped + `, metrics: {serviceMonitor: {enabled: true, tlsConfig: {serverName: rollcall}}}}`, expect: []expectation{
		{object: "ServiceMonitor/rollcall", path: "spec.endpoints.0.tlsConfig", want: `{serverName: rollcall}`}}},
	"metrics.prometheusRule.enabled": {values: alerts(``), expect: []expectation{
		{object: alertRule, path: rules + "0.alert", want: `RollcallAbsent`},
		{object: alertRule, path: rules + "0.expr", want: `absent(rollcall_build_info{namespace="rollcall-system"})`},
		{object: alertRule, path: rules + "0.labels", want: `{severity: critical}`}}},
	"metrics.prometheusRule.labels": {values: alerts(`labels: {release: prometheus}`), expect: []expectation{
		{object: alertRule, path: "metadata.labels.release", want: `prometheus`}}},
	"metrics.prometheusRule.ruleLabels": {values: alerts(`ruleLabels: {team: platform}`), expect: []expectation{
		{object: alertRule, path: rules + "0.labels", want: `{severity: critical, team: platform}`}}},
	"metrics.prometheusRule.runbookURL": {values: alerts(`runbookURL: "https://wiki.example/x"`), expect: []expectation{
		{object: alertRule, path: rules + "0.annotations.runbook_url", want: `https://wiki.example/x#rollcallabsent`}}},
	"metrics.prometheusRule.disabled": {values: alerts(`disabled: [RollcallAbsent]`), expect: []expectation{
		{object: alertRule, path: rules + "0.alert", want: `RollcallNoLeader`}}},
	"metrics.prometheusRule.siteNotReadyFor": {values: alerts(`siteNotReadyFor: 1h`), expect: []expectation{
		{object: alertRule, path: rules + "2.for", want: `1h`}}},
	"metrics.prometheusRule.pendingMinutes": {values: alerts(`pendingMinutes: 60`), expect: []expectation{
		{object: alertRule, path: rules + "4.expr", says: `> 3600`}}},
	"metrics.prometheusRule.nothingDeliveredHours": {values: alerts(`nothingDeliveredHours: 24`), expect: []expectation{
		{object: alertRule, path: rules + "5.expr", says: `[24h]`}}},
	"metrics.prometheusRule.unknownIssueKeys": {values: alerts(`unknownIssueKeys: 3`), expect: []expectation{
		{object: alertRule, path: rules + "8.expr", says: `) > 3`}}},
	"metrics.dashboard.enabled": {values: `metrics: {dashboard: {enabled: true}}`, expect: []expectation{
		{object: dashboard, path: "data.[rollcall.json]", says: `"uid": "rollcall"`},
		{object: dashboard, path: "metadata.labels.grafana_dashboard", want: `"1"`}}},
	"metrics.dashboard.labels.grafana_dashboard": {values: `metrics: {dashboard: {enabled: true, labels: {grafana_dashboard: null, board: x}}}`, expect: []expectation{
		{object: dashboard, path: "metadata.labels.board", want: `x`},
		{object: dashboard, path: "metadata.labels.grafana_dashboard", want: `null`}}},
	"metrics.dashboard.folder": {values: `metrics: {dashboard: {enabled: true, folder: Delivery}}`, expect: []expectation{
		{object: dashboard, path: "metadata.annotations", want: `{grafana_folder: Delivery}`}}},

	"tracing.enabled": {values: `tracing: {enabled: true}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--tracing`}}},
	"tracing.endpoint": {values: `tracing: {enabled: true, endpoint: "http://collector.observability:4318"}`, expect: []expectation{
		{object: manager, path: container + "env", has: `{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://collector.observability:4318"}`},
		{object: "NetworkPolicy/rollcall", path: "spec.egress.2.ports", has: `{port: 4318, protocol: TCP}`}}},

	"crds.enabled": {values: `crds: {enabled: false}`, gone: []string{
		"CustomResourceDefinition/jirasites.rollcall.dev", "CustomResourceDefinition/jiradeployments.rollcall.dev"}},
	"crds.keep": {values: `crds: {keep: false}`, expect: []expectation{
		{object: "CustomResourceDefinition/jirasites.rollcall.dev", path: "metadata.annotations.[helm.sh/resource-policy]", want: `null`},
		{object: "CustomResourceDefinition/jiradeployments.rollcall.dev", path: "metadata.annotations.[helm.sh/resource-policy]", want: `null`}}},
	"rbac.create": {values: `rbac: {create: false}`, gone: []string{
		"ClusterRole/rollcall-manager", "ClusterRoleBinding/rollcall-manager", "Role/rollcall-manager", "RoleBinding/rollcall-manager",
		"Role/rollcall-leader-election", "RoleBinding/rollcall-leader-election", "ClusterRole/rollcall-metrics-reader",
		"ClusterRole/rollcall-records-viewer", "ClusterRole/rollcall-records-editor",
		"ServiceAccount/rollcall-test", "ClusterRole/rollcall-test", "ClusterRoleBinding/rollcall-test"}, expect: []expectation{
		{object: testPod, path: "spec.serviceAccountName", want: `rollcall`}}},
	"rbac.viewers": {values: `rbac: {viewers: false}`, expect: []expectation{
		{object: "ClusterRole/rollcall-records-viewer", path: "metadata.labels.[rbac.authorization.k8s.io/aggregate-to-view]", want: `null`}}},
	"rbac.editors": {values: `rbac: {editors: true}`, expect: []expectation{
		{object: "ClusterRole/rollcall-records-editor", path: "metadata.labels.[rbac.authorization.k8s.io/aggregate-to-edit]", want: `"true"`}}},
	"admissionPolicy.enabled": {values: `admissionPolicy: {enabled: false}`, gone: []string{
		"ValidatingAdmissionPolicy/rollcall-records", "ValidatingAdmissionPolicyBinding/rollcall-records"}},
	"admissionPolicy.requireUse": {values: `admissionPolicy: {requireUse: true}`, expect: []expectation{
		{object: "ValidatingAdmissionPolicy/rollcall-records", path: "spec.validations.3.reason", want: `Forbidden`}}},
	"serviceAccount.create": {values: `serviceAccount: {create: false, name: mine}`, gone: []string{"ServiceAccount/rollcall"}},
	"serviceAccount.name": {values: `serviceAccount: {name: mine}`, gone: []string{"ServiceAccount/rollcall"}, expect: []expectation{
		{object: "ServiceAccount/mine", path: "automountServiceAccountToken", want: `false`},
		{object: manager, path: pod + "serviceAccountName", want: `mine`},
		{object: "ClusterRoleBinding/rollcall-manager", path: "subjects.0.name", want: `mine`},
		{object: "RoleBinding/rollcall-leader-election", path: "subjects.0.name", want: `mine`},
		{object: "ValidatingAdmissionPolicy/rollcall-records", path: "spec.matchConditions.0.expression",
			want: `request.userInfo.username != 'system:serviceaccount:rollcall-system:mine'`}}},
	"serviceAccount.annotations": {values: `serviceAccount: {annotations: {a: b}}`, expect: []expectation{
		{object: "ServiceAccount/rollcall", path: "metadata.annotations", want: `{a: b}`}}},

	"global.imageRegistry": {values: `global: {imageRegistry: "mirror.example:5000"}`, expect: []expectation{
		{object: manager, path: container + "image", want: `mirror.example:5000/rollcall:` + number},
		{object: testPod, path: "spec.containers.0.image", want: `mirror.example:5000/rollcall:` + number}}},
	"global.imagePullSecrets": {values: `{imagePullSecrets: [{name: own}], global: {imagePullSecrets: [mirror, {name: own}, {name: other}]}}`, expect: []expectation{
		{object: manager, path: pod + "imagePullSecrets", want: `[{name: own}, {name: mirror}, {name: other}]`},
		{object: testPod, path: "spec.imagePullSecrets", want: `[{name: own}, {name: mirror}, {name: other}]`}}},

	"leaderElection.leaseDuration": {values: `leaderElection: {leaseDuration: 1m}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--leader-elect-lease-duration=1m`}}},
	"leaderElection.renewDeadline": {values: `leaderElection: {renewDeadline: 14s}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--leader-elect-renew-deadline=14s`}}},
	"leaderElection.retryPeriod": {values: `leaderElection: {retryPeriod: 3s}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--leader-elect-retry-period=3s`}}},

	"replicas": {values: `replicas: 3`, expect: []expectation{{object: manager, path: "spec.replicas", want: `3`}}},
	"leaderElect": {values: `{leaderElect: false, replicas: 1}`, gone: []string{"Role/rollcall-leader-election", "RoleBinding/rollcall-leader-election"}, expect: []expectation{
		{object: manager, path: container + "args", lacks: `--leader-elect`},
		{object: manager, path: container + "args", lacks: `--leader-elect-lease-duration=15s`},
		{object: manager, path: "spec.strategy", want: `{type: Recreate}`}}},
	"image.repository": {values: `image: {repository: registry.example/x}`, expect: []expectation{
		{object: manager, path: container + "image", want: `registry.example/x:` + number},
		{object: testPod, path: "spec.containers.0.image", want: `registry.example/x:` + number}}},
	"image.registry": {values: `image: {registry: mirror.example}`, expect: []expectation{
		{object: manager, path: container + "image", want: `mirror.example/rollcall:` + number},
		{object: testPod, path: "spec.containers.0.image", want: `mirror.example/rollcall:` + number}}},
	"image.tag": {values: `image: {tag: 9.9.9}`, expect: []expectation{
		{object: manager, path: container + "image", want: `registry.example/rollcall:9.9.9`}}},
	"image.digest": {values: `image: {digest: "sha256:` + strings.Repeat("0a", 32) + `"}`, expect: []expectation{
		{object: manager, path: container + "image", want: `registry.example/rollcall:` + number + `@sha256:` + strings.Repeat("0a", 32)}}},
	"image.pullPolicy": {values: `image: {pullPolicy: Always}`, expect: []expectation{
		{object: manager, path: container + "imagePullPolicy", want: `Always`},
		{object: testPod, path: "spec.containers.0.imagePullPolicy", want: `Always`}}},
	"imagePullSecrets": {values: `imagePullSecrets: [{name: registry}]`, expect: []expectation{
		{object: manager, path: pod + "imagePullSecrets", want: `[{name: registry}]`},
		{object: testPod, path: "spec.imagePullSecrets", want: `[{name: registry}]`}}},
	"log.level":   {values: `log: {level: 5}`, expect: []expectation{{object: manager, path: container + "args", has: `--zap-log-level=5`}}},
	"log.encoder": {values: `log: {encoder: console}`, expect: []expectation{{object: manager, path: container + "args", has: `--zap-encoder=console`}}},
	"audit.file": {values: `audit: {file: /var/log/rollcall/audit.jsonl}`, expect: []expectation{
		{object: manager, path: container + "args", has: `--audit-log-file=/var/log/rollcall/audit.jsonl`},
		{object: manager, path: pod + "volumes", want: `[{name: audit, emptyDir: {}}]`},
		{object: manager, path: container + "volumeMounts", want: `[{name: audit, mountPath: /var/log/rollcall}]`}}},
	"audit.volume": {values: `audit: {file: /audit/jira.jsonl, volume: {persistentVolumeClaim: {claimName: audit}}}`, expect: []expectation{
		{object: manager, path: pod + "volumes", want: `[{name: audit, persistentVolumeClaim: {claimName: audit}}]`},
		{object: manager, path: container + "volumeMounts", want: `[{name: audit, mountPath: /audit}]`}}},
	"pprof": {values: `pprof: true`, expect: []expectation{{object: manager, path: container + "args", has: `--pprof-bind-address=127.0.0.1:6060`}}},
	"healthPort": {values: `healthPort: 9081`, expect: []expectation{
		{object: manager, path: container + "args", has: `--health-probe-bind-address=:9081`},
		{object: manager, path: container + "ports", has: `{name: probes, containerPort: 9081}`}}},
	"resources.requests.cpu":    {values: `resources: {requests: {cpu: 1}}`, expect: []expectation{{object: manager, path: container + "resources.requests", want: `{cpu: 1, memory: 128Mi}`}}},
	"resources.requests.memory": {values: `resources: {requests: {memory: 1Gi}}`, expect: []expectation{{object: manager, path: container + "resources.requests", want: `{cpu: 10m, memory: 1Gi}`}}},
	"resources.limits.memory": {values: `resources: {limits: {memory: 1Gi}}`, expect: []expectation{
		{object: manager, path: container + "resources.limits", want: `{memory: 1Gi}`},
		{object: testPod, path: "spec.containers.0.resources.limits", want: `{memory: 1Gi}`}}},
	"podDisruptionBudget.enabled": {values: `podDisruptionBudget: {enabled: false}`, gone: []string{"PodDisruptionBudget/rollcall"}},
	"podDisruptionBudget.maxUnavailable": {values: `podDisruptionBudget: {maxUnavailable: 50%}`, expect: []expectation{
		{object: "PodDisruptionBudget/rollcall", path: "spec.maxUnavailable", want: `50%`}}},
	"topologySpreadConstraints": {values: `topologySpreadConstraints: [{topologyKey: rack, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}, {topologyKey: zone, labelSelector: {matchLabels: {a: b}}}]`, expect: []expectation{
		{object: manager, path: pod + "topologySpreadConstraints", want: `[
			{topologyKey: rack, maxSkew: 2, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {
				app.kubernetes.io/name: rollcall, app.kubernetes.io/instance: rollcall, app.kubernetes.io/component: manager}}},
			{topologyKey: zone, labelSelector: {matchLabels: {a: b}}}]`}}},
	"priorityClassName": {values: `priorityClassName: high`, expect: []expectation{{object: manager, path: pod + "priorityClassName", want: `high`}}},
	"nodeSelector.[kubernetes.io/os]": {values: `nodeSelector: {kubernetes.io/os: null, disk: ssd}`, expect: []expectation{
		{object: manager, path: pod + "nodeSelector", want: `{disk: ssd}`},
		{object: testPod, path: "spec.nodeSelector", want: `{disk: ssd}`}}},
	"tolerations": {values: `tolerations: [{operator: Exists}]`, expect: []expectation{
		{object: manager, path: pod + "tolerations", want: `[{operator: Exists}]`},
		{object: testPod, path: "spec.tolerations", want: `[{operator: Exists}]`}}},
	"affinity":  {values: `affinity: {nodeAffinity: {}}`, expect: []expectation{{object: manager, path: pod + "affinity", want: `{nodeAffinity: {}}`}}},
	"dnsPolicy": {values: `dnsPolicy: None`, expect: []expectation{{object: manager, path: pod + "dnsPolicy", want: `None`}}},
	"dnsConfig": {values: `dnsConfig: {nameservers: [10.0.0.10]}`, expect: []expectation{
		{object: manager, path: pod + "dnsConfig", want: `{nameservers: [10.0.0.10]}`}}},
	"hostAliases": {values: `hostAliases: [{ip: 10.20.0.9, hostnames: [a.example]}]`, expect: []expectation{
		{object: manager, path: pod + "hostAliases", want: `[{ip: 10.20.0.9, hostnames: [a.example]}]`}}},
	"podSecurityContext.runAsNonRoot": {values: `podSecurityContext: {runAsNonRoot: null}`, expect: []expectation{
		{object: manager, path: pod + "securityContext", want: `{runAsUser: 65532, runAsGroup: 65532, seccompProfile: {type: RuntimeDefault}}`}}},
	"podSecurityContext.runAsUser": {values: `podSecurityContext: {runAsUser: null}`, expect: []expectation{
		{object: manager, path: pod + "securityContext", want: `{runAsNonRoot: true, runAsGroup: 65532, seccompProfile: {type: RuntimeDefault}}`},
		{object: testPod, path: "spec.securityContext", want: `{runAsNonRoot: true, runAsGroup: 65532, seccompProfile: {type: RuntimeDefault}}`}}},
	"podSecurityContext.runAsGroup": {values: `podSecurityContext: {runAsGroup: 1}`, expect: []expectation{
		{object: manager, path: pod + "securityContext.runAsGroup", want: `1`}}},
	"podSecurityContext.seccompProfile.type": {values: `podSecurityContext: {seccompProfile: {type: Unconfined}}`, expect: []expectation{
		{object: manager, path: pod + "securityContext.seccompProfile", want: `{type: Unconfined}`}}},
	"securityContext.allowPrivilegeEscalation": {values: `securityContext: {allowPrivilegeEscalation: null}`, expect: []expectation{
		{object: manager, path: container + "securityContext", want: `{readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}`},
		{object: testPod, path: "spec.containers.0.securityContext", want: `{readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}`}}},
	"securityContext.readOnlyRootFilesystem": {values: `securityContext: {readOnlyRootFilesystem: null}`, expect: []expectation{
		{object: manager, path: container + "securityContext", want: `{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}`}}},
	"securityContext.capabilities.drop": {values: `securityContext: {capabilities: {drop: [NET_RAW]}}`, expect: []expectation{
		{object: manager, path: container + "securityContext.capabilities", want: `{drop: [NET_RAW]}`}}},
	"extraArgs":         {values: `extraArgs: [--zap-devel]`, expect: []expectation{{object: manager, path: container + "args", has: `--zap-devel`}}},
	"extraEnv":          {values: `extraEnv: [{name: A, value: b}]`, expect: []expectation{{object: manager, path: container + "env", want: `[` + memoryLimit + `, {name: A, value: b}]`}}},
	"extraVolumes":      {values: `extraVolumes: [{name: a, emptyDir: {}}]`, expect: []expectation{{object: manager, path: pod + "volumes", want: `[{name: a, emptyDir: {}}]`}}},
	"extraVolumeMounts": {values: `extraVolumeMounts: [{name: a, mountPath: /a}]`, expect: []expectation{{object: manager, path: container + "volumeMounts", want: `[{name: a, mountPath: /a}]`}}},
	"extraObjects": {values: `extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: "{{ .Release.Name }}-map"}}, "{apiVersion: v1, kind: ConfigMap, metadata: {name: {{ include \"rollcall.fullname\" . }}-text}}"]`, expect: []expectation{
		{object: "ConfigMap/rollcall-map", path: "kind", want: `ConfigMap`},
		{object: "ConfigMap/rollcall-text", path: "kind", want: `ConfigMap`}}},
	"commonLabels": {values: `commonLabels: {team: a}`, expect: []expectation{
		{object: manager, path: "metadata.labels.team", want: `a`},
		{object: manager, path: "spec.template.metadata.labels.team", want: `a`},
		{object: "ClusterRole/rollcall-manager", path: "metadata.labels.team", want: `a`},
		{object: "CustomResourceDefinition/jirasites.rollcall.dev", path: "metadata.labels.team", want: `a`}}},
	"podLabels":             {values: `podLabels: {a: b}`, expect: []expectation{{object: manager, path: "spec.template.metadata.labels.a", want: `b`}}},
	"podAnnotations":        {values: `podAnnotations: {a: b}`, expect: []expectation{{object: manager, path: "spec.template.metadata.annotations.a", want: `b`}}},
	"deploymentAnnotations": {values: `deploymentAnnotations: {a: b}`, expect: []expectation{{object: manager, path: "metadata.annotations.a", want: `b`}}},
	"nameOverride": {values: `nameOverride: jira`, gone: []string{manager}, expect: []expectation{
		{object: "Deployment/rollcall-jira", path: "metadata.labels.[app.kubernetes.io/name]", want: `jira`}}},
	"fullnameOverride": {values: `fullnameOverride: jira`, gone: []string{manager}, expect: []expectation{
		{object: "Deployment/jira", path: "spec.selector.matchLabels.[app.kubernetes.io/name]", want: `rollcall`},
		{object: "ClusterRole/jira-manager", path: "kind", want: `ClusterRole`}}},
}

func TestEveryValueDoesWhatItIsFor(t *testing.T) {
	t.Parallel()
	before := render(t, "")
	for name, tt := range everyValue {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := render(t, tt.values)
			for _, key := range tt.gone {
				if before[key] == nil || after[key] != nil {
					t.Errorf("%s: there without the value %t, with it %t; want true, false", key, before[key] != nil, after[key] != nil)
				}
			}
			for _, e := range tt.expect {
				if problem := e.check(t, after); problem != "" {
					t.Errorf("with the value: %s", problem)
				}
				if e.check(t, before) == "" {
					t.Errorf("%s of %s is so without the value, too: this proves nothing", e.path, e.object)
				}
			}
		})
	}
}

func TestEveryValueHasATest(t *testing.T) {
	var values map[string]any
	if err := yaml.Unmarshal([]byte(readFile(t, "charts/rollcall/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	delete(values, "enabled") // a chart around this one reads it: subchart_test.go
	for _, name := range leaves("", values) {
		if tt := everyValue[name]; len(tt.expect)+len(tt.gone) == 0 {
			t.Errorf("no test says what the value %s is for", name)
		}
	}
}

// leaves are the paths of all values that are no maps, or empty ones.
func leaves(path string, node any) []string {
	children, _ := node.(map[string]any)
	if len(children) == 0 {
		return []string{path}
	}
	var found []string
	for name, child := range children {
		if strings.Contains(name, ".") {
			name = "[" + name + "]"
		}
		found = append(found, leaves(strings.TrimPrefix(path+"."+name, "."), child)...)
	}
	return found
}

// check returns what is wrong.
func (e expectation) check(t *testing.T, rendered objects) string {
	t.Helper()
	o := rendered[e.object]
	if o == nil {
		return fmt.Sprintf("%s is not rendered", e.object)
	}
	got := normal(t, at(o.Object, e.path))
	list, _ := got.([]any)
	holds := func(element string) bool {
		want := fromYAML(t, element)
		return slices.ContainsFunc(list, func(v any) bool { return cmp.Equal(v, want) })
	}
	switch {
	case e.has != "" && !holds(e.has):
		return fmt.Sprintf("%s of %s = %v, want it to have %s", e.path, e.object, got, e.has)
	case e.lacks != "" && holds(e.lacks):
		return fmt.Sprintf("%s of %s = %v, want it without %s", e.path, e.object, got, e.lacks)
	case e.says != "":
		if text, _ := got.(string); !strings.Contains(text, e.says) {
			return fmt.Sprintf("%s of %s = %q, want it to say %s", e.path, e.object, text, e.says)
		}
	case e.want != "":
		if diff := cmp.Diff(fromYAML(t, e.want), got); diff != "" {
			return fmt.Sprintf("%s of %s (-want +got):\n%s", e.path, e.object, diff)
		}
	}
	return ""
}

// normal makes numbers what they are in YAML that was read without a type.
func normal(t *testing.T, value any) any {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return fromYAML(t, string(text))
}
