// SPDX-License-Identifier: Apache-2.0

package record

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"text/template"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// maxURL is the longest URL that Jira takes, in characters.
const maxURL = 2000

// Fields are what a template of a JiraSite can name: this set, and nothing else.
type Fields struct {
	// Cluster is the name of the cluster.
	Cluster string
	// Namespace, Kind and Name identify the workload.
	Namespace, Kind, Name string
	// Revision is the workload's own number of the rollout.
	Revision int64
	// Version is the version that was deployed, as its label or its image tells.
	Version string
	// Environment and EnvironmentType are the name and the type of the environment.
	Environment, EnvironmentType string
	// IssueKey is the first of the issue keys; empty where there are only service ids.
	IssueKey string
	// Repository and Commit are the URL of the Git repository and the id of the commit that runs; empty where they are not
	// known.
	Repository, Commit string
}

// exampleFields are what a template is tried with before any workload is.
var exampleFields = Fields{
	Cluster: "cluster", Namespace: "namespace", Kind: "Deployment", Name: "name", Revision: 1, Version: "1.0.0",
	Environment: "Production", EnvironmentType: "production", IssueKey: "ABC-1",
	Repository: "https://git.example.com/shop", Commit: "41ac7e7f1aaa0123456789abcdef0123456789ab",
}

// links are the parsed templates of a site; one that is not set, or does not parse, is nil.
type links struct {
	url, buildURL, pipelineURL, pipelineName, displayName, description, flux *template.Template
}

func compileLinks(templates v1alpha1.Templates, gitOps v1alpha1.GitOps) (links, error) {
	var l links
	var errs [7]error
	l.url, errs[0] = parseTemplate("spec.templates.url", templates.URL, exampleFields, true)
	l.buildURL, errs[6] = parseTemplate("spec.templates.buildURL", templates.BuildURL, exampleFields, true)
	l.pipelineURL, errs[1] = parseTemplate("spec.templates.pipelineURL", templates.PipelineURL, exampleFields, true)
	l.pipelineName, errs[2] = parseTemplate("spec.templates.pipelineName", templates.PipelineName, exampleFields, false)
	l.displayName, errs[3] = parseTemplate("spec.templates.displayName", templates.DisplayName, exampleFields, false)
	l.description, errs[4] = parseTemplate("spec.templates.description", templates.Description, exampleFields, false)
	l.flux, errs[5] = compileFlux(gitOps)
	return l, errors.Join(errs[:]...)
}

// render returns what a template makes of the fields; nothing where there is no template.
func render(t *template.Template, fields any) (string, error) {
	if t == nil {
		return "", nil
	}
	out := limitedText{left: maxURL}
	if err := t.Execute(&out, fields); err != nil {
		return "", fmt.Errorf("run template: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}

func renderURL(t *template.Template, fields any) (string, error) {
	text, err := render(t, fields)
	if err != nil || text == "" {
		return "", err
	}
	if err := errors.Join(CheckURL(text), checkPath(text)); err != nil {
		return "", fmt.Errorf("yields %q, which %w", cut(text, maxText), err)
	}
	return text, nil
}

// hidden finds what a reader of a link does not see, or sees in another order: controls, marks of direction, spaces without
// a width. Percent-encoded, browsers show some of them decoded; controls are left, because queries hold line breaks.
var hidden = regexp.MustCompile(`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?i)%(C2%AD|D8%9C|E2%80%(8[B-F]|A[8-E])|E2%81%A[0-9A-F]|EF%BB%BF|F3%A0%8[01])`)

// CheckURL says why a text is no link for people in Jira; nil where it is one.
func CheckURL(text string) error {
	parsed, err := url.ParseRequestURI(text)
	switch {
	case len(text) > maxURL:
		return fmt.Errorf("is longer than %d bytes", maxURL)
	case hidden.MatchString(text):
		return errors.New("holds characters that cannot be seen, or that turn the text around")
	case err != nil, parsed.Host == "", parsed.Scheme != "https" && parsed.Scheme != "http":
		return errors.New("is no http or https URL")
	case parsed.User != nil:
		return errors.New("names a user before its host, so that it seems to lead elsewhere")
	}
	return nil
}

// checkPath refuses the link of a template in which a value leads out of the path that the template gives it.
func checkPath(text string) error {
	parsed, err := url.Parse(text)
	if err != nil {
		return errors.New("is no URL")
	}
	for segment := range strings.SplitSeq(parsed.Path, "/") {
		if segment == "." || segment == ".." {
			return errors.New("leads out of its path")
		}
	}
	return nil
}

// limitedText is a text that refuses to grow over a limit, so that a template cannot fill the memory.
type limitedText struct {
	strings.Builder
	left int
}

func (l *limitedText) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, fmt.Errorf("yields more than %d bytes", maxURL)
	}
	l.left -= len(p)
	return l.Builder.Write(p)
}
