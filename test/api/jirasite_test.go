// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Messages of JiraSite, each of several refusals.
const (
	mustBeHost     = "must be a host name in lower case, such as acme.atlassian.net: no scheme, no path"
	mustBeHTTPS    = "must be an https URL, such as https://api.atlassian.com (http is allowed on loopback only)"
	mustBeBare     = "must hold no user, query or fragment: credentials belong into the Secret"
	mustBeSecret   = "must be the name of a Secret in the operator's namespace: lower-case letters, digits, '-' and '.'"
	mustBeKey      = "must be a key of a Secret: letters, digits, '-', '_' and '.'"
	mustBeToken    = "must be an https URL, such as https://auth.atlassian-us-gov-mod.com/oauth/token (http is allowed on loopback only)"
	mustBeAudience = "must be what the token endpoint knows the API by, such as api.atlassian-us-gov-mod.com: no spaces"
	mustBeTwo      = "clientIDKey and clientSecretKey must be two keys: client id and secret are two values"
	mustBeDeadline = "must be a duration longer than 0s, such as 10m or 1h30m"
	mustBeKept     = "must be a duration longer than 0s, such as 24h or 90m"
)

func TestJiraSite(t *testing.T) {
	tr := newTrial(t, "JiraSite")
	tr.accepts(t, minimalSite, acceptedSites)
	tr.accepts(t, minimalSite, acceptedEnvironments)
	tr.accepts(t, minimalSite, acceptedCommits)
	tr.refuses(t, minimalSite, refusedSites)
	tr.refuses(t, minimalSite, refusedEnvironments)
	tr.refuses(t, minimalSite, refusedCommits)
	tr.refusesAll(t, map[string]refusal{
		"a site without a spec": {`{spec: null}`, "spec", "Required value"},
	}, func(t *testing.T, _ refusal) error {
		o := parse(t, minimalSite)
		delete(o.Object, "spec")
		return tr.client.Create(t.Context(), o, client.DryRunAll)
	})

	cloud := merge(t, parse(t, minimalSite), "spec", `{}`)
	store(t, tr.client, cloud)
	tr.refusesStatus(t, cloud, refusedSiteStatuses)
	tr.refusedEveryBreach(t)
}

