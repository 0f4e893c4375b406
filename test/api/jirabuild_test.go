// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Messages of JiraBuild, each of several refusals.
const (
	mustHaveKey     = "needs an issue key: Jira shows a build nowhere else"
	identifiesBuild = "cannot be changed: it identifies the build in Jira"
	oneRun          = "cannot be changed: a record belongs to one run"
	mustAddUp       = "passed, failed and skipped are more than total"
	mustBeDigest    = "must be the digest of an image: sha256: and 64 hexadecimal digits"
)

const (
	someRun  = `run: {apiVersion: batch/v1, kind: Job, name: web-7, uid: "1"}`
	otherRun = `run: {apiVersion: batch/v1, kind: Job, name: web-7, uid: "2"}`
)

func TestJiraBuild(t *testing.T) {
	tr := newTrial(t, "JiraBuild")
	tr.accepts(t, minimalBuild, acceptedBuilds)
	tr.accepts(t, minimalBuild, acceptedSources)
	tr.refuses(t, minimalBuild, refusedBuilds)
	tr.refuses(t, minimalBuild, refusedBuildParts)
	tr.refuses(t, minimalBuild, refusedLinks())
	tr.refuses(t, minimalBuild, refusedSources)
	tr.refusesAll(t, map[string]refusal{
		"a build without a spec": {`{spec: null}`, "spec", "Required value"},
	}, func(t *testing.T, _ refusal) error {
		o := parse(t, minimalBuild)
		delete(o.Object, "spec")
		return tr.client.Create(t.Context(), o, client.DryRunAll)
	})

	byHand := parse(t, minimalBuild)
	store(t, tr.client, byHand)
	tr.refusesChanges(t, byHand, map[string]refusal{
		"another site":                {`site: other`, "spec.site", "cannot be changed: a record belongs to one site"},
		"another pipeline":            {`pipelineID: other`, "spec.pipelineID", identifiesBuild},
		"a build number that comes":   {`buildNumber: 7`, "spec.buildNumber", identifiesBuild},
		"a run that comes":            {someRun, "spec.run", oneRun},
		"a change that leaves no key": {`issueKeys: null`, "spec.issueKeys", mustHaveKey},
	})
	byRollcall := merge(t, parse(t, minimalBuild), "spec", "buildNumber: 7\nclusterUID: a\n"+someRun)
	store(t, tr.client, byRollcall)
	tr.refusesChanges(t, byRollcall, map[string]refusal{
		"another cluster":          {`clusterUID: b`, "spec.clusterUID", oneCluster},
		"another build number":     {`buildNumber: 8`, "spec.buildNumber", identifiesBuild},
		"a build number that goes": {`buildNumber: null`, "spec.buildNumber", identifiesBuild},
		"another run":              {otherRun, "spec.run", oneRun},
		"a run that goes":          {`run: null`, "spec.run", oneRun},
	})
	tr.refusesStatus(t, byHand, refusedStatuses)
	tr.refusedEveryBreach(t)
}

var (
	someDigest = "sha256:" + strings.Repeat("0a", 32)
	reference  = `{commit: {id: 41ac7e7, repositoryURL: "https://github.com/acme/shop"}, ref: {name: main, url: "https://github.com/acme/shop/tree/main"}}`
)

