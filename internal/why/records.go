// SPDX-License-Identifier: Apache-2.0

package why

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Record is a record with the key, and Jira's word on it.
type Record struct {
	// Kind is JiraDeployment or JiraBuild.
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Site      string `json:"site"`
	// Workload is what was rolled out, or the run, such as Deployment/web; empty for a record that was made by hand.
	Workload        string    `json:"workload,omitempty"`
	Revision        int64     `json:"revision,omitempty"`
	Environment     string    `json:"environment,omitempty"`
	EnvironmentType string    `json:"environmentType,omitempty"`
	State           string    `json:"state"`
	Description     string    `json:"description,omitempty"`
	LastUpdated     time.Time `json:"lastUpdated,omitzero"`
	Issues          []string  `json:"issues"`
	UnknownIssues   []string  `json:"unknownIssues,omitempty"`
	// Delivered, Reason and Message are the condition Delivered; Delivered is empty where no manager has checked the record.
	Delivered string `json:"delivered"`
	Reason    string `json:"reason,omitempty"`
	Message   string `json:"message,omitempty"`
	// Told is when Jira took it last.
	Told time.Time `json:"told,omitzero"`
	// Stored is the reason of the condition Stored, where Jira has something else than it took.
	Stored  string              `json:"stored,omitempty"`
	History []v1alpha1.Delivery `json:"history,omitempty"`

	generation, delivered int64
}

// recordOf returns what a record of either kind says.
func recordOf(r v1alpha1.Record) Record {
	status := r.GetRecordStatus()
	found := Record{
		Kind: "JiraDeployment", Namespace: r.GetNamespace(), Name: r.GetName(), Site: r.GetSite(), Issues: r.GetIssueKeys(),
		LastUpdated: r.GetLastUpdated().Time, UnknownIssues: status.UnknownIssueKeys, Told: status.DeliveredTime.Time, History: status.History,
		generation: r.GetGeneration(), delivered: status.DeliveredGeneration,
	}
	if of := r.GetReference(); of != nil {
		found.Workload = of.Kind + "/" + of.Name
	}
	switch r := r.(type) {
	case *v1alpha1.JiraDeployment:
		found.Revision, found.State, found.Description = r.Spec.Revision, string(r.Spec.State), r.Spec.Description
		found.Environment, found.EnvironmentType = cmp.Or(r.Spec.Environment.Name, r.Spec.Environment.ID), string(r.Spec.Environment.Type)
	case *v1alpha1.JiraBuild:
		found.Kind, found.State, found.Description = "JiraBuild", string(r.Spec.State), r.Spec.Description
	}
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDelivered); c != nil {
		found.Delivered, found.Reason, found.Message = string(c.Status), c.Reason, c.Message
	}
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStored); c != nil && c.Status == metav1.ConditionFalse {
		found.Stored = c.Reason
	}
	return found
}

// Title names what the record tells of: "Deployment shop-prod/web, revision 7,".
func (r Record) Title() string {
	kind, name, of := strings.Cut(r.Workload, "/")
	if !of {
		return fmt.Sprintf("%s %s/%s (made by hand)", r.Kind, r.Namespace, r.Name)
	}
	title := fmt.Sprintf("%s %s/%s", kind, r.Namespace, name)
	if r.Revision > 0 {
		title += fmt.Sprintf(", revision %d,", r.Revision)
	}
	return title
}

// object names the record itself.
func (r Record) object() string { return fmt.Sprintf("%s %s/%s", r.Kind, r.Namespace, r.Name) }

func (r Record) where() string {
	if r.Environment == "" {
		return ""
	}
	return " in " + r.Environment
}

// command returns a command about the record's workload; about the record itself where it has none that is rolled out.
func (r Record) command(of string) string {
	if r.Kind == "JiraDeployment" && r.Workload != "" {
		return fmt.Sprintf("%s %s -n %s", of, strings.ToLower(r.Workload), r.Namespace)
	}
	return r.describe()
}

func (r Record) describe() string {
	return fmt.Sprintf("kubectl -n %s describe %s %s", r.Namespace, strings.ToLower(r.Kind), r.Name)
}

// told says that Jira took the record with the issue, and knows the issue.
func (r Record) told(issue string) bool {
	return r.delivered > 0 && !slices.Contains(r.UnknownIssues, issue) && r.Stored != v1alpha1.ReasonMissing
}