var acceptedSites = map[string]string{
	"the smallest site":                        `{}`,
	"a host with a port":                       `host: "acme.atlassian.net:8443"`,
	"a host of one label":                      `host: localhost`,
	"a host of 253 characters":                 `host: ` + strings.Repeat("a.", 126) + "a",
	"where Argo CD and Flux are":               `gitOps: {argoCDURL: "https://argocd.acme.example/ui", fluxURLTemplate: "https://flux.acme.example/{{ .Kind }}/{{ .Namespace }}/{{ .Name }}"}`,
	"no records by hand":                       `handmade: {allow: None}`,
	"records by hand of their own namespace":   `handmade: {allow: SameNamespace}`,
	"any records by hand, of one namespace":    `handmade: {allow: Any, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ci}}}`,
	"a cloudID":                                `cloudID: 11223344-a1b2-3c33-c444-def123456789`,
	"an https apiURL":                          `apiURL: https://api.atlassian.com`,
	"an apiURL with a port and a path":         `apiURL: "https://gateway.example:8443/atlassian/"`,
	"an http apiURL on localhost":              `apiURL: "http://localhost:8080"`,
	"an http apiURL on 127.0.0.1":              `apiURL: "http://127.0.0.1:8080"`,
	"an http apiURL on [::1]":                  `apiURL: "http://[::1]:8080"`,
	"a secretName with dots":                   `credentials: {secretName: jira.acme-1}`,
	"keys of a Secret":                         `credentials: {clientIDKey: JIRA_CLIENT.ID-1, clientSecretKey: .secret}`,
	"a tokenURL and an audience":               `credentials: {tokenURL: "https://auth.atlassian-us-gov-mod.com/oauth/token", audience: api.atlassian-us-gov-mod.com}`,
	"an http tokenURL on loopback":             `credentials: {tokenURL: "http://[::1]:8080/oauth/token"}`,
	"an audience that is a URL":                `credentials: {audience: "https://api.example/"}`,
	"the defaults' keys, the other way round":  `credentials: {clientIDKey: client-secret, clientSecretKey: client-id}`,
	"a list of projects":                       `projects: [SHOP, PAY2, A_B]`,
	"a list of 500 projects":                   `projects: ` + quoted(numbered("P", 500)),
	"an empty list of projects":                `projects: []`,
	"an annotation and a label":                `issueKeys: {annotations: [acme.example/ticket], labels: [ticket]}`,
	"no place for issue keys":                  `issueKeys: {}`,
	"a selector that does not parse":           `namespaceSelector: {matchExpressions: [{key: a, operator: Near}]}`,
	"a selector of workloads":                  `workloadSelector: {matchLabels: {team: shop}}`,
	"a template that does not parse":           `templates: {url: "{{ .Nope"}`,
	"templates of 2000 characters":             `templates: {url: "` + strings.Repeat("x", 2000) + `", pipelineName: "` + strings.Repeat("ü", 2000) + `"}`,
	"templates of a name and a description":    `templates: {displayName: "{{ .Name }} {{ .Version }}", description: "{{ .Nope"}`,
	"no template":                              `templates: {}`,
	"tags in any case, and no versions":        `issueKeys: {imageTags: AnyCase, versionLabels: "Off"}`,
	"tags and versions as Jira writes them":    `issueKeys: {imageTags: Exact, versionLabels: Exact}`,
	"restarts that are reported":               `restarts: Report`,
	"pipelines that name no kind":              `pipelineIDs: Name`,
	"workloads that are one of many":           `revisionWorkloadSelector: {matchLabels: {serving.knative.dev/service: shop}}`,
	"releases from before that are ignored":    `existing: Ignore`,
	"a progressDeadline of several units":      `progressDeadline: 1h30m`,
	"a progressDeadline of a fraction":         `progressDeadline: 1.5h`,
	"a progressDeadline as Go writes it":       `progressDeadline: 1m0.0005s`,
	"the shortest duration that there is":      `progressDeadline: 1ns`,
	"a duration in microseconds":               `retention: {afterDeletion: 1.5µs}`,
	"the least retention":                      `retention: {revisions: 1, afterDeletion: 1s}`,
	"the most retention":                       `retention: {revisions: 100, afterDeletion: 8760h}`,
	"one request a minute":                     `requestsPerMinute: 1`,
	"builds that a selector finds":             `builds: {selector: {matchLabels: {builds: "yes"}}}`,
	"a selector of builds that does not parse": `builds: {selector: {matchExpressions: [{key: a, operator: Near}]}}`,
	"a selector of all runs":                   `builds: {selector: {}}`,
	"builds that other namespaces trust":       `builds: {imageNamespaces: {matchLabels: {team: ci}}}`,
	"one build that is retained":               `builds: {retained: 1}`,
	"1000 builds that are retained":            `builds: {retained: 1000}`,
	"a template of a build's link":             `templates: {buildURL: "https://tekton.acme.example/#/namespaces/{{ .Namespace }}/pipelineruns/{{ .Name }}"}`,
	"a build's template that does not parse":   `templates: {buildURL: "{{ .Nope"}`,
	"6000 requests a minute":                   `requestsPerMinute: 6000`,
	"a site that is suspended and dry":         `{suspend: true, dryRun: true}`,
}

