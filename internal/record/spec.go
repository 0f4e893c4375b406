// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// describe fills in what Jira shows of a record, all but its identity, its keys, its environment and its
// state, which are set before.
func (s *Site) describe(next *v1alpha1.JiraDeployment, r *rollout.Rollout, cluster string) {
	spec := &next.Spec
	version := versionOf(r)
	fields := Fields{
		Cluster: cluster, Namespace: r.Namespace, Kind: r.Kind, Name: r.Name,
		Revision: spec.Revision, Version: version,
		Environment: spec.Environment.Name, EnvironmentType: string(spec.Environment.Type),
	}
	if len(spec.IssueKeys) > 0 {
		fields.IssueKey = spec.IssueKeys[0]
	}
	if source := spec.Source; source.Resolved() {
		fields.Repository, fields.Commit = source.Repository, source.Revision
	}
	spec.URL = s.deploymentURL(r, spec.Source, fields)
	spec.Pipeline.URL = firstOf(rendered(renderURL(s.links.pipelineURL, fields)), spec.URL)
	spec.Pipeline.Name = cut(firstOf(rendered(render(s.links.pipelineName, fields)), r.Namespace+"/"+r.Name), maxText)
	spec.DisplayName = cut(firstOf(rendered(render(s.links.displayName, fields)), displayName(spec, r, version)), maxText)
	spec.Label = cut(version, maxText)
	spec.Description = cut(description(next, r, rendered(render(s.links.description, fields))), maxText)
}

// deploymentURL returns the workload's own link, else the template's, else that of the tool which manages the
// workload, else that of the commits, else the first issue's. A template that fails on this workload gives way like one that is not there:
// the site's condition shows those that fail on all.
func (s *Site) deploymentURL(r *rollout.Rollout, source *v1alpha1.Source, fields Fields) string {
	if link, ok := r.Annotation(v1alpha1.AnnotationURL); ok && CheckURL(link) == nil {
		return link
	}
	if link := rendered(renderURL(s.links.url, fields)); link != "" {
		return link
	}
	if link := s.gitOpsURL(r); link != "" {
		return link
	}
	if link := comparePage(source); link != "" {
		return link
	}
	return BrowseURL(s.host, fields.IssueKey)
}

// checkLink says of a new record that the link which the workload gives is not used.
func (p *planner) checkLink(next *v1alpha1.JiraDeployment) {
	link, ok := p.observation.Rollout.Annotation(v1alpha1.AnnotationURL)
	if !ok {
		return
	}
	if err := CheckURL(link); err != nil {
		p.emit(next, v1alpha1.EventLinkIgnored, fmt.Sprintf("%s is not used: %q %v. The record links to %s.", v1alpha1.AnnotationURL, cut(link, maxText), err, next.Spec.URL))
	}
}

func rendered(text string, err error) string {
	if err != nil {
		return ""
	}
	return text
}

// BrowseURL returns the page of an issue, or the site's first page where there is no issue.
func BrowseURL(host, issueKey string) string {
	if issueKey == "" {
		return "https://" + host
	}
	return "https://" + host + "/browse/" + issueKey
}

// versionOf returns the version of a rollout: its label's, else its first image's tag.
func versionOf(r *rollout.Rollout) string {
	if version, _ := r.Label(v1alpha1.LabelVersion); version != "" {
		return version
	}
	for _, image := range r.Images {
		if tag := imageTag(image); tag != "" {
			return tag
		}
	}
	return ""
}

func displayName(spec *v1alpha1.JiraDeploymentSpec, r *rollout.Rollout, version string) string {
	return r.Name + " " + firstOf(version, fmt.Sprintf("#%d", spec.Revision))
}

// says are the states whose reason a description tells.
var says = map[rollout.State]bool{rollout.Failed: true, rollout.Pending: true}

// description returns the text of a deployment. templated is what the site's template makes; what happened to the
// rollout comes after it.
func description(d *v1alpha1.JiraDeployment, r *rollout.Rollout, templated string) string {
	spec := &d.Spec
	text := firstOf(templated, fmt.Sprintf("%s %s/%s, revision %d", r.Kind, r.Namespace, r.Name, spec.Revision))
	if spec.RollbackToRevision > 0 {
		text += fmt.Sprintf(", a rollback to revision %d", spec.RollbackToRevision)
	}
	if subject := d.Annotations[v1alpha1.AnnotationReverts]; subject != "" {
		text += `, reverts "` + subject + `"`
	}
	if len(r.Images) > 0 && templated == "" {
		text += ": " + r.Images[0]
	}
	if spec.Source.Resolved() && templated == "" {
		text += ", " + rangeText(spec.Source)
	}
	if told := spec.State == v1alpha1.DeploymentState(r.State); told && says[r.State] && r.Message != "" {
		text += ". " + r.Message
	}
	return text
}

func timeOf(t time.Time) metav1.Time {
	return metav1.NewTime(t.Truncate(time.Second))
}
