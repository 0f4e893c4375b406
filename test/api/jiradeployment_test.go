// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Messages of JiraDeployment, each of several refusals.
const (
	mustBeURL      = "must be an http or https URL, such as https://ci.example.com/builds/7"
	mustBeTime     = "must be a time from 1970 on as RFC 3339 writes it, such as 2026-07-01T10:00:00Z"
	mustBeIssueKey = "must be an issue key, such as SHOP-12"
	mustHaveKeys   = "needs an issue key or a service id: Jira shows a deployment nowhere else"
	tooManyInSum   = "Jira takes at most 500 issue keys and service ids in sum"
	tooLongInSum   = "issue keys and service ids may have 65536 characters in sum"
	mustNameNoUser = "must name no user before its host"
	mustBeVisible  = "must hold no characters that cannot be seen, or that turn the text around"
	identifies     = "cannot be changed: it identifies the deployment in Jira"
	oneWorkload    = "cannot be changed: a record belongs to one workload"
	oneCluster     = "cannot be changed: a record belongs to one cluster"
)

const (
	someWorkload  = `workload: {apiVersion: apps/v1, kind: Deployment, name: web, uid: "1"}`
	otherWorkload = `workload: {apiVersion: apps/v1, kind: Deployment, name: web, uid: "2"}`
)

func TestJiraDeployment(t *testing.T) {
	tr := newTrial(t, "JiraDeployment")
	tr.accepts(t, minimalDeployment, acceptedDeployments)
	tr.accepts(t, minimalDeployment, acceptedSources)
	tr.refuses(t, minimalDeployment, refusedDeployments)
	tr.refuses(t, minimalDeployment, refusedSources)
	tr.refuses(t, minimalDeployment, map[string]refusal{"a source by hand in place of keys": {sourceByHand, "spec", mustHaveKeys}})
	tr.refusesAll(t, map[string]refusal{
		"a deployment without a spec": {`{spec: null}`, "spec", "Required value"},
	}, func(t *testing.T, _ refusal) error {
		o := parse(t, minimalDeployment)
		delete(o.Object, "spec")
		return tr.client.Create(t.Context(), o, client.DryRunAll)
	})

	byHand := parse(t, minimalDeployment)
	store(t, tr.client, byHand)
	tr.refusesChanges(t, byHand, map[string]refusal{
		"another site":          {`site: other`, "spec.site", "cannot be changed: a record belongs to one site"},
		"another pipeline":      {`pipeline: {id: other}`, "spec.pipeline.id", identifies},
		"another environment":   {`environment: {id: other}`, "spec.environment.id", identifies},
		"a sequence that comes": {`sequence: 7`, "spec.sequence", identifies},
		"a workload that comes": {someWorkload, "spec.workload", oneWorkload},
	})
	byRollcall := merge(t, parse(t, minimalDeployment), "spec", "sequence: 7\nclusterUID: a\n"+someWorkload)
	store(t, tr.client, byRollcall)
	tr.refusesChanges(t, byRollcall, map[string]refusal{
		"another cluster":      {`clusterUID: b`, "spec.clusterUID", oneCluster},
		"another sequence":     {`sequence: 8`, "spec.sequence", identifies},
		"a sequence that goes": {`sequence: null`, "spec.sequence", identifies},
		"another workload":     {otherWorkload, "spec.workload", oneWorkload},
		"a workload that goes": {`workload: null`, "spec.workload", oneWorkload},
		"a change that leaves no issue key and no service id": {`issueKeys: null`, "spec", mustHaveKeys},
	})
	tr.refusesStatus(t, byHand, refusedStatuses)
	tr.refusesStatus(t, byHand, refusedDeploymentStatuses)
	tr.refusedEveryBreach(t)
}