var acceptedBuilds = map[string]string{
	"the smallest build, made by hand,":         `{}`,
	"a build whose keys come later":             someRun + "\nissueKeys: null\nsource: {repository: \"https://github.com/acme/shop\", revision: 41ac7e7, from: Run}",
	"a build of 100 issue keys":                 `{issueKeys: ` + quoted(numbered("SHOP-", 100)) + `, droppedIssueKeys: 12}`,
	"the shortest issue key":                    `issueKeys: [AB-1]`,
	"an issue key with digits and underscores":  `issueKeys: [A1_B-10]`,
	"a build number of 1":                       `buildNumber: 1`,
	"a build number of 2^53-1":                  `buildNumber: 9007199254740991`,
	"texts of 255 characters":                   fmt.Sprintf(`{pipelineID: %[1]s, displayName: %[1]s, description: %[1]s, label: %[1]s}`, text255),
	"a url of 2000 characters":                  `url: https://ci.example.com/` + strings.Repeat("a", 1977),
	"a url with an @ behind its host":           `url: "http://ci.example.com/@team?by=a@b.example#@"`,
	"a url with a port, a query and a fragment": `url: "https://ci.example.com:8443/builds?id=7#log"`,
	"the first time":                            `lastUpdated: "1970-01-01T00:00:00Z"`,
	"the last time":                             `lastUpdated: "9998-12-31T23:59:59Z"`,
	"a cluster":                                 `clusterUID: 0c5ad1f4-9c5b-4d34-9a58-4b0b0a4a6a52`,
	"what just happened":                        `operationType: Normal`,
	"what is past":                              `operationType: Backfill`,
	"the state pending":                         `state: pending`,
	"the state in_progress":                     `state: in_progress`,
	"the state successful":                      `state: successful`,
	"the state failed":                          `state: failed`,
	"the state cancelled":                       `state: cancelled`,
	"the state unknown":                         `state: unknown`,
	"no tests":                                  `tests: {total: 0, passed: 0, failed: 0}`,
	"tests that add up":                         `tests: {total: 120, passed: 118, failed: 1, skipped: 1}`,
	"tests of which some have no end":           `tests: {total: 120, passed: 1, failed: 1}`,
	"the most tests":                            `tests: {total: 2147483647, passed: 2147483647, failed: 0, skipped: 0}`,
	"a reference of both":                       `references: [` + reference + `]`,
	"a commit alone":                            `references: [{commit: {id: 41ac7e7, repositoryURL: "http://git.example:8443/acme/shop"}}]`,
	"a branch alone":                            `references: [{ref: {name: feature/shop-12, url: "https://github.com/acme/shop"}}]`,
	"five references":                           `references: [` + strings.Repeat(reference+", ", 4) + reference + `]`,
	"an image":                                  `images: ["` + someDigest + `"]`,
	"20 images":                                 `images: ` + quoted(digests(20)),
}

// digests returns as many digests that differ.
func digests(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("sha256:%064x", i)
	}
	return all
}

