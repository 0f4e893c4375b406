// SPDX-License-Identifier: Apache-2.0

package workflows

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"
)

// pinned is an action by its commit; the second part is the repository's path, the third a folder in it.
var pinned = regexp.MustCompile(`^([\w.-]+/[\w.-]+)(/[\w./-]+)?@([0-9a-f]{40})$`)

// versionComment is what follows a pin in its line.
var versionComment = regexp.MustCompile(`#\s(v\d+\.\d+\.\d+)\s*$`)

// refusedEvents run with the rights of the repository on what a stranger wrote.
var refusedEvents = []string{"pull_request_target", "workflow_run"}

// A rule is the project's own, as actionlint runs them: one for each file.
type rule struct {
	actionlint.RuleBase
	lines []string
	// goVersion is that of go.mod without its patch level.
	goVersion string
	// pins are the commits of the repositories of actions, in all files so far.
	pins map[string]pin
}

// A pin is the commit of an action, and the version that its comment names.
type pin struct{ commit, version string }

func newRule(content []byte, goVersion string, pins map[string]pin) *rule {
	return &rule{
		RuleBase:  actionlint.NewRuleBase("rollcall", "What the project demands of workflows"),
		lines:     strings.Split(string(content), "\n"),
		goVersion: goVersion,
		pins:      pins,
	}
}

// VisitWorkflowPre checks what is said of the workflow.
func (r *rule) VisitWorkflowPre(w *actionlint.Workflow) error {
	top := &actionlint.Pos{Line: 1, Col: 1}
	switch p := w.Permissions; {
	case p == nil:
		r.Errorf(top, "the workflow names no permissions: write \"permissions: {}\", and in each job what it needs")
	case p.All != nil:
		r.Errorf(p.Pos, "permissions of a workflow are {} or contents: read, not %s", p.All.Value)
	default:
		for scope, s := range p.Scopes {
			if scope != "contents" || s.Value.Value != "read" {
				r.Errorf(p.Pos, "%s: %s belongs into the job that needs it", scope, s.Value.Value)
			}
		}
	}
	if w.Concurrency == nil {
		r.Errorf(top, "the workflow names no concurrency group")
	}
	for _, event := range w.On {
		if slices.Contains(refusedEvents, event.EventName()) {
			r.Errorf(top, "a workflow on %s runs with rights that a stranger's change should not meet", event.EventName())
		}
	}
	return nil
}

// VisitJobPre checks what is said of a job.
func (r *rule) VisitJobPre(j *actionlint.Job) error {
	switch {
	case j.Permissions == nil:
		r.Errorf(j.Pos, "job %s names no permissions", j.ID.Value)
	case j.Permissions.All != nil:
		r.Errorf(j.Permissions.Pos, "job %s: name each permission instead of %s", j.ID.Value, j.Permissions.All.Value)
	}
	if j.WorkflowCall != nil {
		r.uses(j.WorkflowCall.Uses)
		return nil
	}
	if j.TimeoutMinutes == nil {
		r.Errorf(j.Pos, "job %s has no timeout-minutes", j.ID.Value)
	}
	return nil
}

// VisitStep checks a step.
func (r *rule) VisitStep(s *actionlint.Step) error {
	switch e := s.Exec.(type) {
	case *actionlint.ExecRun:
		if e.Run != nil && e.Run.ContainsExpression() {
			r.Errorf(e.RunPos, "a script has an expression in it: pass it in env, where nobody can make a command of it")
		}
	case *actionlint.ExecAction:
		r.uses(e.Uses)
		r.inputs(e)
	}
	return nil
}

// inputs checks what is passed to actions that we know.
func (r *rule) inputs(e *actionlint.ExecAction) {
	input := func(name string) string {
		if i := e.Inputs[name]; i != nil {
			return i.Value.Value
		}
		return ""
	}
	switch action, _, _ := strings.Cut(e.Uses.Value, "@"); action {
	case "actions/checkout":
		if input("persist-credentials") != "false" {
			r.Errorf(e.Uses.Pos, "actions/checkout without persist-credentials: false leaves the token to all later steps")
		}
	case "actions/setup-go":
		if got := input("go-version"); got != r.goVersion {
			r.Errorf(e.Uses.Pos, "actions/setup-go with go-version %q: go.mod has %s", got, r.goVersion)
		}
	}
}

// uses checks that an action is pinned. What lies in the repository needs no pin.
func (r *rule) uses(uses *actionlint.String) {
	if strings.HasPrefix(uses.Value, "./") {
		return
	}
	parts := pinned.FindStringSubmatch(uses.Value)
	if parts == nil {
		r.Errorf(uses.Pos, "%s is not pinned: name a commit of 40 digits", uses.Value)
		return
	}
	comment := versionComment.FindStringSubmatch(r.lines[uses.Pos.Line-1])
	if comment == nil {
		r.Errorf(uses.Pos, "%s: the line ends without its version, such as \"# v1.2.3\"", uses.Value)
		return
	}
	repository, now := parts[1], pin{commit: parts[3], version: comment[1]}
	before, known := r.pins[repository]
	if known && before != now {
		r.Errorf(uses.Pos, "%s is pinned to %s (%s) here, and to %s (%s) elsewhere", repository, now.commit, now.version, before.commit, before.version)
	}
	if !known {
		r.pins[repository] = now
	}
}