var acceptedDeployments = map[string]string{
	"a source in place of keys":                someWorkload + "\n" + sourceByHand,
	"the smallest record, made by hand,":       `{}`,
	"a record of service ids alone":            `{issueKeys: null, serviceIDs: ["b:YXJpOmNsb3Vk"]}`,
	"a record of 500 issue keys":               `issueKeys: ` + quoted(numbered("SHOP-", 500)),
	"a record of 300 keys and 200 service ids": `{issueKeys: ` + quoted(numbered("SHOP-", 300)) + `, serviceIDs: ` + quoted(numbered("s", 200)) + `}`,
	"a record of 65536 characters in sum":      `{issueKeys: ["AB-1"], serviceIDs: ` + quoted(longIDs(65536-4)) + `}`,
	"a record of 500 service ids":              `{issueKeys: null, serviceIDs: ` + quoted(numbered("s", 500)) + `}`,
	"the shortest issue key":                   `issueKeys: [AB-1]`,
	"an issue key with digits and underscores": `issueKeys: [A1_B-10]`,
	"a workload":                                someWorkload,
	"a sequence of 1":                           `sequence: 1`,
	"a sequence of 2^53-1":                      `sequence: 9007199254740991`,
	"a revision, as large as Go's numbers,":     `revision: 9223372036854775807`,
	"a rollback":                                `{revision: 3, rollbackToRevision: 1, templateHash: 6f8c9d}`,
	"associations that were dropped":            `droppedAssociations: 12`,
	"names of 255 characters":                   names255,
	"a url of 2000 characters":                  `url: https://ci.example.com/` + strings.Repeat("a", 1977),
	"an http url":                               `{url: "http://ci.example.com/7", pipeline: {url: "http://ci.example.com"}}`,
	"a url with an @ behind its host":           `{url: "https://ci.example.com/@team?by=a@b.example#@", pipeline: {url: "https://ci.example.com/@"}}`,
	"a url with a line break in its query":      `url: "https://ci.example.com/?q=one%0Atwo"`,
	"a url with letters of any language":        `url: "https://ci.example.com/größe/日本語"`,
	"a url with a port, a query and a fragment": `url: "https://ci.example.com:8443/builds?id=7#log"`,
	"a time in UTC":                             `lastUpdated: "2026-07-01T10:00:00Z"`,
	"the first time":                            `lastUpdated: "1970-01-01T00:00:00Z"`,
	"the last time":                             `lastUpdated: "9998-12-31T23:59:59Z"`,
	"a time in a time zone":                     `lastUpdated: "2026-07-01T12:00:00+02:00"`,
	"a cluster":                                 `clusterUID: 0c5ad1f4-9c5b-4d34-9a58-4b0b0a4a6a52`,
	"a beginning and an end":                    `{startTime: "1970-01-01T00:00:00Z", completionTime: "9998-12-31T23:59:59Z"}`,
	"what just happened":                        `operationType: Normal`,
	"what is past":                              `operationType: Backfill`,
	"the state pending":                         `state: pending`,
	"the state in_progress":                     `state: in_progress`,
	"the state successful":                      `state: successful`,
	"the state failed":                          `state: failed`,
	"the state cancelled":                       `state: cancelled`,
	"the state rolled_back":                     `state: rolled_back`,
	"an unmapped environment":                   `environment: {type: unmapped}`,
	"an environment of development":             `environment: {type: development}`,
	"an environment of testing":                 `environment: {type: testing}`,
	"an environment of staging":                 `environment: {type: staging}`,
}

var (
	text255  = strings.Repeat("ü", 255)
	text256  = strings.Repeat("x", 256)
	names255 = fmt.Sprintf(`{displayName: %[1]s, description: %[1]s, label: %[1]s, pipeline: {id: %[1]s, name: %[1]s}, environment: {id: %[1]s, name: %[1]s}}`, text255)
	url2001  = "https://ci.example.com/" + strings.Repeat("a", 1978)
)