var refusedBuilds = map[string]refusal{
	"a build without a site":             {`site: null`, "spec.site", "Required value"},
	"an empty site":                      {`site: ""`, "spec.site", "at least 1 chars long"},
	"a site of 254 characters":           {`site: ` + strings.Repeat("a", 254), "spec.site", "may not be more than 253 bytes"},
	"a build without a pipeline":         {`pipelineID: null`, "spec.pipelineID", "Required value"},
	"an empty pipelineID":                {`pipelineID: ""`, "spec.pipelineID", "at least 1 chars long"},
	"a pipelineID of 256 characters":     {`pipelineID: ` + text256, "spec.pipelineID", "may not be more than 255 bytes"},
	"a build without a state":            {`state: null`, "spec.state", "Required value"},
	"a deployment's state":               {`state: rolled_back`, "spec.state", `supported values: "pending", "in_progress", "successful", "failed", "cancelled", "unknown"`},
	"a build by hand without keys":       {`issueKeys: null`, "spec.issueKeys", mustHaveKey},
	"a build by hand of an empty list":   {`issueKeys: []`, "spec.issueKeys", mustHaveKey},
	"a source by hand in place of keys":  {sourceByHand, "spec.issueKeys", mustHaveKey},
	"a build of 101 issue keys":          {`issueKeys: ` + quoted(numbered("SHOP-", 101)), "spec.issueKeys", "must have at most 100 items"},
	"an issue key in lower case":         {`issueKeys: [PAY-1, shop-12]`, "spec.issueKeys[1]", mustBeIssueKey},
	"an issue key of issue 0":            {`issueKeys: [SHOP-0]`, "spec.issueKeys[0]", mustBeIssueKey},
	"an issue key of one letter":         {`issueKeys: [S-1]`, "spec.issueKeys[0]", "at least 4 chars long"},
	"an issue key of 256 characters":     {`issueKeys: [A` + strings.Repeat("B", 253) + `-1]`, "spec.issueKeys[0]", "may not be more than 255 bytes"},
	"an issue key twice":                 {`issueKeys: [SHOP-12, SHOP-12]`, "spec.issueKeys[1]", `Duplicate value: "SHOP-12"`},
	"a dropped issue key of none":        {`droppedIssueKeys: 0`, "spec.droppedIssueKeys", "greater than or equal to 1"},
	"a build number of 0":                {`buildNumber: 0`, "spec.buildNumber", "greater than or equal to 1"},
	"a build number of 2^53":             {`buildNumber: 9007199254740992`, "spec.buildNumber", "less than or equal to 9007199254740991"},
	"an empty clusterUID":                {`clusterUID: ""`, "spec.clusterUID", "at least 1 chars long"},
	"a clusterUID of 129 characters":     {`clusterUID: ` + strings.Repeat("a", 129), "spec.clusterUID", "may not be more than 128 bytes"},
	"a time that is garbage":             {`lastUpdated: noon`, "spec.lastUpdated", "must be of type date-time"},
	"a time before 1970":                 {`lastUpdated: "1969-12-31T23:59:59Z"`, "spec.lastUpdated", mustBeTime},
	"an operation in Jira's spelling":    {`operationType: BACKFILL`, "spec.operationType", `supported values: "Normal", "Backfill"`},
	"an empty displayName":               {`displayName: ""`, "spec.displayName", "at least 1 chars long"},
	"a displayName of 256 characters":    {`displayName: ` + text256, "spec.displayName", "may not be more than 255 bytes"},
	"an empty description":               {`description: ""`, "spec.description", "at least 1 chars long"},
	"a description of 256 characters":    {`description: ` + text256, "spec.description", "may not be more than 255 bytes"},
	"an empty label":                     {`label: ""`, "spec.label", "at least 1 chars long"},
	"a label of 256 characters":          {`label: ` + text256, "spec.label", "may not be more than 255 bytes"},
	"an empty url":                       {`url: ""`, "spec.url", "at least 1 chars long"},
	"a url of 2001 characters":           {`url: ` + url2001, "spec.url", "may not be more than 2000 bytes"},
	"a url of a script":                  {`url: "javascript:alert(1)"`, "spec.url", mustBeURL},
	"a url without a host":               {`url: "https:///builds/7"`, "spec.url", mustBeURL},
	"a url with a user":                  {`url: "https://acme.atlassian.net@evil.example/"`, "spec.url", mustNameNoUser},
	"a url that is turned around":        {`url: "https://ci.example.com/\u202egpj"`, "spec.url", mustBeVisible},
	"a run of nothing":                   {`run: {}`, "spec.run.uid", "Required value"},
	"a run without an apiVersion":        {`run: {kind: Job, name: web, uid: "1"}`, "spec.run.apiVersion", "Required value"},
	"a run without a kind":               {`run: {apiVersion: batch/v1, name: web, uid: "1"}`, "spec.run.kind", "Required value"},
	"a run without a name":               {`run: {apiVersion: batch/v1, kind: Job, uid: "1"}`, "spec.run.name", "Required value"},
	"a site that is no name":             {`site: "acme; reboot"`, "spec.site", "must be the name of a JiraSite"},
	"a run whose name is none":           {`run: {apiVersion: batch/v1, kind: Job, name: "web; reboot", uid: "1"}`, "spec.run.name", "must be the name of an object"},
	"a run whose kind is none":           {`run: {apiVersion: batch/v1, kind: "Job -A", name: web, uid: "1"}`, "spec.run.kind", "must be the name of a kind"},
	"a run of empty texts":               {`run: {apiVersion: "", kind: "", name: "", uid: ""}`, "spec.run.name", "at least 1 chars long"},
	"a run of long texts":                {fmt.Sprintf(`run: {apiVersion: %[1]s, kind: %[1]s, name: %[1]s, uid: %[1]s}`, text256), "spec.run.kind", "may not be more than 63 bytes"},
	"no images":                          {`images: []`, "spec.images", "at least 1 items"},
	"21 images":                          {`images: ` + quoted(digests(21)), "spec.images", "must have at most 20 items"},
	"an image twice":                     {`images: ` + quoted([]string{someDigest, someDigest}), "spec.images[1]", "Duplicate value"},
	"an image of a short digest":         {`images: ["sha256:ab"]`, "spec.images[0]", "at least 71 chars long"},
	"an image of a long digest":          {`images: ["` + someDigest + `0"]`, "spec.images[0]", "may not be more than 71 bytes"},
	"an image of a digest in upper case": {`images: ["sha256:` + strings.Repeat("0A", 32) + `"]`, "spec.images[0]", mustBeDigest},
	"an image of another algorithm":      {`images: ["sha512:` + strings.Repeat("0a", 32) + `"]`, "spec.images[0]", mustBeDigest},
}