var refusedSites = map[string]refusal{
	"a site without a host":      {`host: null`, "spec.host", "Required value"},
	"an empty host":              {`host: ""`, "spec.host", "at least 1 chars long"},
	"a host of 254 characters":   {`host: ` + strings.Repeat("a", 254), "spec.host", "may not be more than 253 bytes"},
	"a host with a scheme":       {`host: https://acme.atlassian.net`, "spec.host", mustBeHost},
	"a host with a path":         {`host: acme.atlassian.net/jira`, "spec.host", mustBeHost},
	"a host with a slash":        {`host: acme.atlassian.net/`, "spec.host", mustBeHost},
	"a host in upper case":       {`host: ACME.atlassian.net`, "spec.host", mustBeHost},
	"a host with a user":         {`host: me@acme.atlassian.net`, "spec.host", mustBeHost},
	"a host with a space":        {`host: "acme.atlassian.net "`, "spec.host", mustBeHost},
	"a host with a newline":      {`host: "acme.atlassian.net\n"`, "spec.host", mustBeHost},
	"a host with an empty label": {`host: acme..net`, "spec.host", mustBeHost},
	"a host with a last dot":     {`host: acme.atlassian.net.`, "spec.host", mustBeHost},
	"a host with a first hyphen": {`host: "-acme.atlassian.net"`, "spec.host", mustBeHost},
	"a host with an empty port":  {`host: "acme.atlassian.net:"`, "spec.host", mustBeHost},
	"a host with a named port":   {`host: "acme.atlassian.net:https"`, "spec.host", mustBeHost},

	"an empty cloudID":             {`cloudID: ""`, "spec.cloudID", "at least 1 chars long"},
	"a cloudID of 129 characters":  {`cloudID: ` + strings.Repeat("a", 129), "spec.cloudID", "may not be more than 128 bytes"},
	"a cloudID that leaves a path": {`cloudID: ../x`, "spec.cloudID", "must be the id that https://<host>/_edge/tenant_info shows, such as 11223344-"},

	"an empty apiURL":                           {`apiURL: ""`, "spec.apiURL", "at least 1 chars long"},
	"an apiURL of 2001 characters":              {`apiURL: https://` + strings.Repeat("a", 1993), "spec.apiURL", "may not be more than 2000 bytes"},
	"an http apiURL":                            {`apiURL: http://api.atlassian.com`, "spec.apiURL", mustBeHTTPS},
	"an http apiURL that starts like localhost": {`apiURL: http://localhost.evil.example`, "spec.apiURL", mustBeHTTPS},
	"an http apiURL with the user localhost":    {`apiURL: http://localhost@evil.example`, "spec.apiURL", mustBeHTTPS},
	"an http apiURL on 0.0.0.0":                 {`apiURL: http://0.0.0.0`, "spec.apiURL", mustBeHTTPS},
	"an apiURL of another scheme":               {`apiURL: ftp://127.0.0.1`, "spec.apiURL", mustBeHTTPS},
	"an apiURL without a scheme":                {`apiURL: api.atlassian.com`, "spec.apiURL", mustBeHTTPS},
	"an apiURL without a host":                  {`apiURL: "https:///x"`, "spec.apiURL", mustBeHTTPS},
	"an apiURL with a port alone":               {`apiURL: "https://:443"`, "spec.apiURL", mustBeHTTPS},
	"an apiURL that is a path":                  {`apiURL: /x`, "spec.apiURL", mustBeHTTPS},
	"an apiURL that is garbage":                 {`apiURL: "https://%zz"`, "spec.apiURL", mustBeHTTPS},
	"an apiURL with a password":                 {`apiURL: "https://me:hunter2@api.atlassian.com"`, "spec.apiURL", mustBeBare},
	"an apiURL with a query":                    {`apiURL: "https://api.atlassian.com?token=x"`, "spec.apiURL", mustBeBare},
	"an apiURL with a fragment":                 {`apiURL: "https://api.atlassian.com/#x"`, "spec.apiURL", mustBeBare},

	"a site without credentials":          {`credentials: null`, "spec.credentials", "Required value"},
	"credentials without a name":          {`credentials: {secretName: null}`, "spec.credentials.secretName", "Required value"},
	"an empty secretName":                 {`credentials: {secretName: ""}`, "spec.credentials.secretName", "at least 1 chars long"},
	"a secretName of 254 characters":      {`credentials: {secretName: ` + strings.Repeat("a", 254) + `}`, "spec.credentials.secretName", "may not be more than 253 bytes"},
	"a secretName in upper case":          {`credentials: {secretName: Jira}`, "spec.credentials.secretName", mustBeSecret},
	"an empty clientIDKey":                {`credentials: {clientIDKey: ""}`, "spec.credentials.clientIDKey", "at least 1 chars long"},
	"a clientIDKey of 254 characters":     {`credentials: {clientIDKey: ` + strings.Repeat("a", 254) + `}`, "spec.credentials.clientIDKey", "may not be more than 253 bytes"},
	"a clientIDKey that is a path":        {`credentials: {clientIDKey: jira/id}`, "spec.credentials.clientIDKey", mustBeKey},
	"an empty clientSecretKey":            {`credentials: {clientSecretKey: ""}`, "spec.credentials.clientSecretKey", "at least 1 chars long"},
	"a clientSecretKey of 254 characters": {`credentials: {clientSecretKey: ` + strings.Repeat("a", 254) + `}`, "spec.credentials.clientSecretKey", "may not be more than 253 bytes"},
	"a clientSecretKey with a space":      {`credentials: {clientSecretKey: "jira secret"}`, "spec.credentials.clientSecretKey", mustBeKey},
	"an empty tokenURL":                   {`credentials: {tokenURL: ""}`, "spec.credentials.tokenURL", "at least 1 chars long"},
	"a tokenURL of 2001 characters":       {`credentials: {tokenURL: https://` + strings.Repeat("a", 1993) + `}`, "spec.credentials.tokenURL", "may not be more than 2000 bytes"},
	"an http tokenURL":                    {`credentials: {tokenURL: http://auth.atlassian.com}`, "spec.credentials.tokenURL", mustBeToken},
	"an http tokenURL like localhost":     {`credentials: {tokenURL: http://localhost.evil.example}`, "spec.credentials.tokenURL", mustBeToken},
	"a tokenURL without a host":           {`credentials: {tokenURL: "https:///x"}`, "spec.credentials.tokenURL", mustBeToken},
	"a tokenURL that is a host":           {`credentials: {tokenURL: auth.atlassian.com}`, "spec.credentials.tokenURL", mustBeToken},
	"a tokenURL with a password":          {`credentials: {tokenURL: "https://me:hunter2@auth.atlassian.com"}`, "spec.credentials.tokenURL", mustBeBare},
	"a tokenURL with a query":             {`credentials: {tokenURL: "https://auth.atlassian.com?x=y"}`, "spec.credentials.tokenURL", mustBeBare},
	"an empty audience":                   {`credentials: {audience: ""}`, "spec.credentials.audience", "at least 1 chars long"},
	"an audience of 256 characters":       {`credentials: {audience: ` + strings.Repeat("a", 256) + `}`, "spec.credentials.audience", "may not be more than 255 bytes"},
	"an audience with a space":            {`credentials: {audience: "api atlassian"}`, "spec.credentials.audience", mustBeAudience},
	"one key for both":                    {`credentials: {clientIDKey: jira, clientSecretKey: jira}`, "spec.credentials", mustBeTwo},
	"a key that is the other's default":   {`credentials: {clientIDKey: client-secret}`, "spec.credentials", mustBeTwo},
	"a secretName with a namespace":       {`credentials: {secretName: kube-system/jira}`, "spec.credentials.secretName", mustBeSecret},

	"an empty argoCDURL":                  {`gitOps: {argoCDURL: ""}`, "spec.gitOps.argoCDURL", "at least 1 chars long"},
	"an argoCDURL of 1001 characters":     {`gitOps: {argoCDURL: https://` + strings.Repeat("a", 993) + `}`, "spec.gitOps.argoCDURL", "may not be more than 1000 bytes"},
	"an argoCDURL without a scheme":       {`gitOps: {argoCDURL: argocd.acme.example}`, "spec.gitOps.argoCDURL", "must be an http or https URL, such as https://argocd.acme.example"},
	"an argoCDURL with a user":            {`gitOps: {argoCDURL: "https://me@argocd.acme.example"}`, "spec.gitOps.argoCDURL", "must name no user before its host"},
	"an argoCDURL with a hidden letter":   {`gitOps: {argoCDURL: "https://argocd.acme.example/\u200b"}`, "spec.gitOps.argoCDURL", "must hold no characters that cannot be seen"},
	"an argoCDURL without a host":         {`gitOps: {argoCDURL: "https:///x"}`, "spec.gitOps.argoCDURL", "must be an http or https URL, such as https://argocd.acme.example"},
	"an empty template for Flux":          {`gitOps: {fluxURLTemplate: ""}`, "spec.gitOps.fluxURLTemplate", "at least 1 chars long"},
	"a template for Flux of 2001 letters": {`gitOps: {fluxURLTemplate: ` + strings.Repeat("a", 2001) + `}`, "spec.gitOps.fluxURLTemplate", "may not be more than 2000 bytes"},

	"a project twice":                    {`projects: [SHOP, PAY, SHOP]`, "spec.projects[2]", `Duplicate value: "SHOP"`},
	"a project in lower case":            {`projects: [PAY, shop]`, "spec.projects[1]", "must be a project key in upper case, such as SHOP"},
	"a project that is a key":            {`projects: [SHOP-1]`, "spec.projects[0]", "must be a project key in upper case, such as SHOP"},
	"a project of one letter":            {`projects: [S]`, "spec.projects[0]", "at least 2 chars long"},
	"a project of 65 characters":         {`projects: [` + strings.Repeat("S", 65) + `]`, "spec.projects[0]", "may not be more than 64 bytes"},
	"a list of 501 projects":             {`projects: ` + quoted(numbered("P", 501)), "spec.projects", "must have at most 500 items"},
	"an annotation twice":                {`issueKeys: {annotations: [a, a]}`, "spec.issueKeys.annotations[1]", `Duplicate value: "a"`},
	"an empty annotation":                {`issueKeys: {annotations: [""]}`, "spec.issueKeys.annotations[0]", "at least 1 chars long"},
	"an annotation of 318 letters":       {`issueKeys: {annotations: [` + strings.Repeat("a", 318) + `]}`, "spec.issueKeys.annotations[0]", "may not be more than 317 bytes"},
	"a list of 51 annotations":           {`issueKeys: {annotations: ` + quoted(numbered("a", 51)) + `}`, "spec.issueKeys.annotations", "must have at most 50 items"},
	"a reading of tags there is not":     {`issueKeys: {imageTags: Loose}`, "spec.issueKeys.imageTags", `supported values: "Exact", "AnyCase", "Off"`},
	"a reading of versions there is not": {`issueKeys: {versionLabels: Loose}`, "spec.issueKeys.versionLabels", `supported values: "Exact", "AnyCase", "Off"`},
	"a label twice":                      {`issueKeys: {labels: [a, a]}`, "spec.issueKeys.labels[1]", `Duplicate value: "a"`},
	"an empty label":                     {`issueKeys: {labels: [""]}`, "spec.issueKeys.labels[0]", "at least 1 chars long"},
	"a label of 318 letters":             {`issueKeys: {labels: [` + strings.Repeat("a", 318) + `]}`, "spec.issueKeys.labels[0]", "may not be more than 317 bytes"},
	"a list of 51 labels":                {`issueKeys: {labels: ` + quoted(numbered("a", 51)) + `}`, "spec.issueKeys.labels", "must have at most 50 items"},

	"an empty template of a build's url":            {`templates: {buildURL: ""}`, "spec.templates.buildURL", "at least 1 chars long"},
	"a too long template of a build's url":          {`templates: {buildURL: ` + strings.Repeat("x", 2001) + `}`, "spec.templates.buildURL", "may not be more than 2000 bytes"},
	"builds of nothing":                             {`builds: {}`, "spec.builds", "at least 1 properties"},
	"no build that is retained":                     {`builds: {retained: 0}`, "spec.builds.retained", "greater than or equal to 1"},
	"1001 builds that are retained":                 {`builds: {retained: 1001}`, "spec.builds.retained", "less than or equal to 1000"},
	"an empty template of a url":                    {`templates: {url: ""}`, "spec.templates.url", "at least 1 chars long"},
	"an empty template of a pipeline's url":         {`templates: {pipelineURL: ""}`, "spec.templates.pipelineURL", "at least 1 chars long"},
	"an empty template of a pipeline's name":        {`templates: {pipelineName: ""}`, "spec.templates.pipelineName", "at least 1 chars long"},
	"a too long template of a url":                  {`templates: {url: ` + strings.Repeat("x", 2001) + `}`, "spec.templates.url", "may not be more than 2000 bytes"},
	"a too long template of a pipeline's url":       {`templates: {pipelineURL: ` + strings.Repeat("x", 2001) + `}`, "spec.templates.pipelineURL", "may not be more than 2000 bytes"},
	"a too long template of a pipeline's name":      {`templates: {pipelineName: ` + strings.Repeat("x", 2001) + `}`, "spec.templates.pipelineName", "may not be more than 2000 bytes"},
	"an empty template of a name":                   {`templates: {displayName: ""}`, "spec.templates.displayName", "at least 1 chars long"},
	"an empty template of a description":            {`templates: {description: ""}`, "spec.templates.description", "at least 1 chars long"},
	"a too long template of a name":                 {`templates: {displayName: ` + strings.Repeat("x", 2001) + `}`, "spec.templates.displayName", "may not be more than 2000 bytes"},
	"a too long template of a description":          {`templates: {description: ` + strings.Repeat("x", 2001) + `}`, "spec.templates.description", "may not be more than 2000 bytes"},
	"an identity of pipelines that there is not":    {`pipelineIDs: Kind`, "spec.pipelineIDs", `supported values: "KindAndName", "Name"`},
	"a policy of releases from before":              {`existing: Never`, "spec.existing", `supported values: "Report", "Ignore"`},
	"a policy of records by hand that there is not": {`handmade: {allow: Some}`, "spec.handmade.allow", `supported values: "None", "SameNamespace", "Any"`},
	"a policy of restarts that there is not":        {`restarts: Sometimes`, "spec.restarts", `supported values: "Ignore", "Report"`},
	"a progressDeadline of 0s":                      {`progressDeadline: 0s`, "spec.progressDeadline", mustBeDeadline},
	"a negative progressDeadline":                   {`progressDeadline: -5m`, "spec.progressDeadline", mustBeDeadline},
	"a progressDeadline in days":                    {`progressDeadline: 1d`, "spec.progressDeadline", mustBeDeadline},
	"a progressDeadline without a unit":             {`progressDeadline: "10"`, "spec.progressDeadline", mustBeDeadline},
	"an empty progressDeadline":                     {`progressDeadline: ""`, "spec.progressDeadline", mustBeDeadline},
	"a progressDeadline that is garbage":            {`progressDeadline: soon`, "spec.progressDeadline", mustBeDeadline},
	"a progressDeadline that Go cannot hold":        {`progressDeadline: 9999999h`, "spec.progressDeadline", mustBeDeadline},
	"a progressDeadline of 33 characters":           {`progressDeadline: ` + strings.Repeat("0", 32) + `s`, "spec.progressDeadline", "may not be more than 32 bytes"},
	"a retention of no revisions":                   {`retention: {revisions: 0}`, "spec.retention.revisions", "greater than or equal to 1"},
	"a retention of 101 revisions":                  {`retention: {revisions: 101}`, "spec.retention.revisions", "less than or equal to 100"},
	"an afterDeletion of 0s, which Go omits,":       {`retention: {afterDeletion: 0s}`, "spec.retention.afterDeletion", mustBeKept},
	"a negative afterDeletion":                      {`retention: {afterDeletion: -1h}`, "spec.retention.afterDeletion", mustBeKept},
	"an afterDeletion that is garbage":              {`retention: {afterDeletion: for ever}`, "spec.retention.afterDeletion", mustBeKept},
	"an afterDeletion of 33 characters":             {`retention: {afterDeletion: ` + strings.Repeat("0", 32) + `s}`, "spec.retention.afterDeletion", "may not be more than 32 bytes"},
	"a site of no requests":                         {`requestsPerMinute: 0`, "spec.requestsPerMinute", "greater than or equal to 1"},
	"a site of 6001 requests a minute":              {`requestsPerMinute: 6001`, "spec.requestsPerMinute", "less than or equal to 6000"},
	"a site of one and a half requests a minute":    {`requestsPerMinute: 1.5`, "spec.requestsPerMinute", "must be of type int"},
}