var refusedDeployments = map[string]refusal{
	"a record without a site":          {`site: null`, "spec.site", "Required value"},
	"an empty site":                    {`site: ""`, "spec.site", "at least 1 chars long"},
	"a site of 254 characters":         {`site: ` + strings.Repeat("a", 254), "spec.site", "may not be more than 253 bytes"},
	"a record without a state":         {`state: null`, "spec.state", "Required value"},
	"a state that Jira does not know":  {`state: done`, "spec.state", `supported values: "pending", "in_progress", "successful", "failed", "cancelled", "rolled_back"`},
	"a state in Kubernetes' spelling":  {`state: InProgress`, "spec.state", `supported values: "pending", "in_progress"`},
	"a record without a pipeline":      {`pipeline: null`, "spec.pipeline", "Required value"},
	"a record without an environment":  {`environment: null`, "spec.environment", "Required value"},
	"a record without keys":            {`issueKeys: null`, "spec", mustHaveKeys},
	"a record of empty lists":          {`{issueKeys: [], serviceIDs: []}`, "spec", mustHaveKeys},
	"a sum of 501":                     {`{issueKeys: ` + quoted(numbered("SHOP-", 300)) + `, serviceIDs: ` + quoted(numbered("s", 201)) + `}`, "spec", tooManyInSum},
	"a record of 65537 characters":     {`{issueKeys: ["AB-1"], serviceIDs: ` + quoted(longIDs(65537-4)) + `}`, "spec", tooLongInSum},
	"a record of 501 issue keys":       {`issueKeys: ` + quoted(numbered("SHOP-", 501)), "spec.issueKeys", "must have at most 500 items"},
	"a record of 501 service ids":      {`serviceIDs: ` + quoted(numbered("s", 501)), "spec.serviceIDs", "must have at most 500 items"},
	"an issue key in lower case":       {`issueKeys: [PAY-1, shop-12]`, "spec.issueKeys[1]", mustBeIssueKey},
	"an issue key of issue 0":          {`issueKeys: [SHOP-0]`, "spec.issueKeys[0]", mustBeIssueKey},
	"an issue key without a number":    {`issueKeys: [SHOP]`, "spec.issueKeys[0]", mustBeIssueKey},
	"an issue key with a text":         {`issueKeys: [SHOP-12-fix]`, "spec.issueKeys[0]", mustBeIssueKey},
	"an issue key with a newline":      {`issueKeys: ["SHOP-12\n"]`, "spec.issueKeys[0]", mustBeIssueKey},
	"an issue key of one letter":       {`issueKeys: [S-1]`, "spec.issueKeys[0]", "at least 4 chars long"},
	"an issue key of 256 characters":   {`issueKeys: [A` + strings.Repeat("B", 253) + `-1]`, "spec.issueKeys[0]", "may not be more than 255 bytes"},
	"an issue key twice":               {`issueKeys: [SHOP-12, SHOP-12]`, "spec.issueKeys[1]", `Duplicate value: "SHOP-12"`},
	"a service id twice":               {`serviceIDs: [a, a]`, "spec.serviceIDs[1]", `Duplicate value: "a"`},
	"an empty service id":              {`serviceIDs: [""]`, "spec.serviceIDs[0]", "at least 1 chars long"},
	"a service id of 256 characters":   {`serviceIDs: [` + text256 + `]`, "spec.serviceIDs[0]", "may not be more than 255 bytes"},
	"a sequence of 0":                  {`sequence: 0`, "spec.sequence", "greater than or equal to 1"},
	"a sequence of 2^53":               {`sequence: 9007199254740992`, "spec.sequence", "less than or equal to 9007199254740991"},
	"a revision of 0":                  {`revision: 0`, "spec.revision", "greater than or equal to 1"},
	"a revision that Go cannot hold":   {`revision: 9223372036854775808`, "spec.revision", "must be of type int"},
	"a rollback to 0":                  {`rollbackToRevision: 0`, "spec.rollbackToRevision", "greater than or equal to 1"},
	"a dropped association of none":    {`droppedAssociations: 0`, "spec.droppedAssociations", "greater than or equal to 1"},
	"an empty clusterUID":              {`clusterUID: ""`, "spec.clusterUID", "at least 1 chars long"},
	"a clusterUID of 129 characters":   {`clusterUID: ` + strings.Repeat("a", 129), "spec.clusterUID", "may not be more than 128 bytes"},
	"a beginning that is garbage":      {`startTime: noon`, "spec.startTime", "must be of type date-time"},
	"a beginning before 1970":          {`startTime: "1969-12-31T23:59:59Z"`, "spec.startTime", mustBeTime},
	"an end that is garbage":           {`completionTime: noon`, "spec.completionTime", "must be of type date-time"},
	"an end from 9999 on":              {`completionTime: "9999-01-01T00:00:00Z"`, "spec.completionTime", mustBeTime},
	"an operation in Jira's spelling":  {`operationType: BACKFILL`, "spec.operationType", `supported values: "Normal", "Backfill"`},
	"an empty templateHash":            {`templateHash: ""`, "spec.templateHash", "at least 1 chars long"},
	"a templateHash of 65 characters":  {`templateHash: ` + strings.Repeat("a", 65), "spec.templateHash", "may not be more than 64 bytes"},
	"an empty evidence":                {`evidence: ""`, "spec.evidence", "at least 1 chars long"},
	"an evidence of 4097 characters":   {`evidence: ` + strings.Repeat("a", 4097), "spec.evidence", "may not be more than 4096 bytes"},
	"an empty displayName":             {`displayName: ""`, "spec.displayName", "at least 1 chars long"},
	"a displayName of 256 characters":  {`displayName: ` + text256, "spec.displayName", "may not be more than 255 bytes"},
	"an empty description":             {`description: ""`, "spec.description", "at least 1 chars long"},
	"a description of 256 characters":  {`description: ` + text256, "spec.description", "may not be more than 255 bytes"},
	"an empty label":                   {`label: ""`, "spec.label", "at least 1 chars long"},
	"a label of 256 characters":        {`label: ` + text256, "spec.label", "may not be more than 255 bytes"},
	"an empty url":                     {`url: ""`, "spec.url", "at least 1 chars long"},
	"a url of 2001 characters":         {`url: ` + url2001, "spec.url", "may not be more than 2000 bytes"},
	"a url without a scheme":           {`url: ci.example.com/7`, "spec.url", mustBeURL},
	"a url without a host":             {`url: "https:///builds/7"`, "spec.url", mustBeURL},
	"a url of a script":                {`url: "javascript:alert(1)"`, "spec.url", mustBeURL},
	"a url of a file":                  {`url: "file:///etc/passwd"`, "spec.url", mustBeURL},
	"a url with a user":                {`url: "https://acme.atlassian.net@evil.example/"`, "spec.url", mustNameNoUser},
	"a url with a user and a secret":   {`url: "https://me:secret@ci.example.com"`, "spec.url", mustNameNoUser},
	"a url that is turned around":      {`url: "https://ci.example.com/\u202egpj"`, "spec.url", mustBeVisible},
	"a url that is so when decoded":    {`url: "https://ci.example.com/%e2%80%AEgpj"`, "spec.url", mustBeVisible},
	"a url with a zero-width space":    {`url: "https://ci.example.com/a\u200bb"`, "spec.url", mustBeVisible},
	"a url with a control character":   {`url: "https://ci.example.com/a\u0085b"`, "spec.url", mustBeVisible},
	"a url that is garbage":            {`url: "https://a b"`, "spec.url", mustBeURL},
	"a workload of nothing":            {`workload: {}`, "spec.workload.uid", "Required value"},
	"a workload without an apiVersion": {`workload: {kind: Deployment, name: web, uid: "1"}`, "spec.workload.apiVersion", "Required value"},
	"a workload without a kind":        {`workload: {apiVersion: apps/v1, name: web, uid: "1"}`, "spec.workload.kind", "Required value"},
	"a workload without a name":        {`workload: {apiVersion: apps/v1, kind: Deployment, uid: "1"}`, "spec.workload.name", "Required value"},
	"a site that is no name":           {`site: "acme; reboot"`, "spec.site", "must be the name of a JiraSite"},
	"a workload whose name is none":    {`workload: {apiVersion: apps/v1, kind: Deployment, name: "web; reboot", uid: "1"}`, "spec.workload.name", "must be the name of an object"},
	"a workload whose kind is none":    {`workload: {apiVersion: apps/v1, kind: "Job -A", name: web, uid: "1"}`, "spec.workload.kind", "must be the name of a kind"},
	"a workload of empty texts":        {`workload: {apiVersion: "", kind: "", name: "", uid: ""}`, "spec.workload.name", "at least 1 chars long"},
	"a workload of long texts": {fmt.Sprintf(`workload: {apiVersion: %[1]s, kind: %[1]s, name: %[1]s, uid: %[1]s}`, text256),
		"spec.workload.kind", "may not be more than 63 bytes"},

	"a pipeline without an id":           {`pipeline: {id: null}`, "spec.pipeline.id", "Required value"},
	"a pipeline's empty id":              {`pipeline: {id: ""}`, "spec.pipeline.id", "at least 1 chars long"},
	"a pipeline's id of 256 characters":  {`pipeline: {id: ` + text256 + `}`, "spec.pipeline.id", "may not be more than 255 bytes"},
	"a pipeline's empty name":            {`pipeline: {name: ""}`, "spec.pipeline.name", "at least 1 chars long"},
	"a pipeline's name of 256 letters":   {`pipeline: {name: ` + text256 + `}`, "spec.pipeline.name", "may not be more than 255 bytes"},
	"a pipeline's empty url":             {`pipeline: {url: ""}`, "spec.pipeline.url", "at least 1 chars long"},
	"a pipeline's url of 2001 letters":   {`pipeline: {url: ` + url2001 + `}`, "spec.pipeline.url", "may not be more than 2000 bytes"},
	"a pipeline's url with a user":       {`pipeline: {url: "https://me@ci.example.com"}`, "spec.pipeline.url", mustNameNoUser},
	"a pipeline's url with a hidden one": {`pipeline: {url: "https://ci.example.com/\u2066"}`, "spec.pipeline.url", mustBeVisible},
	"a pipeline's url of another scheme": {`pipeline: {url: "ssh://git.example.com"}`, "spec.pipeline.url", mustBeURL},
	"an environment without an id":       {`environment: {id: null}`, "spec.environment.id", "Required value"},
	"an environment's empty id":          {`environment: {id: ""}`, "spec.environment.id", "at least 1 chars long"},
	"an environment's id of 256 letters": {`environment: {id: ` + text256 + `}`, "spec.environment.id", "may not be more than 255 bytes"},
	"an environment's empty name":        {`environment: {name: ""}`, "spec.environment.name", "at least 1 chars long"},
	"an environment's name of 256":       {`environment: {name: ` + text256 + `}`, "spec.environment.name", "may not be more than 255 bytes"},
	"an environment without a type":      {`environment: {type: null}`, "spec.environment.type", "Required value"},
	"an environment that is not Jira's":  {`environment: {type: live}`, "spec.environment.type", `supported values: "unmapped", "development", "testing", "staging", "production"`},

	// The date-time of Kubernetes' schemas is wider than Go's: without a rule, one such record would stop
	// the watch of all.
	"a time without a zone":         {`lastUpdated: "2026-07-01T10:00:00"`, "spec.lastUpdated", "must be of type date-time"},
	"a time that is garbage":        {`lastUpdated: yesterday`, "spec.lastUpdated", "must be of type date-time"},
	"a time that there is not":      {`lastUpdated: "2026-02-31T10:00:00Z"`, "spec.lastUpdated", "must be of type date-time"},
	"a time in lower case":          {`lastUpdated: "2026-07-01t10:00:00z"`, "spec.lastUpdated", mustBeTime},
	"a time with another separator": {`lastUpdated: "2026-07-01T10:00:00x5Z"`, "spec.lastUpdated", mustBeTime},
	"a time in a zone of 99 hours":  {`lastUpdated: "2026-07-01T10:00:00+99:99"`, "spec.lastUpdated", mustBeTime},
	"a time with a tail":            {`lastUpdated: "2026-07-01T10:00:00Zt10:00:00z"`, "spec.lastUpdated", mustBeTime},
	"a time that Jira cannot read":  {`lastUpdated: "9999-12-31T23:59:59-23:59"`, "spec.lastUpdated", mustBeTime},
	"a time in a year before 0":     {`lastUpdated: "0000-01-01T00:00:00+01:00"`, "spec.lastUpdated", mustBeTime},
	"the time that nobody set":      {`lastUpdated: "0001-01-01T00:00:00Z"`, "spec.lastUpdated", mustBeTime},
	"a time before 1970":            {`lastUpdated: "1969-12-31T23:59:59Z"`, "spec.lastUpdated", mustBeTime},
	"a time before 1970 in UTC":     {`lastUpdated: "1970-01-01T00:59:59+01:00"`, "spec.lastUpdated", mustBeTime},
	"a time from 9999 on":           {`lastUpdated: "9999-01-01T00:00:00Z"`, "spec.lastUpdated", mustBeTime},
	"a time in a zone of 25 hours":  {`lastUpdated: "2026-07-01T10:00:00+25:00"`, "spec.lastUpdated", mustBeTime},
}