// readRecords finds the records that have the key, or had it.
func (q *question) readRecords() {
	var all []v1alpha1.Record
	for i := range q.Deployments {
		all = append(all, &q.Deployments[i])
	}
	for i := range q.Builds {
		all = append(all, &q.Builds[i])
	}
	slices.SortStableFunc(all, func(a, b v1alpha1.Record) int {
		return cmp.Or(b.GetLastUpdated().Compare(a.GetLastUpdated().Time), b.GetCreationTimestamp().Compare(a.GetCreationTimestamp().Time))
	})
	for _, r := range all {
		found := recordOf(r)
		switch {
		case slices.Contains(found.Issues, q.Issue) || slices.Contains(found.UnknownIssues, q.Issue):
			q.answer.Records = append(q.answer.Records, found)
			q.judge(found)
		case q.had(found):
			q.add(Finding{
				Reason: ReasonCorrected, Object: found.object(), Site: found.Site, rank: rankFormer,
				Text: fmt.Sprintf("Jira was told of it with %s once. The record has %s now.", q.Issue, list(found.Issues)),
				Do:   "Where it belongs to the issue, write the right keys on the record.", Command: q.correct(found),
			})
		default:
			q.judgeSource(r, found)
		}
	}
}

// had says whether Jira was told of a record with the key once.
func (q *question) had(r Record) bool {
	return slices.ContainsFunc(r.History, func(d v1alpha1.Delivery) bool {
		return slices.Contains(strings.Split(d.Issues, ", "), q.Issue)
	})
}

// judge says what stands between a record with the key and Jira.
func (q *question) judge(r Record) {
	if r.told(q.Issue) {
		if q.latest == nil {
			q.latest = &r
		}
		q.answer.InJira = true
	}
	finding := Finding{Reason: r.Reason, Object: r.object(), Site: r.Site, Text: r.Message, rank: rankRecord, Command: r.describe()}
	switch {
	case slices.Contains(r.UnknownIssues, q.Issue):
		finding.Reason, finding.Text = v1alpha1.ReasonUnknownIssueKeys, "Jira does not know "+q.Issue+"."
	case r.Stored != "":
		finding.Reason, finding.Text = r.Stored, "Jira took it, and has something else."
	case r.Delivered == "":
		finding.Reason, finding.Text = ReasonNotChecked, "No manager has checked it."
	case r.Delivered == string(metav1.ConditionTrue):
		q.remark(r)
		return
	}
	advice := adviceFor(finding.Reason)
	finding.Do = advice.do
	if advice.command != "" {
		finding.Command = advice.commandFor(r, q.Operator)
	}
	q.add(finding)
}

// judgeSource says of a record without the key that its commits may name it, or do.
func (q *question) judgeSource(r v1alpha1.Record, found Record) {
	source := r.GetSource()
	if source == nil {
		return
	}
	if slices.Contains(source.IssueKeys, q.Issue) {
		q.add(Finding{
			Reason: "Project", Object: found.object(), Site: found.Site, rank: rankText, Command: "kubectl get jirasite " + found.Site + " -o yaml",
			Text: fmt.Sprintf("Its commits name %s, whose project does not count there (spec.projects, spec.environments), or a list of keys goes before them.", q.Issue),
			Do:   adviceFor("Project").do,
		})
		return
	}
	c := meta.FindStatusCondition(r.GetRecordStatus().Conditions, v1alpha1.ConditionSourceResolved)
	if c == nil || c.Status == metav1.ConditionTrue {
		return
	}
	q.add(Finding{
		Reason: c.Reason, Object: found.object(), Site: found.Site, rank: rankCommits, Command: found.describe(),
		Text: "It is not known which commits it ships: " + c.Message, Do: adviceFor(c.Reason).do,
	})
}

// correct returns the command that writes the issue on a record.
func (q *question) correct(r Record) string {
	keys := strings.Join(append(slices.Clone(r.Issues), q.Issue), ",")
	return fmt.Sprintf("kubectl -n %s annotate %s %s %s=%s --overwrite", r.Namespace, strings.ToLower(r.Kind), r.Name, v1alpha1.AnnotationIssueKeys, keys)
}

func list(keys []string) string {
	if len(keys) == 0 {
		return "no issue"
	}
	const most = 5
	text := strings.Join(keys[:min(len(keys), most)], ", ")
	if len(keys) > most {
		text += fmt.Sprintf(" and %d more", len(keys)-most)
	}
	return text
}

// Answer is Jira's word on the record, in one or two words.
func (r Record) Answer() string {
	switch {
	case r.Delivered == "":
		return "not told yet"
	case len(r.UnknownIssues) > 0:
		return r.Reason + ", does not know " + list(r.UnknownIssues)
	case r.Stored != "":
		return r.Reason + ", and has something else: " + r.Stored
	}
	return r.Reason
}