var refusedSiteStatuses = map[string]refusal{
	"an empty status":                        {`{}`, "status", "at least 1 properties"},
	"a condition twice":                      {`conditions: [` + conditions("Ready", "Ready") + `]`, "status.conditions[1]", "Duplicate value"},
	"a status of nine conditions":            {`conditions: [` + conditions(numbered("C", 9)...) + `]`, "status.conditions", "must have at most 8 items"},
	"a status of generation 0":               {`observedGeneration: 0`, "status.observedGeneration", "greater than or equal to 1"},
	"a status with an empty cloudID":         {`cloudID: ""`, "status.cloudID", "at least 1 chars long"},
	"a status with an empty resync":          {`resync: {}`, "status.resync", "at least 1 properties"},
	"a resync that began at no time":         {`resync: {startTime: noon}`, "status.resync.startTime", "must be of type date-time"},
	"a resync that ended at no time":         {`resync: {completionTime: noon}`, "status.resync.completionTime", "must be of type date-time"},
	"a resync of no value":                   {`resync: {value: ""}`, "status.resync.value", "at least 1 chars long"},
	"a resync of a value of 254 letters":     {`resync: {value: ` + strings.Repeat("a", 254) + `}`, "status.resync.value", "may not be more than 253 bytes"},
	"a probe at no time":                     {`lastProbeTime: noon`, "status.lastProbeTime", "must be of type date-time"},
	"a record that waits since no time":      {`oldestPending: noon`, "status.oldestPending", "must be of type date-time"},
	"a record that was taken at no time":     {`lastAccepted: noon`, "status.lastAccepted", "must be of type date-time"},
	"fewer records than none":                {`pending: -1`, "status.pending", "greater than or equal to 0"},
	"a read-back of nothing":                 {`readBack: {}`, "status.readBack", "at least 1 properties"},
	"a read-back at no time":                 {`readBack: {time: noon}`, "status.readBack.time", "must be of type date-time"},
	"another result of a read-back":          {`readBack: {result: Different}`, "status.readBack.result", "supported values"},
	"a read-back that says nothing":          {`readBack: {message: ""}`, "status.readBack.message", "at least 1 chars long"},
	"a read-back that says too much":         {`readBack: {message: ` + strings.Repeat("a", 1025) + `}`, "status.readBack.message", "may not be more than 1024 bytes"},
	"a read-back of no record":               {`readBack: {record: {}}`, "status.readBack.record", "at least 1 properties"},
	"a read-back of no kind":                 {`readBack: {record: {kind: ""}}`, "status.readBack.record.kind", "at least 1 chars long"},
	"a read-back of a kind of 64 letters":    {`readBack: {record: {kind: ` + strings.Repeat("a", 64) + `}}`, "status.readBack.record.kind", "may not be more than 63 bytes"},
	"a read-back in no namespace":            {`readBack: {record: {namespace: ""}}`, "status.readBack.record.namespace", "at least 1 chars long"},
	"a read-back in one of 64 letters":       {`readBack: {record: {namespace: ` + strings.Repeat("a", 64) + `}}`, "status.readBack.record.namespace", "may not be more than 63 bytes"},
	"a read-back of no name":                 {`readBack: {record: {name: ""}}`, "status.readBack.record.name", "at least 1 chars long"},
	"a read-back of a name of 254 letters":   {`readBack: {record: {name: ` + strings.Repeat("a", 254) + `}}`, "status.readBack.record.name", "may not be more than 253 bytes"},
	"a status with a cloudID of 129 letters": {`cloudID: ` + strings.Repeat("a", 129), "status.cloudID", "may not be more than 128 bytes"},
}