// refusedStatuses are those of a record of either kind.
var refusedStatuses = map[string]refusal{
	"an empty status":                    {`{}`, "status", "at least 1 properties"},
	"a condition twice":                  {`conditions: [` + conditions("Delivered", "Delivered") + `]`, "status.conditions[1]", "Duplicate value"},
	"a status of nine conditions":        {`conditions: [` + conditions(numbered("C", 9)...) + `]`, "status.conditions", "must have at most 8 items"},
	"a status of generation 0":           {`observedGeneration: 0`, "status.observedGeneration", "greater than or equal to 1"},
	"a delivery of generation 0":         {`deliveredGeneration: 0`, "status.deliveredGeneration", "greater than or equal to 1"},
	"a delivery at no time":              {`deliveredTime: noon`, "status.deliveredTime", "must be of type date-time"},
	"a resync at no time":                {`resyncTime: noon`, "status.resyncTime", "must be of type date-time"},
	"a delivery without microseconds":    {`deliveredTime: "2026-07-01T10:00:00Z"`, "status.deliveredTime", "should match"},
	"an unknown issue key twice":         {`unknownIssueKeys: [A-1, A-1]`, "status.unknownIssueKeys[1]", "Duplicate value"},
	"an empty unknown issue key":         {`unknownIssueKeys: [""]`, "status.unknownIssueKeys[0]", "at least 1 chars long"},
	"an unknown issue key of 256":        {`unknownIssueKeys: [` + text256 + `]`, "status.unknownIssueKeys[0]", "may not be more than 255 bytes"},
	"a status of 501 unknown issue keys": {`unknownIssueKeys: ` + quoted(numbered("A-", 501)), "status.unknownIssueKeys", "must have at most 500 items"},

	"a history of eleven deliveries":       {`history: [` + strings.Repeat(deliveryWith("")+", ", 11) + `]`, "status.history", "must have at most 10 items"},
	"a delivery of no state":               {`history: [` + deliveryWithout("state") + `]`, "status.history[0].state", "Required value"},
	"a delivery of an empty state":         {`history: [` + deliveryWith(`state: ""`) + `]`, "status.history[0].state", "at least 1 chars long"},
	"a delivery of a state of 256":         {`history: [` + deliveryWith(`state: `+text256) + `]`, "status.history[0].state", "may not be more than 32 bytes"},
	"a delivery without a number":          {`history: [` + deliveryWithout("updateSequenceNumber") + `]`, "status.history[0].updateSequenceNumber", "Required value"},
	"a delivery of number 0":               {`history: [` + deliveryWith(`updateSequenceNumber: 0`) + `]`, "status.history[0].updateSequenceNumber", "greater than or equal to 1"},
	"a delivery of empty issues":           {`history: [` + deliveryWith(`issues: ""`) + `]`, "status.history[0].issues", "at least 1 chars long"},
	"a delivery of issues of 256":          {`history: [` + deliveryWith(`issues: `+text256) + `]`, "status.history[0].issues", "may not be more than 255 bytes"},
	"a delivery that was not sent":         {`history: [` + deliveryWithout("sentTime") + `]`, "status.history[0].sentTime", "Required value"},
	"a delivery sent at no time":           {`history: [` + deliveryWith(`sentTime: noon`) + `]`, "status.history[0].sentTime", "must be of type date-time"},
	"a delivery sent without microseconds": {`history: [` + deliveryWith(`sentTime: "2026-07-01T10:00:00Z"`) + `]`, "status.history[0].sentTime", "should match"},
	"a delivery that was not answered":     {`history: [` + deliveryWithout("answeredTime") + `]`, "status.history[0].answeredTime", "Required value"},
	"a delivery answered at no time":       {`history: [` + deliveryWith(`answeredTime: noon`) + `]`, "status.history[0].answeredTime", "must be of type date-time"},
	"an answer without microseconds":       {`history: [` + deliveryWith(`answeredTime: "2026-07-01T10:00:00Z"`) + `]`, "status.history[0].answeredTime", "should match"},
	"a delivery without a reason":          {`history: [` + deliveryWithout("reason") + `]`, "status.history[0].reason", "Required value"},
	"a delivery with an empty reason":      {`history: [` + deliveryWith(`reason: ""`) + `]`, "status.history[0].reason", "at least 1 chars long"},
	"a delivery with a reason of 256":      {`history: [` + deliveryWith(`reason: `+text256) + `]`, "status.history[0].reason", "may not be more than 64 bytes"},
	"a delivery with an empty message":     {`history: [` + deliveryWith(`message: ""`) + `]`, "status.history[0].message", "at least 1 chars long"},
	"a delivery with a message of 257":     {`history: [` + deliveryWith(`message: `+text256+`x`) + `]`, "status.history[0].message", "may not be more than 256 bytes"},
}

