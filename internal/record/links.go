package record

import (
	"errors"
	"fmt"
	"net/url"
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
}

// exampleFields are what a template is tried with before any workload is.
var exampleFields = Fields{
	Cluster: "cluster", Namespace: "namespace", Kind: "Deployment", Name: "name", Revision: 1, Version: "1.0.0",
	Environment: "Production", EnvironmentType: "production", IssueKey: "ABC-1",
}

// links are the parsed templates of a site; one that is not set, or does not parse, is nil.
type links struct {
	url, pipelineURL, pipelineName, displayName, description, flux *template.Template
}

func compileLinks(templates v1alpha1.Templates, gitOps v1alpha1.GitOps) (links, error) {
	var l links
	var errs [6]error
	l.url, errs[0] = parse("spec.templates.url", templates.URL, exampleFields, renderURL)
	l.pipelineURL, errs[1] = parse("spec.templates.pipelineURL", templates.PipelineURL, exampleFields, renderURL)
	l.pipelineName, errs[2] = parse("spec.templates.pipelineName", templates.PipelineName, exampleFields, render)
	l.displayName, errs[3] = parse("spec.templates.displayName", templates.DisplayName, exampleFields, render)
	l.description, errs[4] = parse("spec.templates.description", templates.Description, exampleFields, render)
	l.flux, errs[5] = compileFlux(gitOps)
	return l, errors.Join(errs[:]...)
}

func parse(field, text string, example any, try func(*template.Template, any) (string, error)) (*template.Template, error) {
	if text == "" {
		return nil, nil
	}
	parsed, err := template.New(field).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s does not parse: %w", field, err)
	}
	if err := bounded(parsed); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	if _, err := try(parsed, example); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return parsed, nil
}

// bounded refuses what may run for ever: every field is a single value, so that there is nothing to range
// over, and nothing to repeat.
func bounded(parsed *template.Template) error {
	for _, t := range parsed.Templates() {
		if t.Tree == nil {
			continue
		}
		if text := t.Root.String(); strings.Contains(text, "{{range ") || strings.Contains(text, "{{template ") {
			return errors.New("range, template and block are not supported: every field is a single value")
		}
	}
	return nil
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
	if !ValidURL(text) {
		return "", fmt.Errorf("yields %q, which is no http or https URL", cut(text, maxText))
	}
	return text, nil
}

// ValidURL says whether Jira would take the text as a URL.
func ValidURL(text string) bool {
	if len(text) > maxURL {
		return false
	}
	parsed, err := url.ParseRequestURI(text)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http")
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
