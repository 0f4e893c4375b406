// SPDX-License-Identifier: Apache-2.0

package why

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/explain"
)

// Input is what was read of a cluster.
type Input struct {
	// Issue is the key that is asked for, in upper case.
	Issue string
	Now   time.Time
	// Cluster is the cluster's name in Jira.
	Cluster string
	// Operator is the namespace that Rollcall runs in.
	Operator string
	// Namespace is the namespace that was read; empty for all that the user may read.
	Namespace   string
	Sites       []v1alpha1.JiraSite
	Deployments []v1alpha1.JiraDeployment
	Builds      []v1alpha1.JiraBuild
	// Workloads are those whose texts may name the issue, and Read is how many were looked at.
	Workloads []Workload
	Read      int
	// Runs are those whose texts may name the issue.
	Runs       []Run
	Namespaces map[string]environment.Namespace
	Events     []corev1.Event
	Manager    Manager
	// Unread says in sentences what could not be read.
	Unread []string
}

// Workload is a workload whose texts may name the issue.
type Workload struct {
	Object      client.Object
	Places      []Place
	Explanation *explain.Explanation
}

// Run is a run that builds, or might.
type Run struct {
	Kind   string
	Object client.Object
	Places []Place
	Build  build.Build
}

// Answer says whether Jira has an issue's releases, and why not. The names of its fields in JSON do not change.
type Answer struct {
	Issue string `json:"issue"`
	// InJira says that Jira has a deployment or a build of the issue.
	InJira bool `json:"inJira"`
	// Sentence is the verdict, and Command what to run next.
	Sentence string `json:"sentence"`
	Command  string `json:"command,omitempty"`
	// Records are those with the key, the newest first.
	Records []Record `json:"records"`
	// Findings are what stands in the way, or is worth to know, the most likely first.
	Findings []Finding `json:"findings"`
	Sites    []Site    `json:"sites"`
	Manager  Manager   `json:"manager"`
	Unread   []string  `json:"unread,omitempty"`
}

// Finding is one reason why an issue is not in Jira, or not as somebody expects.
type Finding struct {
	Reason string `json:"reason"`
	// Object is what it is about, such as "Deployment shop-prod/web", and Site the JiraSite; empty where it is about none.
	Object string `json:"object,omitempty"`
	Site   string `json:"site,omitempty"`
	// Text says what was found, and Do what to do about it.
	Text    string `json:"text"`
	Do      string `json:"do,omitempty"`
	Command string `json:"command,omitempty"`

	rank rank
}

// Site is how a JiraSite stands.
type Site struct {
	Name    string `json:"name"`
	Host    string `json:"host"`
	Ready   string `json:"ready"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// rank orders findings: the lowest explains most.
type rank int

// The ranks.
const (
	rankNoSite rank = iota
	rankManager
	rankSite
	rankRecord
	rankRefused
	rankProblem
	rankText
	rankNoRelease
	rankUnwritten
	rankUnusable
	rankSelection
	rankFormer   = rankSelection + 6
	rankNearly   = rankFormer + 1
	rankCommits  = rankNearly + 1
	rankNothing  = rankCommits + 1
	rankIdleSite = rankNothing + 1
)

// question is a question that is being answered.
type question struct {
	Input
	answer Answer
	// latest is the newest record that Jira took with the key.
	latest *Record
}

// Ask answers a question.
func Ask(in Input) Answer {
	q := &question{Input: in, answer: Answer{
		Issue: in.Issue, Manager: in.Manager, Unread: in.Unread, Records: []Record{}, Findings: []Finding{}, Sites: []Site{},
	}}
	q.readRecords()
	q.readWorkloads()
	q.readRuns()
	q.readEvents()
	q.readSites()
	q.readManager()
	explained := func(f Finding) bool { return f.rank < rankNothing }
	if len(q.answer.Records) == 0 && !slices.ContainsFunc(q.answer.Findings, explained) {
		q.nothing()
	}
	slices.SortStableFunc(q.answer.Findings, func(a, b Finding) int { return cmp.Compare(a.rank, b.rank) })
	q.conclude()
	return q.answer
}

// add adds a finding once.
func (q *question) add(f Finding) {
	same := func(other Finding) bool {
		return other.Reason == f.Reason && other.Object == f.Object && other.Site == f.Site
	}
	if f.Text != "" && !slices.ContainsFunc(q.answer.Findings, same) {
		q.answer.Findings = append(q.answer.Findings, f)
	}
}

// conclude says the verdict in a sentence.
func (q *question) conclude() {
	a := &q.answer
	if a.InJira {
		d := q.latest
		a.Sentence = fmt.Sprintf("%s is in Jira: %s was told as %s%s, %s.", a.Issue, d.Title(), d.State, d.where(), ago(q.Now, d.Told))
		a.Command = d.command("kubectl rollcall explain")
		if len(a.Findings) > 0 && a.Findings[0].rank <= rankText {
			a.Command = cmp.Or(a.Findings[0].Command, a.Command)
		}
		return
	}
	first := a.Findings[0]
	about := ""
	if first.Object != "" {
		about = first.Object + ": "
	}
	a.Sentence = fmt.Sprintf("%s is not in Jira. %s%s", a.Issue, about, first.Text)
	a.Command = first.Command
}

// nothing says that nothing names the issue.
func (q *question) nothing() {
	where := "all namespaces"
	if q.Namespace != "" {
		where = "namespace " + q.Namespace
	}
	text := fmt.Sprintf("No record has it, and none of the %d workloads in %s names it in a text that was looked at.", q.Read, where)
	if len(q.Unread) > 0 {
		text += " Not everything could be read."
	}
	q.add(Finding{Reason: ReasonNotNamed, Text: text, Do: doName, Command: "kubectl rollcall explain deploy/NAME -n " + cmp.Or(q.Namespace, "NAMESPACE"), rank: rankNothing})
}

// ago says how long something is past.
func ago(now, then time.Time) string {
	if then.IsZero() {
		return "some time ago"
	}
	switch past := now.Sub(then); {
	case past < 2*time.Minute:
		return "a moment ago"
	case past < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(past.Minutes()))
	case past < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(past.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(past.Hours()/24))
	}
}