var refusedDeploymentStatuses = map[string]refusal{
	"an unknown service id twice":      {`unknownServiceIDs: [a, a]`, "status.unknownServiceIDs[1]", "Duplicate value"},
	"an empty unknown service id":      {`unknownServiceIDs: [""]`, "status.unknownServiceIDs[0]", "at least 1 chars long"},
	"an unknown service id of 256":     {`unknownServiceIDs: [` + text256 + `]`, "status.unknownServiceIDs[0]", "may not be more than 255 bytes"},
	"a status of 501 unknown services": {`unknownServiceIDs: ` + quoted(numbered("s", 501)), "status.unknownServiceIDs", "must have at most 500 items"},
}

func TestWhatDoesNotIdentifyADeploymentMayChange(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	record := merge(t, parse(t, minimalDeployment), "spec", "sequence: 7\n"+someWorkload)
	store(t, c, record)

	changed := merge(t, record, "spec", `
state: rolled_back
lastUpdated: "2026-07-01T10:00:00Z"
environment: {name: Production, type: staging}
pipeline: {name: Web, url: "https://ci.example.com"}
displayName: web 1.2.3
description: a new web
label: 1.2.3
url: https://ci.example.com/7
issueKeys: [SHOP-13]
serviceIDs: [a]
revision: 2
templateHash: 6f8c9d
rollbackToRevision: 1
droppedAssociations: 1
startTime: "2026-07-01T09:59:00Z"
completionTime: "2026-07-01T10:00:00Z"
operationType: Backfill
`)
	g.Expect(c.Update(t.Context(), changed)).To(Succeed())
	g.Expect(changed.GetGeneration()).To(Equal(record.GetGeneration() + 1))

	cleared := merge(t, changed, "spec", `
lastUpdated: null
environment: {name: null}
displayName: null
url: null
issueKeys: null
rollbackToRevision: null
`)
	g.Expect(c.Update(t.Context(), cleared)).To(Succeed())
	g.Expect(cleared.GetGeneration()).To(Equal(record.GetGeneration() + 2))
}
