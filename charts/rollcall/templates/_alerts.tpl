{{/*
The labels that an alert about a site keeps. cluster is there where one Prometheus sees several clusters.
*/}}
{{- define "rollcall.alertLabels" -}}cluster, namespace, site{{- end }}

{{/*
How much a counter rose, for each of its series: (list "counter{...}" "1h"). increase() does not see the first rise of a
series, because a series begins with it: a counter of rejected records appears with its first rejection. So a series that was
not there in the window before counts with all that it has.
*/}}
{{- define "rollcall.rise" -}}
{{- $counter := index . 0 }}
{{- $window := index . 1 -}}
({{ $counter }} unless last_over_time({{ $counter }}[{{ $window }}] offset {{ $window }})) or increase({{ $counter }}[{{ $window }}])
{{- end }}

{{/*
The alerts, as rules of Prometheus; rollcall.alertRules completes them. [[ and ]] stand for the braces of Prometheus' own
templates. Each alert is a heading of docs/alerts.md, and fires, and does not, in test/observability/testdata/alerts.yaml.
*/}}
{{- define "rollcall.alerts" }}
{{- $values := .Values.metrics.prometheusRule }}
{{- $here := printf "namespace=%q" .Release.Namespace }}
{{- $by := include "rollcall.alertLabels" . }}
{{- $byKind := printf "%s, kind" $by }}
{{- $paused := printf "rollcall_site_ready{%s, reason=~\"Suspended|DryRun\"}" $here }}
{{- $deliveryHours := printf "%dh" (int $values.nothingDeliveredHours) }}
- alert: RollcallAbsent
  expr: absent(rollcall_build_info{ {{- $here -}} })
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: Prometheus sees no manager of Rollcall in the namespace [[ $labels.namespace ]].
    description: No manager runs, or Prometheus may not scrape it. Releases of this time are observed late, and Jira is told late.
- alert: RollcallNoLeader
  expr: sum by (cluster, namespace) (leader_election_master_status{ {{- $here }}, name="rollcall.rollcall.dev"}) == 0
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: None of the managers of Rollcall in the namespace [[ $labels.namespace ]] leads.
    description: Managers run, and none of them works. No release is observed, and nothing is sent to Jira.
- alert: RollcallSiteNotReady
  expr: max by ({{ $by }}) (rollcall_site_ready{ {{- $here }}, reason!="Suspended"}) == 0
  for: {{ $values.siteNotReadyFor }}
  labels: {severity: warning}
  annotations:
    summary: The JiraSite [[ $labels.site ]] is not Ready.
    description: Nothing is sent to this Jira. Records wait, and are sent once the site is Ready. Its condition Ready says what to do.
