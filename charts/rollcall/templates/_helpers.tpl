{{- define "rollcall.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The release's name, which holds the chart's name: rollcall, or jira-rollcall. Suffixes have to find room behind it, and a
Service has no dots. */}}
{{- define "rollcall.fullname" -}}
{{- $name := include "rollcall.name" . }}
{{- $made := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $made .Values.fullnameOverride | replace "." "-" | trunc 45 | trimSuffix "-" }}
{{- end }}

{{- define "rollcall.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "rollcall.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.create is false: name the ServiceAccount in serviceAccount.name" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "rollcall.labels" -}}
{{- include "rollcall.labelsWith" (list . dict) }}
{{- end }}

{{/*
The labels of an object that has some of its own, and may be given more: (list $ own more). Of those that are there
twice the chart's win, then own, then more, then commonLabels.
*/}}
{{- define "rollcall.labelsWith" -}}
{{- $root := index . 0 }}
{{- $labels := dict
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" (include "rollcall.name" $root)
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/managed-by" $root.Release.Service }}
{{- range append (rest .) $root.Values.commonLabels }}
{{- $labels = merge $labels (. | default dict) }}
{{- end }}
{{- toYaml $labels }}
{{- end }}

{{/* What the manager's pods are known by. The pod of `helm test` has another component, else the Service would find it. */}}
{{- define "rollcall.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rollcall.name" . | toYaml }}
app.kubernetes.io/instance: {{ .Release.Name | toYaml }}
app.kubernetes.io/component: manager
{{- end }}

{{/* There is no default: an image of a name that nobody has registered yet may become anybody's. */}}
{{- define "rollcall.image" -}}
{{- $repository := required "image.repository is empty: build an image with `make image`, push it to your registry, and name it, as in --set image.repository=registry.example/rollcall (docs/install.md, The image)" .Values.image.repository }}
{{- with .Values.global.imageRegistry | default .Values.image.registry }}
{{- /* As Docker reads it: the first part is a registry where it has a dot or a port, or is localhost. */}}
{{- $repository = printf "%s/%s" . (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") }}
{{- end }}
{{- $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The Secrets to pull with, as a pod has them: those of this chart, then those of the charts around it. */}}
{{- define "rollcall.imagePullSecrets" -}}
{{- $secrets := list }}
{{- range concat .Values.imagePullSecrets (.Values.global.imagePullSecrets | default list) }}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) }}
{{- end }}
{{- with $secrets | uniq }}
imagePullSecrets:
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{/* A duration of the values, in seconds. */}}
{{- define "rollcall.seconds" -}}
{{- mul (trimSuffix "m" . | trimSuffix "s" | int) (ternary 60 1 (hasSuffix "m" .)) }}
{{- end }}

{{/* The subject of every binding. */}}
{{- define "rollcall.subjects" -}}
subjects:
- kind: ServiceAccount
  name: {{ include "rollcall.serviceAccountName" . | toYaml }}
  namespace: {{ .Release.Namespace | toYaml }}
{{- end }}

{{/* A role and its binding: (dict "root" $ "kind" "ClusterRole" or "Role" "name" ... "namespace" ... "rules" ...). */}}
{{- define "rollcall.boundRole" -}}
{{- $root := .root }}
{{- range $kind := list .kind (printf "%sBinding" .kind) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $.name }}
  {{- with $.namespace }}
  namespace: {{ . | toYaml }}
  {{- end }}
  labels:
    {{- include "rollcall.labels" $root | nindent 4 }}
{{- if eq $kind $.kind }}
rules:
{{ trim $.rules }}
{{- else }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $.kind }}
  name: {{ $.name }}
{{ include "rollcall.subjects" $root }}
{{- end }}
{{- end }}
{{- end }}

{{/* The folder of the audit file; nothing where that is the standard output. */}}
{{- define "rollcall.auditFolder" -}}
{{- if and (hasPrefix "/" .Values.audit.file) (not (hasPrefix "/dev/" .Values.audit.file)) }}
{{- dir .Values.audit.file }}
{{- end }}
{{- end }}

{{- define "rollcall.volumes" -}}
{{- with .Values.ca.configMapName }}
- name: ca
  configMap:
    name: {{ . | toYaml }}
{{- end }}
{{- with .Values.ca.secretName }}
- name: ca
  secret:
    secretName: {{ . | toYaml }}
{{- end }}
{{- with .Values.metrics.certSecretName }}
- name: metrics-cert
  secret:
    secretName: {{ . | toYaml }}
{{- end }}
{{- if include "rollcall.auditFolder" . }}
- name: audit
  {{- toYaml (.Values.audit.volume | default (dict "emptyDir" dict)) | nindent 2 }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "rollcall.volumeMounts" -}}
{{- if or .Values.ca.configMapName .Values.ca.secretName }}
- name: ca
  mountPath: /etc/rollcall/ca
  readOnly: true
{{- end }}
{{- if .Values.metrics.certSecretName }}
- name: metrics-cert
  mountPath: /etc/rollcall/metrics
  readOnly: true
{{- end }}
{{- with include "rollcall.auditFolder" . }}
- name: audit
  mountPath: {{ . | toYaml }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The port of a URL. */}}
{{- define "rollcall.portOf" -}}
{{- $url := urlParse . }}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" }}
{{- $port | default (ternary "443" "80" (eq $url.scheme "https")) }}
{{- end }}

