// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// SelectsRun says whether a run is reported to the site as a build: its namespace is selected, and it has the label
// rollcall.dev/build or the site's spec.builds.selector selects it.
func (s *Site) SelectsRun(ns environment.Namespace, b *build.Build, operatorNamespace string) bool {
	if !s.SelectsNamespace(ns, operatorNamespace) {
		return false
	}
	if narrowed, ok := b.Annotations[v1alpha1.AnnotationSites]; ok && !slices.Contains(splitList(narrowed), s.name) {
		return false
	}
	switch b.Labels[v1alpha1.LabelBuild] {
	case "true":
		return true
	case "false":
		return false
	}
	return s.runs.Matches(labels.Set(b.Labels))
}

// TrustsImagesOf says whether the builds of a namespace say of which commit an image is, to workloads of all namespaces.
func (s *Site) TrustsImagesOf(ns environment.Namespace) bool {
	return s.imageSpaces.Matches(labels.Set(ns.Labels))
}

// warn says what a person should know of a record: of its tests once the build is over, which is when they are known, and of the
// rest when it is new.
func (p *buildPlanner) warn(old, next *v1alpha1.JiraBuild) {
	b := p.observation.Build
	if b == nil {
		return
	}
	if over := !next.Unfinished() && (old == nil || old.Unfinished()); over && b.TestsProblem != "" {
		p.emit(v1alpha1.EventTestsNotUnderstood, "The build is reported without its tests: "+b.TestsProblem)
	}
	if old != nil {
		return
	}
	if dropped := next.Spec.DroppedIssueKeys; dropped > 0 {
		p.emit(v1alpha1.EventIssueKeysTruncated, fmt.Sprintf("%d issue keys are left out: Jira takes at most %d for a build.", dropped, v1alpha1.MaxBuildIssueKeys))
	}
	if link, ok := b.Annotations[v1alpha1.AnnotationURL]; ok && CheckURL(link) != nil {
		p.emit(v1alpha1.EventLinkIgnored, fmt.Sprintf("%s is not used: %q %v. The record links to %s.",
			v1alpha1.AnnotationURL, cut(link, maxText), CheckURL(link), firstOf(next.Spec.URL, "the first issue")))
	}
}

func (p *buildPlanner) emit(reason, note string) {
	p.plan.Events = append(p.plan.Events, BuildEvent{reason, note})
}

// url returns the run's own link, else the one that its tool names, else the template's; nothing where there is none.
func (p *buildPlanner) url(b *build.Build, next *v1alpha1.JiraBuild) string {
	for _, link := range []string{b.Annotations[v1alpha1.AnnotationURL], b.URL} {
		if link != "" && CheckURL(link) == nil {
			return link
		}
	}
	fields := Fields{Cluster: p.observation.Cluster, Namespace: b.Namespace, Kind: b.Kind, Name: b.Name, Version: next.Spec.Label}
	if len(next.Spec.IssueKeys) > 0 {
		fields.IssueKey = next.Spec.IssueKeys[0]
	}
	if source := next.Spec.Source; source != nil {
		fields.Repository, fields.Commit = source.Repository, source.Revision
	}
	return rendered(renderURL(p.site.links.buildURL, fields))
}

// buildDescription says in a sentence what was built, and why it is not successful.
func buildDescription(b *build.Build, spec *v1alpha1.JiraBuildSpec) string {
	text := fmt.Sprintf("%s %s/%s", b.Kind, b.Namespace, b.Name)
	if b.Ref != "" {
		text += ", " + b.Ref
	}
	if source := spec.Source; source.Resolved() {
		text += ", " + rangeText(source)
	}
	if told := spec.State == v1alpha1.BuildState(b.State); told && spec.State != v1alpha1.BuildSuccessful && b.Message != "" {
		text += ". " + b.Message
	}
	return text
}

// references are the commit and the branch of a run, as far as Jira takes them: both need a link.
func references(b *build.Build, repository string) []v1alpha1.BuildReference {
	if repository == "" {
		return nil
	}
	var r v1alpha1.BuildReference
	if b.Revision != "" && len(b.Revision) <= maxText {
		r.Commit = &v1alpha1.BuildCommit{ID: b.Revision, RepositoryURL: repository}
	}
	if b.Ref != "" {
		r.Ref = &v1alpha1.BuildRef{Name: cut(b.Ref, maxText), URL: repository}
	}
	if r.Commit == nil && r.Ref == nil {
		return nil
	}
	return []v1alpha1.BuildReference{r}
}

func testsOf(tests *build.Tests) *v1alpha1.BuildTests {
	if tests == nil {
		return nil
	}
	return &v1alpha1.BuildTests{Total: &tests.Total, Passed: &tests.Passed, Failed: &tests.Failed, Skipped: &tests.Skipped}
}

// scpLike is how Git writes an address that is reached by SSH: git@github.com:acme/shop.git.
var scpLike = regexp.MustCompile(`^[A-Za-z0-9._-]+@([A-Za-z0-9.-]+):([^/].*)$`)

// repositoryURL returns the page of a repository; nothing where a text names none. What stands before the host is left out:
// there may be a password in it.
func repositoryURL(text string) string {
	text = strings.TrimSpace(text)
	if found := scpLike.FindStringSubmatch(text); found != nil {
		text = "https://" + found[1] + "/" + found[2]
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" {
		return ""
	}
	host := parsed.Host
	switch parsed.Scheme {
	case "ssh", "git", "git+ssh":
		parsed.Scheme, host = "https", parsed.Hostname() // the port is that of SSH
	}
	page := url.URL{Scheme: parsed.Scheme, Host: strings.ToLower(host), Path: strings.TrimSuffix(strings.TrimRight(parsed.Path, "/"), ".git")}
	link := page.String()
	if CheckURL(link) != nil || checkPath(link) != nil {
		return ""
	}
	return link
}
