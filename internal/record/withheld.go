// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// maxSequenceLead is how far a sequence may be ahead of its record's creation. Jira orders deployments by it: one far
// ahead would be the newest of its pipeline for ever.
const maxSequenceLead = 24 * time.Hour

// Check says whether Jira is told of a record, and as what.
type Check struct {
	// Reason and Message are those of a record that is withheld; empty where it is sent.
	Reason, Message string
	// As is what Jira is told instead of what the record says; nil where that is the same.
	As *Identity
}

// withholding is a reason for which a record is withheld from Jira. Its function says why; nothing where it does not hold.
type withholding[R v1alpha1.Record] struct {
	reason string
	why    func(*Site, R, Home) string
}

// withholdings are those of deployments, in the order in which they are asked.
//
// The first two ask where the record is from, the others what its namespace may say. What depends on the site or on the
// namespace's labels is asked anew when they change.
var withholdings = []withholding[*v1alpha1.JiraDeployment]{
	{v1alpha1.ReasonExisting, anyKind[*v1alpha1.JiraDeployment]((*Site).whyExisting)},
	{v1alpha1.ReasonForeign, whyForeign},
	{v1alpha1.ReasonNotSelected, anyKind[*v1alpha1.JiraDeployment]((*Site).whyNotSelected)},
	{v1alpha1.ReasonPipelineNotAllowed, whyPipeline},
	{v1alpha1.ReasonSequenceTooHigh, whySequence},
	{v1alpha1.ReasonHandmadeNotAllowed, anyKind[*v1alpha1.JiraDeployment]((*Site).whyHandmade)},
	{v1alpha1.ReasonEnvironmentNotAllowed, (*Site).whyEnvironment},
	{v1alpha1.ReasonProjectNotAllowed, func(s *Site, d *v1alpha1.JiraDeployment, home Home) string {
		return s.whyProjects(d, home, d.Spec.Environment.ID)
	}},
	{v1alpha1.ReasonNoIssueKeys, whyNoKeys},
}

// anyKind has a reason that holds for records of any kind asked of those of one.
func anyKind[R v1alpha1.Record](why func(*Site, v1alpha1.Record, Home) string) func(*Site, R, Home) string {
	return func(s *Site, r R, home Home) string { return why(s, r, home) }
}

// Check decides whether Jira is told of a record, and as what. Every pending record goes through it, whoever wrote it:
// no admission policy has to be there for that.
func (s *Site) Check(d *v1alpha1.JiraDeployment, home Home) Check {
	if found := withheld(s, withholdings, d, home); found.Reason != "" {
		return found
	}
	return Check{As: s.identity(d, home)}
}

// withheld returns the first reason that holds.
func withheld[R v1alpha1.Record](s *Site, rules []withholding[R], r R, home Home) Check {
	for _, rule := range rules {
		if why := rule.why(s, r, home); why != "" {
			return Check{Reason: rule.reason, Message: why}
		}
	}
	return Check{}
}

func (s *Site) whyExisting(d v1alpha1.Record, home Home) string {
	ignored := s.spec.Existing == v1alpha1.ExistingIgnore && d.GetReference() != nil &&
		d.GetOperationType() == v1alpha1.OperationBackfill && !d.GetRecordStatus().Told()
	if !ignored || home.MaybeTold {
		return ""
	}
	happened := "rolled out"
	if _, isBuild := d.(*v1alpha1.JiraBuild); isBuild {
		happened = "built"
	}
	return fmt.Sprintf("It was %s before JiraSite %s existed, and spec.existing of the site is Ignore: Jira is not told of it.", happened, s.name)
}

func whyForeign(_ *Site, d *v1alpha1.JiraDeployment, home Home) string {
	if home.MaybeTold {
		return ""
	}
	if why := Foreign(d, home); why != "" {
		return ForeignMessage(why)
	}
	return ""
}

// whyNotSelected says why the site does not select a record's namespace. A workload's, or a run's, record that Jira was told
// of is told to its end. Of a namespace that is gone the name alone is known: what Jira may have been told of was selected.
func (s *Site) whyNotSelected(d v1alpha1.Record, home Home) string {
	told := d.GetRecordStatus().Told() || home.Told
	if gone := home.NamespaceCreated.IsZero(); told && d.GetReference() != nil || gone && (told || home.MaybeTold) {
		return ""
	}
	why := s.whyUnselected(home.Namespace, home.OperatorNamespace)
	if why == "" {
		return ""
	}
	return fmt.Sprintf("JiraSite %s does not select namespace %s: %s. Jira is not told of the record. It is sent by itself once the site selects the namespace.",
		s.name, d.GetNamespace(), why)
}

// whyPipeline lets a record speak for the workload that it names, and for no other. Both forms of the id are right: the
// site's spec.pipelineIDs may have changed since the record was made.
func whyPipeline(_ *Site, d *v1alpha1.JiraDeployment, home Home) string {
	workload := d.Spec.Workload
	if workload == nil {
		return ""
	}
	byKind := pipelineID(home.ClusterName, d.Namespace, workload)
	if id := d.Spec.Pipeline.ID; id == byKind || id == identifier(home.ClusterName, d.Namespace, workload.Name) {
		return ""
	}
	return fmt.Sprintf("spec.pipeline.id is not that of %s %s in this cluster, which is %s. Jira is not told of the record. Delete it; a record that is made by hand has no spec.workload.",
		workload.Kind, workload.Name, byKind)
}

func whySequence(_ *Site, d *v1alpha1.JiraDeployment, _ Home) string {
	most := d.CreationTimestamp.Add(maxSequenceLead).Unix() * perSecond
	if d.Spec.Sequence <= most {
		return ""
	}
	return fmt.Sprintf("spec.sequence is more than a day ahead of the record's creation: %d is the most. No later deployment of the pipeline would count for Jira, "+
		"so it is not told of the record. Delete it, and make it anew with a lower sequence, or without one.", most)
}

func (s *Site) whyHandmade(d v1alpha1.Record, home Home) string {
	if d.GetReference() != nil || s.handmadeIn(home.Namespace) != v1alpha1.HandmadeNone {
		return ""
	}
	return fmt.Sprintf("JiraSite %s takes no records that are made by hand from namespace %s (spec.handmade). It is sent by itself once the site does.",
		s.name, d.GetNamespace())
}

// whyProjects refuses a record with a key of another project as a whole: what is left of its keys may be none of what its
// author meant.
func (s *Site) whyProjects(d v1alpha1.Record, home Home, environmentID string) string {
	_, others := s.projectsIn(home.Namespace, environmentID).split(d.GetIssueKeys())
	if len(others) == 0 {
		return ""
	}
	const most = 10
	named := strings.Join(others[:min(len(others), most)], ", ")
	if more := len(others) - most; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	in := "namespace " + d.GetNamespace()
	if environmentID != "" {
		in += " and environment " + environmentID
	}
	return fmt.Sprintf("%s: of projects that JiraSite %s does not list for %s (spec.projects, spec.environments). "+
		"Jira is not told of the record. Take the keys out of it, or list their projects; it is sent by itself then.", named, s.name, in)
}

// whyNoKeys withholds what Jira would show nowhere.
func whyNoKeys(_ *Site, d *v1alpha1.JiraDeployment, _ Home) string {
	if len(d.Spec.IssueKeys)+len(d.Spec.ServiceIDs) > 0 {
		return ""
	}
	return "It has neither an issue key nor a service id, so that Jira would show it nowhere. It is sent once its commits name an issue: the condition SourceResolved says which commits these are."
}