func conditions(types ...string) string {
	list := make([]string, len(types))
	for i, name := range types {
		list[i] = `{type: ` + name + `, status: "True", reason: Fine, message: fine, lastTransitionTime: "2026-07-01T10:00:00Z"}`
	}
	return strings.Join(list, ", ")
}

func TestJiraSiteGetsDefaults(t *testing.T) {
	c := apiServer(t)
	for name, change := range map[string]string{
		"where a field is absent":    `{}`,
		"where a field is null":      `{apiURL: null, pipelineIDs: null, restarts: null, existing: null, handmade: null, progressDeadline: null, requestsPerMinute: null, retention: null}`,
		"where retention is empty":   `retention: {}`,
		"where retention is partial": `retention: {revisions: 5}`,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			o := parse(t, minimalSite)
			for field, value := range parse(t, change).Object {
				g.Expect(unstructured.SetNestedField(o.Object, value, "spec", field)).To(Succeed())
			}
			store(t, c, o)

			var site v1alpha1.JiraSite
			g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(o), &site)).To(Succeed())
			want := v1alpha1.JiraSiteSpec{
				Host:   "acme.atlassian.net",
				APIURL: "https://api.atlassian.com",
				Credentials: v1alpha1.Credentials{
					SecretName: "acme-jira", ClientIDKey: v1alpha1.SecretClientID, ClientSecretKey: v1alpha1.SecretClientSecret,
				},
				PipelineIDs:      v1alpha1.PipelineIDsKindAndName,
				Restarts:         v1alpha1.RestartsIgnore,
				Existing:         v1alpha1.ExistingReport,
				Handmade:         v1alpha1.Handmade{Allow: v1alpha1.HandmadeSameNamespace},
				ProgressDeadline: metav1.Duration{Duration: 10 * time.Minute},
				Retention: v1alpha1.Retention{
					Revisions:     5,
					AfterDeletion: metav1.Duration{Duration: 24 * time.Hour},
				},
				RequestsPerMinute: 900,
			}
			if diff := cmp.Diff(want, site.Spec); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
		})
	}
}

