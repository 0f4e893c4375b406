// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// tellOf fills in what the workload itself tells.
func (e *Explanation) tellOf(r *rollout.Rollout) {
	if r == nil {
		return
	}
	e.Revision, e.TemplateHash, e.Images, e.State, e.Why = r.Revision, r.TemplateHash, r.Images, string(r.State), r.Message
	if !r.Since.IsZero() {
		since := r.Since.UTC()
		e.Since = &since
	}
}

// site explains what one site is told. The observation has the records of the workload at the site.
func (e *Explainer) site(name string, o record.Observation) Site {
	found := Site{Name: name}
	o.Records = slices.SortedFunc(slices.Values(o.Records), func(a, b *v1alpha1.JiraDeployment) int { return cmp.Compare(a.Spec.Sequence, b.Spec.Sequence) })
	site := e.sites[name]
	if site == nil {
		found.Notes = []Note{noteOf(RuleSiteGone)}
		if e.unread("jirasites", "") {
			found.Notes = []Note{noteOf(RuleSiteUnread)}
		}
		if n := len(o.Records); n > 0 {
			found.tellRecord(o.Records[n-1])
		}
		return found
	}
	object := e.objects[name]
	found.Ready = conditionOf(object.Status.Conditions, v1alpha1.ConditionReady, object.Generation)
	found.NotSelected = site.WhyNotSelected(o.Namespace, o.Rollout, e.options.Namespace)
	found.Selected, found.Projects = found.NotSelected == "", site.ProjectsIn(o)
	o.Unselected = o.Rollout != nil && !found.Selected

	rule, why := record.Rule(""), record.Rule("")
	o.Explain = func(d record.Decision) {
		switch {
		case d.Place == "":
			rule = d.Rule
		case d.Place == record.PlaceRecord && d.Key == "" && fixed[d.Rule] != "":
			found.note(noteOf(d.Rule))
			if d.Rule == record.RuleRestored || d.Rule == record.RuleFinished || d.Rule == record.RuleCorrected {
				why = d.Rule
			}
		}
	}
	plan := site.Plan(o)
	current := currentOf(o, rule, plan)
	found.compare(o, rule, plan)
	if current != nil {
		found.tellRecord(current)
	}
	would := wouldBe(plan, current)
	if would != nil {
		found.Would = recordOf(would)
		found.Would.Withheld = e.withheld(site, o, would)
	}
	release := cmp.Or(would, current)
	texts := site.Texts(o, release)
	found.readKeys(texts, release, cmp.Or(why, whyFixed(release)))
	found.locate(site, o, release)
	found.noteAll(o, plan, texts)
	found.noteUnread(e, o.Namespace.Name)
	return found
}

// noteUnread notes what may be otherwise than is told, because it may not be read.
func (s *Site) noteUnread(e *Explainer, namespace string) {
	if e.unread("namespaces", namespace) {
		s.note(noteOf(RuleNamespaceUnread))
	}
	if e.unread("jiradeployments", namespace) {
		s.note(noteOf(RuleRecordsUnread))
	}
}

// currentOf returns the record of the observed revision, or the one that it goes on with; nil where it has none.
// Where the numbers started anew, the record of the same number is of another release.
func currentOf(o record.Observation, rule record.Rule, plan record.Plan) *v1alpha1.JiraDeployment {
	if plan.RevisionRegressed {
		return nil
	}
	n := len(o.Records)
	switch rule {
	case record.RuleCurrent, record.RuleRestart, record.RuleRecreated, "": // the last: nothing is to be told of the workload
		if n > 0 {
			return o.Records[n-1]
		}
	case record.RuleOutdated:
		for _, d := range o.Records {
			if d.Spec.Revision == o.Rollout.Revision && d.Spec.Workload.UID == o.Rollout.UID {
				return d
			}
		}
	}
	return nil
}

// wouldBe returns the record of the revision as a plan writes it; nil where it writes none.
func wouldBe(plan record.Plan, current *v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	if len(plan.Create) > 0 {
		return plan.Create[0]
	}
	for _, d := range plan.Update {
		if current != nil && d.Name == current.Name {
			return d
		}
	}
	return nil
}

// whyFixed says why a record has keys that its texts do not name.
func whyFixed(d *v1alpha1.JiraDeployment) record.Rule {
	switch {
	case d == nil:
		return ""
	case d.Annotations[v1alpha1.AnnotationIssueKeys] != "":
		return record.RuleCorrected
	case d.Spec.RollbackToRevision > 0:
		return record.RuleRestored
	}
	return record.RuleFinished
}