{{/* The way out, as a NetworkPolicy's egress. */}}
{{- define "rollcall.egress" -}}
# DNS; 5353 is where OpenShift's DNS pods listen. A cache on the node may have a link-local address.
- ports:
  {{- range list 53 5353 }}
  - port: {{ . }}
    protocol: UDP
  - port: {{ . }}
    protocol: TCP
  {{- end }}
{{- with .Values.networkPolicy.apiServerPorts }}
# The API server on nodes of the cluster. No peer stands for nodes: with Cilium a block of addresses holds none.
- ports:
  {{- range uniq . }}
  - port: {{ . }}
    protocol: TCP
  {{- end }}
{{- end }}
# Jira, a proxy, a collector of spans, and an API server outside of the cluster.
- ports:
  {{- $ports := .Values.networkPolicy.egressPorts }}
  {{- with .Values.proxy.httpsProxy }}
  {{- $ports = append $ports (include "rollcall.portOf" . | int) }}
  {{- end }}
  {{- if and .Values.tracing.enabled .Values.tracing.endpoint }}
  {{- $ports = append $ports (include "rollcall.portOf" .Values.tracing.endpoint | int) }}
  {{- end }}
  {{- range uniq $ports }}
  - port: {{ . }}
    protocol: TCP
  {{- end }}
  to:
  {{- with .Values.networkPolicy.egressTo }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}
  - ipBlock: {cidr: "::/0", except: ["fe80::/10"]}
  - namespaceSelector: {}
  {{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
What kube-score finds and we want:
container-image-pull-policy                    a tag is never written twice, so that what a node has need not be asked for again
container-ephemeral-storage-request-and-limit  the file system is read-only: there is only the log, which the kubelet rotates
deployment-has-host-podantiaffinity            topologySpreadConstraints spread the replicas
container-resources                            a CPU limit alone is missing: a manager that is throttled reports late, and gains nobody anything
Call it with the root context, and a list of more tests.
*/}}
{{- define "rollcall.scoreExceptions" -}}
{{- $tests := list "container-image-pull-policy" "container-ephemeral-storage-request-and-limit" }}
{{- $limits := get (index . 0).Values.resources "limits" | default dict }}
{{- if and $limits.memory (not $limits.cpu) }}
{{- $tests = append $tests "container-resources" }}
{{- end -}}
kube-score/ignore: {{ concat $tests (index . 1) | join "," }}
{{- end }}

{{/*
How JiraSites are created: as a part of the release, or, where the API server does not know the kind before this very
release has installed its CRD, as a hook that runs after that. The next upgrade then makes them a part of the release;
not so with Helm 3, which would take over the object but not what changed in it. Without a cluster (helm template, Argo
CD) they are a part of the manifest: whoever applies that knows about CRDs.
*/}}
{{- define "rollcall.sitesByHook" -}}
{{- $known := .Capabilities.APIVersions.Has "rollcall.dev/v1alpha1/JiraSite" }}
{{- if and .Values.sites (not $known) (lookup "v1" "Namespace" "" "kube-system") }}
{{- if not .Values.crds.enabled }}
{{- fail "sites needs the kind JiraSite, which this cluster does not have: set crds.enabled, or install the CRDs first" }}
{{- end }}
{{- if hasPrefix "v3" .Capabilities.HelmVersion.Version }}
{{- fail "sites needs the kind JiraSite, which comes with this very release: Helm 3 needs two steps for that. Install with --set sites=null, then helm upgrade with the sites" }}
{{- end -}}
true
{{- end }}
{{- end }}

