// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Kind is what a record tells of.
type Kind string

// The kinds.
const (
	Deployment Kind = "deployment"
	Build      Kind = "build"
)

// Release is a record as the page shows it: a deployment, or a build.
type Release struct {
	Kind            Kind
	Namespace, Name string
	Site            string
	Service         Service
	Pipeline        string
	// Environment is where it was deployed to; a build has none.
	Environment Environment
	State       string
	// Title, Version and Description are what Jira shows.
	Title, Version, Description string
	// URL is the link of the record; empty where it is none that one may follow.
	URL string
	// Commit is the commit that runs, or was built.
	Commit string
	Issues []Issue
	// Tests says how a build's tests ended.
	Tests string
	// At is when the state became what it is.
	At time.Time
	// Gone is when the workload was seen to be gone; zero where it is there.
	Gone     time.Time
	Revision int64
	Sequence int64
	Answer   Answer
	// Record is the record itself.
	Record v1alpha1.Record
}

// Environment is a column: where something is deployed to.
type Environment struct{ ID, Name, Type string }

// Issue is an issue of a release.
type Issue struct {
	Key string
	// URL is the issue at its Jira; empty where the site is not known.
	URL string
	// Unknown says that Jira does not know the key.
	Unknown bool
}

// fromDeployment returns a deployment's record as a release.
func (b *Board) fromDeployment(d *v1alpha1.JiraDeployment) *Release {
	s := &d.Spec
	r := b.fromRecord(d, Deployment)
	r.Pipeline, r.State, r.URL = s.Pipeline.ID, string(s.State), safeURL(s.URL)
	r.Environment = Environment{s.Environment.ID, cmp.Or(s.Environment.Name, s.Environment.ID), string(s.Environment.Type)}
	r.Title, r.Description = cmp.Or(s.DisplayName, d.Name), s.Description
	r.Revision, r.Sequence = s.Revision, s.Sequence
	name := cmp.Or(s.Pipeline.Name, s.Pipeline.ID)
	if s.Workload != nil {
		name = s.Workload.Name
	}
	r.Service = serviceOf(d.Namespace, strings.TrimPrefix(name, d.Namespace+"/"))
	r.Version = cmp.Or(s.Label, short(r.Commit), revisionText(s.Revision))
	r.complete(d)
	return r
}

// fromBuild returns a build's record as a release.
func (b *Board) fromBuild(d *v1alpha1.JiraBuild) *Release {
	s := &d.Spec
	r := b.fromRecord(d, Build)
	r.Pipeline, r.State, r.URL = s.PipelineID, string(s.State), safeURL(s.URL)
	r.Title, r.Description, r.Sequence = cmp.Or(s.DisplayName, d.Name), s.Description, s.BuildNumber
	r.Service = serviceOf(d.Namespace, r.Title)
	for _, ref := range s.References {
		if ref.Commit != nil {
			r.Commit = cmp.Or(r.Commit, ref.Commit.ID)
		}
	}
	r.Version = cmp.Or(s.Label, short(r.Commit))
	r.Tests = testsText(s.Tests)
	r.complete(d)
	return r
}

// fromRecord returns what the kinds have in common.
func (b *Board) fromRecord(record v1alpha1.Record, kind Kind) *Release {
	r := &Release{
		Kind: kind, Namespace: record.GetNamespace(), Name: record.GetName(), Site: record.GetSite(), Record: record,
		At: record.GetLastUpdated().Time, Answer: answerOf(record),
	}
	if source := record.GetSource(); source != nil {
		r.Commit = source.Revision
	}
	if gone := record.GetAnnotations()[v1alpha1.AnnotationWorkloadGoneSince]; gone != "" {
		r.Gone, _ = time.Parse(time.RFC3339, gone) // a time that a person wrote wrongly is none
	}
	unknown := record.GetRecordStatus().UnknownIssueKeys
	for _, key := range record.GetIssueKeys() {
		r.Issues = append(r.Issues, b.issue(r.Site, key, unknown))
	}
	return r
}

// complete fills in what the record's creation stands in for.
func (r *Release) complete(o metav1.Object) {
	created := o.GetCreationTimestamp().Time
	if r.At.IsZero() {
		r.At = created
	}
	if r.Sequence == 0 {
		r.Sequence = created.Unix() * 1_000_000
	}
}

// compareReleases orders the newest first: by sequence, then by time and name.
func compareReleases(a, b *Release) int {
	return cmp.Or(cmp.Compare(b.Sequence, a.Sequence), b.At.Compare(a.At), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// Path is the page of the record.
func (r *Release) Path() string {
	return "/records/" + string(r.Kind) + "/" + r.Namespace + "/" + r.Name
}

// ShortCommit is the beginning of the commit's id.
func (r *Release) ShortCommit() string { return short(r.Commit) }

// Kubectl is the command that shows the record.
func (r *Release) Kubectl() string {
	resource := "jiradeployment"
	if r.Kind == Build {
		resource = "jirabuild"
	}
	return "kubectl -n " + r.Namespace + " describe " + resource + " " + r.Name
}

// Standing is what has become of a record at Jira.
type Standing string

// The standings.
const (
	// Told: Jira has it as it is.
	Told Standing = "told"
	// Waiting: it goes out by itself.
	Waiting Standing = "waiting"
	// Refused: somebody has to act.
	Refused Standing = "refused"
	// Untold: it is not to be told.
	Untold Standing = "untold"
)

// Answer is Jira's word on a record.
type Answer struct {
	Standing        Standing
	Reason, Message string
	// Since is when this became so.
	Since time.Time
	// Differs says that Jira was found to have something else than it took.
	Differs string
}

func answerOf(r v1alpha1.Record) Answer {
	status := r.GetRecordStatus()
	a := Answer{Standing: Waiting, Reason: v1alpha1.ReasonPending, Since: r.GetCreationTimestamp().Time}
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStored); c != nil && c.Status == metav1.ConditionFalse {
		a.Differs = c.Message
	}
	c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDelivered)
	if c == nil || c.ObservedGeneration < r.GetGeneration() {
		return a
	}
	a.Reason, a.Message, a.Since = c.Reason, c.Message, c.LastTransitionTime.Time
	switch a.Reason {
	case v1alpha1.ReasonAccepted:
		a.Standing = Told
	case v1alpha1.ReasonSuperseded, v1alpha1.ReasonForeign, v1alpha1.ReasonExisting, v1alpha1.ReasonNoIssueKeys, v1alpha1.ReasonDryRun:
		a.Standing = Untold
	default:
		if v1alpha1.Terminal(a.Reason) || v1alpha1.Refused(a.Reason) {
			a.Standing = Refused
		}
	}
	return a
}