// Where a credential may go its Secret says, and nobody who may write a JiraSite: so that may change, too.
func TestAllOfAJiraSiteMayChange(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	site := parse(t, minimalSite)
	store(t, c, site)

	changed := merge(t, site, "spec", `
host: renamed.atlassian.net
cloudID: 11223344-a1b2-3c33-c444-def123456789
apiURL: https://gateway.acme.example
credentials: {secretName: other, clientIDKey: id, clientSecretKey: secret, tokenURL: "https://auth.acme.example/oauth/token", audience: acme}
projects: [SHOP]
commits: {registries: [ghcr.io], registrySecretName: pull, repositories: [{url: "https://github.com/acme", secretName: git}]}
environments: [{id: prod, type: production, namespaces: [prod]}]
pipelineIDs: Name
restarts: Report
existing: Ignore
handmade: {allow: None}
retention: {revisions: 7}
requestsPerMinute: 60
suspend: true
dryRun: true
`)
	g.Expect(c.Update(t.Context(), changed)).To(Succeed())
	g.Expect(changed.GetGeneration()).To(Equal(site.GetGeneration() + 1))
}

func TestAMisspeltFieldIsRefusedAsKubectlAsks(t *testing.T) {
	c := apiServer(t)
	site := merge(t, parse(t, minimalSite), "spec", `project: [SHOP]`)
	err := c.Create(t.Context(), site, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`unknown field "spec.project"`)))
}