- alert: RollcallProbeOverdue
  expr: |-
    time() - max by ({{ $by }}) (rollcall_site_last_probe_timestamp_seconds{ {{- $here -}} }) > 1800
    unless on ({{ $by }}) min by ({{ $by }}) (rollcall_site_ready{ {{- $here -}} }) == 0
    unless on ({{ $by }}) {{ $paused }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: The JiraSite [[ $labels.site ]] was not probed for half an hour.
    description: A site is probed every five minutes. The leader is stuck or overloaded, and what it says of the site is old.
- alert: RollcallRecordsPendingTooLong
  expr: |-
    time() - min by ({{ $byKind }}) (rollcall_records_oldest_pending_timestamp_seconds{ {{- $here -}} } > 0) > {{ mul 60 (int $values.pendingMinutes) }}
    unless on ({{ $by }}) {{ $paused }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: A [[ $labels.kind ]] has waited for the JiraSite [[ $labels.site ]] for [[ $value | humanizeDuration ]].
    description: Jira has not taken the oldest record. Nothing is lost, it is sent until Jira takes it. Its condition Delivered says what it waits for.
- alert: RollcallNothingDelivered
  expr: |-
    sum by ({{ $by }}) ({{ include "rollcall.rise" (list (printf "rollcall_deployments_finished_total{%s}" $here) $deliveryHours) }}) > 0
    unless on ({{ $by }})
    sum by ({{ $by }}) ({{ include "rollcall.rise" (list (printf "rollcall_records_answered_total{%s, kind=\"JiraDeployment\", reason=~\"Accepted|Existing\"}" $here) $deliveryHours) }}) > 0
    unless on ({{ $by }}) {{ $paused }}
  for: 30m
  labels: {severity: warning}
  annotations:
    summary: Rollouts finished, and the JiraSite [[ $labels.site ]] accepted none of them for {{ $deliveryHours }}.
    description: Rollouts with issue keys finished, and Jira shows none of them. The conditions Delivered of their records say why.
- alert: RollcallRecordsRejected
  expr: sum by ({{ $byKind }}) ({{ include "rollcall.rise" (list (printf "rollcall_records_answered_total{%s, reason=\"Rejected\"}" $here) "1h") }}) > 0
  labels: {severity: warning}
  annotations:
    summary: The JiraSite [[ $labels.site ]] rejected a [[ $labels.kind ]].
    description: Jira refuses what the record says, and is not asked again until the record changes. Its condition Delivered has Jira's words.
- alert: RollcallReadBackDiffers
  expr: sum by ({{ $by }}, result) ({{ include "rollcall.rise" (list (printf "rollcall_readbacks_total{%s, result=~\"older|newer|missing\"}" $here) "3h") }}) > 0
  labels: {severity: warning}
  annotations:
    summary: "What the JiraSite [[ $labels.site ]] accepted is not what it shows: [[ $labels.result ]]."
    description: A deployment that Jira accepted was read again, and Jira shows another state of it, or none. What it accepts may not be stored, or somebody else writes.
- alert: RollcallUnknownIssueKeysRising
  expr: sum by ({{ $by }}) ({{ include "rollcall.rise" (list (printf "rollcall_issue_keys_unknown_total{%s}" $here) "6h") }}) > {{ int $values.unknownIssueKeys }}
  labels: {severity: info}
  annotations:
    summary: The JiraSite [[ $labels.site ]] does not know [[ $value | humanize ]] issue keys of six hours.
    description: Issue keys are misspelled, are of another Jira, or only look like keys. Releases do not appear on their issues.
- alert: RollcallUnmapped
  expr: sum by ({{ $by }}) ({{ include "rollcall.rise" (list (printf "rollcall_rollouts_unmapped_total{%s}" $here) "1h") }}) > 0
  labels: {severity: info}
  annotations:
    summary: The environment of a rollout for the JiraSite [[ $labels.site ]] has no type.
    description: Jira shows the release in an environment that is neither development, testing, staging nor production. Map its namespace.
- alert: RollcallRecordsRefused
  expr: sum by ({{ $by }}, reason) ({{ include "rollcall.rise" (list (printf "rollcall_records_refused_total{%s}" $here) "1h") }}) > 0
  labels: {severity: warning}
  annotations:
    summary: "A record for the JiraSite [[ $labels.site ]] could not be written: [[ $labels.reason ]]."
    description: The API server refused a record. Jira is not told of the release until it can be written. An Event of the workload has the API server's words.
- alert: RollcallAuditLost
  expr: |-
    sum by (cluster, namespace) ({{ include "rollcall.rise" (list (printf "rollcall_audit_lines_dropped_total{%s}" $here) "1h") }}) > 0
    or
    sum by (cluster, namespace) (increase(rollcall_audit_write_errors_total{ {{- $here -}} }[5m])) > 0
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: The audit file of Rollcall in the namespace [[ $labels.namespace ]] cannot be written.
    description: Jira is told as ever. Lines of the audit file wait in memory, and those that do not fit are lost. The manager's log has the error.
- alert: RollcallRecordsWithheld
  expr: sum by ({{ $byKind }}) (rollcall_records_withheld{ {{- $here -}} }) > 0
  for: 1h
  labels: {severity: info}
  annotations:
    summary: "[[ $value ]] of kind [[ $labels.kind ]] wait because their namespaces may not tell the JiraSite [[ $labels.site ]] of them."
    description: The site does not select the namespace, the project or the environment. Change the site, or delete the records.
{{- end }}

{{/* The alerts that are not disabled, with the labels and the link that the values add. */}}
{{- define "rollcall.alertRules" }}
{{- $values := .Values.metrics.prometheusRule }}
{{- $alerts := include "rollcall.alerts" . | replace "[[" "{{" | replace "]]" "}}" | fromYamlArray }}
{{- $known := list }}
{{- $rules := list }}
{{- range $alerts }}
{{- $known = append $known .alert }}
{{- if not (has .alert $values.disabled) }}
{{- if $values.runbookURL }}
{{- $_ := set .annotations "runbook_url" (printf "%s#%s" $values.runbookURL (lower .alert)) }}
{{- end }}
{{- $rules = append $rules (merge . (dict "labels" $values.ruleLabels)) }}
{{- end }}
{{- end }}
{{- range $values.disabled }}
{{- if not (has . $known) }}
{{- fail (printf "metrics.prometheusRule.disabled: there is no alert %q" .) }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