var refusedBuildParts = map[string]refusal{
	"tests without a total":               {`tests: {passed: 1, failed: 0}`, "spec.tests.total", "Required value"},
	"tests of which none passed, unsaid,": {`tests: {total: 1, failed: 0}`, "spec.tests.passed", "Required value"},
	"tests of which none failed, unsaid,": {`tests: {total: 1, passed: 0}`, "spec.tests.failed", "Required value"},
	"tests below nothing":                 {`tests: {total: -1, passed: -1, failed: -1, skipped: -1}`, "spec.tests.total", "greater than or equal to 0"},
	"tests beyond Jira's":                 {`tests: {total: 2147483648, passed: 2147483648, failed: 2147483648, skipped: 2147483648}`, "spec.tests.skipped", "less than or equal to 2147483647"},
	"tests that are more":                 {`tests: {total: 3, passed: 2, failed: 1, skipped: 1}`, "spec.tests", mustAddUp},
	"tests that are more, none skipped,":  {`tests: {total: 2, passed: 2, failed: 1}`, "spec.tests", mustAddUp},

	"no references":             {`references: []`, "spec.references", "at least 1 items"},
	"six references":            {`references: [` + strings.Repeat(reference+", ", 5) + reference + `]`, "spec.references", "must have at most 5 items"},
	"a reference of nothing":    {`references: [{}]`, "spec.references[0]", "at least 1 properties"},
	"a commit without an id":    {`references: [{commit: {repositoryURL: "https://a.example"}}]`, "spec.references[0].commit.id", "Required value"},
	"a commit of an empty id":   {`references: [{commit: {id: "", repositoryURL: "https://a.example"}}]`, "spec.references[0].commit.id", "at least 1 chars long"},
	"a commit of a long id":     {`references: [{commit: {id: ` + text256 + `, repositoryURL: "https://a.example"}}]`, "spec.references[0].commit.id", "may not be more than 255 bytes"},
	"a commit of no repository": {`references: [{commit: {id: a}}]`, "spec.references[0].commit.repositoryURL", "Required value"},
	"a branch without a name":   {`references: [{ref: {url: "https://a.example"}}]`, "spec.references[0].ref.name", "Required value"},
	"a branch of an empty name": {`references: [{ref: {name: "", url: "https://a.example"}}]`, "spec.references[0].ref.name", "at least 1 chars long"},
	"a branch of a long name":   {`references: [{ref: {name: ` + text256 + `, url: "https://a.example"}}]`, "spec.references[0].ref.name", "may not be more than 255 bytes"},
	"a branch without a url":    {`references: [{ref: {name: main}}]`, "spec.references[0].ref.url", "Required value"},
}

// refusedLinks are those of the URLs of references.
func refusedLinks() map[string]refusal {
	refused := map[string]refusal{}
	for field, one := range map[string]string{
		"commit.repositoryURL": `{commit: {id: a, repositoryURL: %q}}`,
		"ref.url":              `{ref: {name: main, url: %q}}`,
	} {
		for name, bad := range map[string]struct{ url, says string }{
			"empty":                 {"", "at least 1 chars long"},
			"of 2001 characters":    {url2001, "may not be more than 2000 bytes"},
			"as Git has it for SSH": {"ssh://git.example/acme/shop", mustBeURL},
			"with a password":       {"https://me:secret@git.example/shop", mustNameNoUser},
			"that is hidden":        {"https://git.example/a\u200bb", mustBeVisible},
		} {
			refused["a "+field+" "+name] = refusal{fmt.Sprintf(`references: [`+one+`]`, bad.url), "spec.references[0]." + field, bad.says}
		}
	}
	return refused
}

func TestWhatDoesNotIdentifyABuildMayChange(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	record := merge(t, parse(t, minimalBuild), "spec", "buildNumber: 7\n"+someRun)
	store(t, c, record)

	changed := merge(t, record, "spec", `
state: failed
lastUpdated: "2026-07-01T10:00:00Z"
displayName: "web #7"
description: a new web
label: main
url: https://ci.example.com/7
issueKeys: [SHOP-13]
droppedIssueKeys: 1
tests: {total: 2, passed: 1, failed: 1}
references: [`+reference+`]
images: ["`+someDigest+`"]
operationType: Backfill
source: `+wholeSource+`
`)
	g.Expect(c.Update(t.Context(), changed)).To(Succeed())
	g.Expect(changed.GetGeneration()).To(Equal(record.GetGeneration() + 1))

	cleared := merge(t, changed, "spec", `{state: unknown, lastUpdated: null, displayName: null, url: null, issueKeys: null, tests: null, references: null, images: null}`)
	g.Expect(c.Update(t.Context(), cleared)).To(Succeed(), "the record of a run may wait for its keys")
	g.Expect(cleared.GetGeneration()).To(Equal(record.GetGeneration() + 2))
}