{{/*
Whether Kubernetes is new enough, where Helm has asked a cluster. Chart.yaml has no kubeVersion, because that is held
against whatever version a renderer without a cluster makes up.
*/}}
{{- define "rollcall.checkKubernetes" -}}
{{- $supported := index .Chart.Annotations "rollcall.dev/kubernetes" }}
{{- if and (not (semverCompare $supported .Capabilities.KubeVersion.Version)) (lookup "v1" "Namespace" "" "kube-system") }}
{{- fail (printf "Kubernetes is %s here, and Rollcall needs %s: older ones do not take its CRDs" .Capabilities.KubeVersion.Version $supported) }}
{{- end }}
{{- end }}

{{/* Whether the lease is held for longer than it may take to renew it, as the manager checks, too. */}}
{{- define "rollcall.checkLease" -}}
{{- with .Values.leaderElection }}
{{- $lease := include "rollcall.seconds" .leaseDuration | int }}
{{- $renew := include "rollcall.seconds" .renewDeadline | int }}
{{- if le $lease $renew }}
{{- fail (printf "leaderElection.leaseDuration is %s, which has to be longer than renewDeadline, %s: else another manager leads before this one has given up" .leaseDuration .renewDeadline) }}
{{- end }}
{{- if le (mul $renew 10) (mul (include "rollcall.seconds" .retryPeriod | int) 12) }}
{{- fail (printf "leaderElection.renewDeadline is %s, which has to be longer than 1.2 times retryPeriod, %s: else there is no second try" .renewDeadline .retryPeriod) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What values.schema.json cannot say, or not as clearly. */}}
{{- define "rollcall.check" -}}
{{- include "rollcall.checkKubernetes" . }}
{{- include "rollcall.checkLease" . }}
{{- if not .Values.enabled }}
{{- fail "enabled is false, which alone switches nothing off: a chart around this one does that, with condition: rollcall.enabled in its Chart.yaml" }}
{{- end }}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElect) }}
{{- fail "replicas is more than 1 but leaderElect is false: two managers would work at a time" }}
{{- end }}
{{- if and .Values.ca.configMapName .Values.ca.secretName }}
{{- fail "ca.configMapName and ca.secretName are both set: name one of them" }}
{{- end }}
{{- range $value := list "serviceMonitor" "prometheusRule" "dashboard" }}
{{- if and (get $.Values.metrics $value).enabled (not $.Values.metrics.enabled) }}
{{- fail (printf "metrics.%s.enabled needs metrics.enabled" $value) }}
{{- end }}
{{- end }}
{{- range $value, $kind := dict "serviceMonitor" "ServiceMonitor" "prometheusRule" "PrometheusRule" }}
{{- $known := $.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $kind) }}
{{- if and (get $.Values.metrics $value).enabled (not $known) (lookup "v1" "Namespace" "" "kube-system") }}
{{- fail (printf "metrics.%s.enabled needs the kind %s, which this cluster does not have: install the Prometheus operator first" $value $kind) }}
{{- end }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.metricsFrom) }}
{{- fail "metrics.serviceMonitor.enabled needs networkPolicy.metricsFrom, because nobody else reaches the metrics: name where Prometheus runs, as in [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]" }}
{{- end }}
{{- if and .Values.metrics.enabled (eq (int .Values.metrics.port) (int .Values.healthPort)) }}
{{- fail (printf "metrics.port and healthPort are both %d: the manager listens on each" (int .Values.healthPort)) }}
{{- end }}
{{- $names := list }}
{{- $secrets := list }}
{{- range .Values.sites }}
{{- if has .name $names }}
{{- fail (printf "sites: %q is there twice" .name) }}
{{- end }}
{{- $names = append $names .name }}
{{- if .secret }}
{{- if has .spec.credentials.secretName $secrets }}
{{- fail (printf "sites: the Secret %q is there twice: give one of its sites the secret" .spec.credentials.secretName) }}
{{- end }}
{{- $secrets = append $secrets .spec.credentials.secretName }}
{{- end }}
{{- end }}
{{- end }}