// compare says what the release is beside the newest record.
func (s *Site) compare(o record.Observation, rule record.Rule, plan record.Plan) {
	if rule == "" {
		return
	}
	s.Compared = &Compared{Note: noteOf(rule)}
	if n := len(o.Records); n > 0 {
		s.Compared.Record, s.Compared.Revision = o.Records[n-1].Name, o.Records[n-1].Spec.Revision
	}
	if len(plan.Create) > 0 && plan.Create[0].Spec.RollbackToRevision > 0 {
		s.Compared.Text += fmt.Sprintf(" It restores revision %d.", plan.Create[0].Spec.RollbackToRevision)
	}
}

// note adds a note once.
func (s *Site) note(n Note) {
	if !slices.Contains(s.Notes, n) {
		s.Notes = append(s.Notes, n)
	}
}

// noteAll notes what else a plan says.
func (s *Site) noteAll(o record.Observation, plan record.Plan, texts []record.Text) {
	emptied := slices.ContainsFunc(texts, emptyList)
	for _, absent := range []struct {
		holds bool
		rule  record.Rule
	}{
		{plan.Unkeyed && emptied, RuleEmptyList},
		{plan.Unkeyed && !emptied, v1alpha1.ReasonNoIssueKeys},
		{plan.PerRevision, RulePerRevision},
		{o.Rollout != nil && o.Rollout.Unconfirmed && s.Record == nil, RuleUnconfirmed},
	} {
		if absent.holds {
			s.note(noteOf(absent.rule))
		}
	}
	if len(plan.Left) > 0 {
		s.note(Note{Rule: v1alpha1.EventAnnotationsCut, Text: "Only a part was read of " + strings.Join(plan.Left, ", ") + ": it is too long."})
	}
	for _, event := range plan.Events {
		s.note(Note{Rule: event.Reason, Text: event.Note})
	}
}

// emptyList says whether a text is a list of issue keys that somebody left empty.
func emptyList(t record.Text) bool {
	return (t.Rule == record.RuleListed || t.Rule == record.RuleListedAnew) && strings.TrimSpace(t.Value) == ""
}

// locate says where the release goes, and what decided that.
func (s *Site) locate(site *record.Site, o record.Observation, d *v1alpha1.JiraDeployment) {
	if o.Rollout == nil {
		return
	}
	var before v1alpha1.Environment
	if d != nil {
		before = d.Spec.Environment
	}
	found, trace := site.EnvironmentOf(o, before)
	s.Environment = &Environment{ID: found.ID, Name: found.Name, Type: string(found.Type), Because: trace.String()}
}

// tellRecord fills in a record, and what Jira answered to it.
func (s *Site) tellRecord(d *v1alpha1.JiraDeployment) {
	s.Record = recordOf(d)
	s.Delivered = conditionOf(d.Status.Conditions, v1alpha1.ConditionDelivered, d.Generation)
	s.Jira = answer(d, s.Delivered)
	if d.Spec.Source != nil {
		s.Commits = &Commits{Source: *d.Spec.Source, Resolved: condition(record.SourceCondition(d), d.Generation)}
	}
}

// answer says in a sentence what became of a record at Jira.
func answer(d *v1alpha1.JiraDeployment, delivered *Condition) string {
	told, unknown := d.Status.DeliveredGeneration, ""
	if keys := d.Status.UnknownIssueKeys; len(keys) > 0 {
		unknown = " It does not know " + strings.Join(keys, ", ") + "."
	}
	earlier := ""
	if told > 0 && told < d.Generation {
		earlier = "Jira has an earlier state of it. The present one "
	}
	switch {
	case delivered == nil, delivered.Outdated:
		return cmp.Or(earlier, "It ") + "was not sent yet."
	case delivered.Status == string(metav1.ConditionTrue):
		return fmt.Sprintf("Jira has it, since %s.%s", d.Status.DeliveredTime.UTC().Format(time.RFC3339), unknown)
	case earlier != "":
		return fmt.Sprintf("%swaits (%s): %s", earlier, delivered.Reason, delivered.Message)
	}
	return fmt.Sprintf("Jira does not have it (%s): %s", delivered.Reason, delivered.Message)
}

func conditionOf(conditions []metav1.Condition, name string, generation int64) *Condition {
	return condition(meta.FindStatusCondition(conditions, name), generation)
}

func condition(c *metav1.Condition, generation int64) *Condition {
	if c == nil {
		return nil
	}
	return &Condition{
		Status: string(c.Status), Reason: c.Reason, Message: c.Message, Since: c.LastTransitionTime.Time, Outdated: c.ObservedGeneration < generation,
	}
}
