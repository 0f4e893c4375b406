// SPDX-License-Identifier: Apache-2.0

package status

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/record"
)

func TestWhatJiraDoesNotKnowIsSaid(t *testing.T) {
	site := explain.Site{
		Record:    &explain.Record{State: string(v1alpha1.StateSuccessful), Environment: "Production", Issues: []string{"SHOP-12", "NOPE-1"}, Unknown: []string{"NOPE-1"}},
		Delivered: &explain.Condition{Status: "True", Reason: v1alpha1.ReasonAccepted},
	}
	v := ofSite(&explain.Explanation{Revision: 7}, &site)
	NewWithT(t).Expect(v.Text).To(Equal("Jira has revision 7, successful in Production (SHOP-12, NOPE-1). It does not know NOPE-1."))
}

func TestJudge(t *testing.T) {
	of := func(state v1alpha1.DeploymentState) *explain.Record {
		return &explain.Record{State: string(state), Environment: "Production", Issues: []string{"SHOP-12"}}
	}
	delivered := func(status, reason string) *explain.Condition {
		return &explain.Condition{Status: status, Reason: reason, Message: "x"}
	}
	refused := func(reason string) explain.Site {
		return explain.Site{Record: of(v1alpha1.StateInProgress), Delivered: delivered("False", reason)}
	}
	waits := func(site explain.Site, reason string) explain.Site {
		site.Ready = &explain.Condition{Status: "False", Reason: reason}
		return site
	}
	commits := func(reason string) explain.Site {
		site := refused(v1alpha1.ReasonNoIssueKeys)
		site.Commits = &explain.Commits{Resolved: delivered("False", reason)}
		return site
	}
	for name, c := range map[string]struct {
		site  explain.Site
		code  int
		final bool
	}{
		"successful":     {explain.Site{Record: of(v1alpha1.StateSuccessful), Delivered: delivered("True", v1alpha1.ReasonAccepted)}, 0, true},
		"told once more": {explain.Site{Record: of(v1alpha1.StateSuccessful), Delivered: delivered("False", v1alpha1.ReasonResync)}, 0, true},
		"failed":         {explain.Site{Record: of(v1alpha1.StateFailed), Delivered: delivered("True", v1alpha1.ReasonAccepted)}, exitFailed, true},
		"failed, and mended": {explain.Site{
			Record: of(v1alpha1.StateFailed), Would: of(v1alpha1.StateSuccessful), Delivered: delivered("True", v1alpha1.ReasonAccepted),
		}, exitNotYet, false},
		"cancelled":            {explain.Site{Record: of(v1alpha1.StateCancelled), Delivered: delivered("True", v1alpha1.ReasonAccepted)}, exitFailed, true},
		"rolled back":          {explain.Site{Record: of(v1alpha1.StateRolledBack), Delivered: delivered("True", v1alpha1.ReasonAccepted)}, exitFailed, true},
		"in progress":          {explain.Site{Record: of(v1alpha1.StateInProgress), Delivered: delivered("True", v1alpha1.ReasonAccepted)}, exitNotYet, false},
		"an earlier state":     {explain.Site{Record: of(v1alpha1.StateSuccessful), Delivered: &explain.Condition{Status: "True", Outdated: true}}, exitNotYet, false},
		"not checked":          {explain.Site{Record: of(v1alpha1.StateSuccessful)}, exitNotYet, false},
		"pending":              {refused(v1alpha1.ReasonPending), exitNotYet, false},
		"rejected":             {refused(v1alpha1.ReasonRejected), exitNever, true},
		"a dry run":            {refused(v1alpha1.ReasonDryRun), exitNever, true},
		"a site to mend":       {waits(refused(v1alpha1.ReasonSiteNotReady), v1alpha1.ReasonSecretNotFound), exitSite, true},
		"a suspended site":     {waits(refused(v1alpha1.ReasonSiteNotReady), v1alpha1.ReasonSuspended), exitSite, true},
		"a site that is tried": {waits(refused(v1alpha1.ReasonSiteNotReady), v1alpha1.ReasonUnreachable), exitSite, false},
		"commits are asked":    {commits(v1alpha1.ReasonResolving), exitNotYet, false},
		"no repository":        {commits(v1alpha1.ReasonRepositoryNotListed), exitNever, true},
		"not recorded yet":     {explain.Site{Would: of(v1alpha1.StateInProgress)}, exitNotYet, false},
		"withheld":             {explain.Site{Would: &explain.Record{Withheld: &explain.Note{Text: "x"}}}, exitNever, true},
		"no issue key":         {explain.Site{Notes: []explain.Note{{Rule: v1alpha1.ReasonNoIssueKeys}}}, exitNever, true},
		"unconfirmed":          {explain.Site{Notes: []explain.Note{{Rule: string(explain.RuleUnconfirmed)}}}, exitNotYet, false},
		"numbered anew":        {explain.Site{Compared: &explain.Compared{Note: explain.Note{Rule: string(record.RuleOutdated)}}}, exitNever, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.site.Name, c.site.Selected = "acme", true
			other := explain.Site{Name: "other", NotSelected: "its labels do not match"}
			all := judge(&explain.Explanation{Sites: []explain.Site{other, c.site}}, "")
			g.Expect(all).To(HaveLen(1), "the site that does not report it does not count")
			g.Expect(all[0].Code).To(Equal(c.code))
			g.Expect(all[0].Final).To(Equal(c.final))
		})
	}
}

func TestJudgeOfNoSite(t *testing.T) {
	g := NewWithT(t)
	g.Expect(overall(judge(&explain.Explanation{}, "")).Code).To(Equal(exitNever))
	g.Expect(overall(judge(&explain.Explanation{Sites: []explain.Site{{Name: "acme", Selected: true}}}, "acne")).Text).To(HavePrefix("There is no such JiraSite"))
	left := overall(judge(&explain.Explanation{Sites: []explain.Site{{Name: "acme", NotSelected: "its labels do not match"}}}, ""))
	g.Expect(left).To(Equal(Verdict{Site: "acme", Code: exitNever, Final: true, Text: "It does not report the workload: its labels do not match."}))
	g.Expect(overall(judge(&explain.Explanation{Problem: explain.Unobserved}, ""))).To(Equal(Verdict{Code: exitNotYet, Text: explain.Unobserved}))
	g.Expect(overall(judge(&explain.Explanation{Problem: "It is gone."}, "")).Final).To(BeTrue())
}

func TestOverall(t *testing.T) {
	ok, waits, failed := Verdict{Final: true}, Verdict{Code: exitNotYet}, Verdict{Code: exitFailed, Final: true}
	for name, c := range map[string]struct {
		all  []Verdict
		want Verdict
	}{
		"all":                       {[]Verdict{ok, ok}, ok},
		"one waits":                 {[]Verdict{ok, waits}, waits},
		"one failed, another waits": {[]Verdict{waits, failed, ok}, failed},
	} {
		t.Run(name, func(t *testing.T) { NewWithT(t).Expect(overall(c.all)).To(Equal(c.want)) })
	}
}

// The site of a record is what a tenant wrote.
func TestThePrintedSiteIsNothingThatATerminalObeys(t *testing.T) {
	g := NewWithT(t)
	o := statusOfWeb()
	var out bytes.Buffer
	o.env.Out = &out
	g.Expect(o.print(Answer{Sites: []Verdict{{Site: "a\x1b[2J", Text: "x"}}})).To(Succeed())
	g.Expect(out.String()).To(Equal("a\ufffd[2J: x\n"))
}
