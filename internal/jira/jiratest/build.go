// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"net/http"
)

const (
	buildsPath = "/jira/builds/0.1/cloud/{cloudId}"
	buildPath  = buildsPath + "/pipelines/{pipelineId}/builds/{number}"

	maxReferences = 5
)

// BuildKey identifies a build among those that one credential sent.
type BuildKey struct {
	PipelineID  string `json:"pipelineId"`
	BuildNumber int64  `json:"buildNumber"`
}

// build is one item of a bulk request, and what is stored of it.
type build struct {
	SchemaVersion        *string     `json:"schemaVersion"`
	PipelineID           *string     `json:"pipelineId"`
	BuildNumber          *int64      `json:"buildNumber"`
	UpdateSequenceNumber *int64      `json:"updateSequenceNumber"`
	DisplayName          *string     `json:"displayName"`
	Description          *string     `json:"description,omitempty"`
	Label                *string     `json:"label,omitempty"`
	URL                  *string     `json:"url"`
	State                *string     `json:"state"`
	LastUpdated          *string     `json:"lastUpdated"`
	IssueKeys            []string    `json:"issueKeys"`
	TestInfo             *testInfo   `json:"testInfo,omitempty"`
	References           []reference `json:"references,omitempty"`
}

type testInfo struct {
	TotalNumber   *int64 `json:"totalNumber"`
	NumberPassed  *int64 `json:"numberPassed"`
	NumberFailed  *int64 `json:"numberFailed"`
	NumberSkipped *int64 `json:"numberSkipped,omitempty"`
}

type reference struct {
	Commit *struct {
		ID            *string `json:"id"`
		RepositoryURI *string `json:"repositoryUri"`
	} `json:"commit,omitempty"`
	Ref *struct {
		Name *string `json:"name"`
		URI  *string `json:"uri"`
	} `json:"ref,omitempty"`
}

func buildFamily() *family[BuildKey] {
	return &family[BuildKey]{
		noun:  "Builds",
		items: func(s submission) []json.RawMessage { return s.Builds },
		key:   buildKey,
		check: checkBuild,
		store: newStore[BuildKey](),
	}
}

func buildKey(r *http.Request) (BuildKey, error) {
	n, err := pathNumber(r, "number")
	return BuildKey{PipelineID: r.PathValue("pipelineId"), BuildNumber: n}, err
}

func checkBuild(known catalog, raw json.RawMessage) checked[BuildKey] {
	var b build
	var p problems
	p.decoded(json.Unmarshal(raw, &b))
	if len(p) == 0 {
		b.check(&p)
	}
	v := checked[BuildKey]{
		key:      BuildKey{PipelineID: or(b.PipelineID), BuildNumber: or(b.BuildNumber)},
		sequence: or(b.UpdateSequenceNumber), state: or(b.State), problems: p,
	}
	if len(p) > 0 {
		return v
	}
	b.IssueKeys, v.unknown.issues = split(b.IssueKeys, known.issues)
	if len(b.IssueKeys) == 0 {
		v.problems = []string{"The build is associated with unknown issues only."}
		return v
	}
	b.SchemaVersion = new(schemaVersion)
	v.body = encode(b)
	return v
}

func (b *build) check(p *problems) {
	p.numbers(map[string]*int64{"buildNumber": b.BuildNumber, "updateSequenceNumber": b.UpdateSequenceNumber})
	p.texts(
		text{"pipelineId", b.PipelineID, maxText, mustBeFilled},
		text{"displayName", b.DisplayName, maxText, mustBeFilled},
		text{"description", b.Description, maxText, mayBeAbsent},
		text{"label", b.Label, maxText, mayBeAbsent},
		text{"state", b.State, 0, mustBeFilled},
	)
	p.url("url", b.URL)
	p.timestamp("lastUpdated", b.LastUpdated)
	p.oneOf("state", b.State, "pending", "in_progress", "successful", "failed", "cancelled", "unknown")
	p.oneOf("schemaVersion", b.SchemaVersion, schemaVersion)
	checkIssueKeys(p, b.IssueKeys)
	if t := b.TestInfo; t != nil {
		p.numbers(map[string]*int64{
			"testInfo.totalNumber": t.TotalNumber, "testInfo.numberPassed": t.NumberPassed, "testInfo.numberFailed": t.NumberFailed,
		})
	}
	if len(b.References) > maxReferences {
		p.add("references must have at most %d elements", maxReferences)
	}
	for _, r := range b.References {
		r.check(p)
	}
}

func (r reference) check(p *problems) {
	if c := r.Commit; c != nil {
		p.texts(text{"references.commit.id", c.ID, maxText, mustBeFilled})
		p.url("references.commit.repositoryUri", c.RepositoryURI)
	}
	if f := r.Ref; f != nil {
		p.texts(text{"references.ref.name", f.Name, maxText, mustBeFilled})
		p.url("references.ref.uri", f.URI)
	}
}
