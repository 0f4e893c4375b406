// SPDX-License-Identifier: Apache-2.0

package why

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// settling is how long a manager may take to write a record.
const settling = time.Minute

// readWorkloads says of the workloads whose texts name the issue why their records do not have it.
func (q *question) readWorkloads() {
	for _, w := range q.Workloads {
		e := w.Explanation
		selected := slices.ContainsFunc(e.Sites, func(s explain.Site) bool { return s.Selected })
		if e.Problem != "" {
			q.add(q.problem(w))
			continue
		}
		for _, s := range e.Sites {
			switch {
			case s.Selected:
				q.add(q.atSite(w, s))
			case !selected && s.NotSelected != "":
				q.add(q.notSelected(w, s))
			}
		}
	}
}

// title names a workload: "Deployment shop-prod/web".
func title(w explain.Workload) string { return fmt.Sprintf("%s %s/%s", w.Kind, w.Namespace, w.Name) }

func explainCommand(w explain.Workload) string {
	return fmt.Sprintf("kubectl rollcall explain %s/%s -n %s", strings.ToLower(w.Kind), w.Name, w.Namespace)
}

// names says where a workload names the issue, and how.
func (w Workload) names() string {
	if len(w.Places) == 0 {
		return ""
	}
	p := w.Places[0]
	return fmt.Sprintf("%q stands in %s", p.Written, p.Where)
}

// problem says why nothing is told of a workload.
func (q *question) problem(w Workload) Finding {
	of := w.Explanation.Workload
	f := Finding{Reason: ReasonNotReported, Object: title(of), Text: w.names() + ", and the workload is not reported. " + w.Explanation.Problem, Command: explainCommand(of), rank: rankProblem}
	d, isDeployment := w.Object.(*appsv1.Deployment)
	switch {
	case rollout.NotUnderstood(w.Object) != "":
		f.Reason, f.Do = v1alpha1.EventNotUnderstood, "Mend what is named: it is reported then."
	case isDeployment && d.Spec.Paused:
		f.Reason, f.Text = ReasonPaused, w.names()+". The Deployment is paused and no pod has the new template: it has no revision yet."
		f.Do, f.Command = "Resume it.", fmt.Sprintf("kubectl -n %s rollout resume deployment/%s", of.Namespace, of.Name)
	}
	return f
}

// atSite says why a site that selects a workload has no record of it with the issue; nothing where it has one.
func (q *question) atSite(w Workload, s explain.Site) Finding {
	key, miss := pick(s.Keys, q.Issue), pick(s.NearMisses, q.Issue)
	f := Finding{Object: title(w.Explanation.Workload), Site: s.Name, Command: explainCommand(w.Explanation.Workload), rank: rankText}
	has := func(r *explain.Record) bool { return r != nil && slices.Contains(r.Issues, q.Issue) }
	switch {
	case has(s.Record):
		return Finding{} // the record tells of itself
	case s.Compared != nil && s.Compared.Rule == string(record.RuleOutdated):
		return q.regressed(w, s, f)
	case has(s.Would):
		return q.unwritten(w, f)
	case s.Record != nil && q.dropped(w, s):
		f.Reason, f.Text = v1alpha1.EventIssueKeysTruncated, w.names()+", and the record leaves issue keys and service ids out: Jira takes 500 for a deployment."
	case key != nil && s.Record == nil:
		return q.noRelease(w, s, f)
	case miss != nil:
		q.nearMiss(w, s, *miss, &f)
	case key != nil:
		f.Reason, f.Text = key.Rule, w.names()+". "+key.Because
	default:
		q.nearly(w, s, &f)
	}
	f.Do = cmp.Or(f.Do, adviceFor(f.Reason).do)
	return f
}

// pick returns the key that counts most of those for an issue; nil where there is none.
func pick(keys []explain.Key, issue string) *explain.Key {
	for i := range keys {
		if keys[i].Key == issue {
			return &keys[i]
		}
	}
	return nil
}

// nearMiss says why what stands in a text is no key of the release.
func (q *question) nearMiss(w Workload, s explain.Site, miss explain.Key, f *Finding) {
	where := w.names()
	if miss.Text != "" && miss.End > miss.Start {
		where = fmt.Sprintf("%q stands in %s", miss.Text[miss.Start:miss.End], place(miss))
	}
	f.Reason, f.Text = miss.Rule, where+". "+miss.Because
	if at := listed(w, s); miss.Rule == string(record.RulePassedOver) && at != "" {
		f.Text = where + ". " + at + ", and nothing else is read."
	}
	if s.Record == nil {
		for _, n := range s.Notes {
			if n.Rule == string(explain.RulePerRevision) || n.Rule == string(explain.RuleUnconfirmed) {
				f.Reason, f.Text = n.Rule, where+". "+n.Text
			}
		}
		return
	}
	switch is := s.Compared; {
	case is != nil && (is.Rule == string(record.RuleRestart) || is.Rule == string(record.RuleRecreated)):
		f.Reason, f.Text = is.Rule, where+". "+is.Text
	case s.Record.RollbackToRevision > 0:
		f.Reason = string(record.RuleRestored)
		f.Text = fmt.Sprintf("%s. The release is a rollback: it has the issue keys of revision %d, which it restores.", where, s.Record.RollbackToRevision)
	case f.Reason != string(record.RuleFinished) && f.Reason != string(record.RuleCorrected):
		return
	}
	f.Text += fmt.Sprintf(" The record %s has %s.", s.Record.Name, list(s.Record.Issues))
	f.Command = q.correct(Record{Kind: "JiraDeployment", Namespace: w.Explanation.Workload.Namespace, Name: s.Record.Name, Issues: s.Record.Issues})
}

// place says where a key stands.
func place(k explain.Key) string {
	if k.Place == string(record.PlaceImage) {
		return "the image " + k.Name
	}
	return k.Name + " of the " + k.Place
}

// listed says that a list of issue keys hides other texts; nothing where there is none.
func listed(w Workload, s explain.Site) string {
	sources := rollout.SourcesOf(w.Object)
	for _, t := range s.Texts {
		if t.Rule != string(record.RuleListed) && t.Rule != string(record.RuleListedAnew) {
			continue
		}
		value, is := sources.TemplateAnnotations[t.Name], "is there"
		if t.Place == string(record.PlaceWorkload) {
			value = sources.Annotations[t.Name]
		}
		if strings.TrimSpace(value) == "" {
			is = "is there, and is empty"
		}
		return fmt.Sprintf("%s of the %s %s", t.Name, t.Place, is)
	}
	return ""
}

// nearly says that a text names the issue in a way that nobody reads.
func (q *question) nearly(w Workload, s explain.Site, f *Finding) {
	f.rank = rankNearly
	f.Reason, f.Text = ReasonNotAKey, fmt.Sprintf("%s, which is not read as %s.", w.names(), q.Issue)
	if at := listed(w, s); at != "" {
		f.Reason, f.rank = string(record.RuleListed), rankText
		f.Text = fmt.Sprintf("%s. %s, and has a typo or names other issues: nothing else is read.", w.names(), at)
	}
}

// noRelease says why there is no record of a workload whose texts name the issue.
func (q *question) noRelease(w Workload, s explain.Site, f Finding) Finding {
	f.rank, f.Reason, f.Text = rankNoRelease, ReasonNotReported, w.names()+", and there is no record of the release."
	if s.Compared != nil {
		f.Reason, f.Text = s.Compared.Rule, w.names()+". "+s.Compared.Text
	}
	for _, n := range s.Notes {
		f.Reason, f.Text = n.Rule, w.names()+". "+n.Text
	}
	f.Do = adviceFor(f.Reason).do
	return f
}

// regressed says that the revisions of a workload are numbered anew.
func (q *question) regressed(w Workload, s explain.Site, f Finding) Finding {
	f.rank, f.Reason, f.Do = rankNoRelease, ReasonRevisionRegressed, adviceFor(ReasonRevisionRegressed).do
	f.Text = fmt.Sprintf("%s. The workload's revisions are numbered anew: this one is %d, and the newest record is of revision %d.",
		w.names(), w.Explanation.Revision, s.Compared.Revision)
	return f
}

// dropped says whether the record of a release leaves issues out for their number.
func (q *question) dropped(w Workload, s explain.Site) bool {
	return slices.ContainsFunc(q.Deployments, func(d v1alpha1.JiraDeployment) bool {
		return d.Namespace == w.Explanation.Workload.Namespace && d.Name == s.Record.Name && d.Spec.DroppedAssociations > 0
	})
}

// unwritten says why a record that should be there is not.
func (q *question) unwritten(w Workload, f Finding) Finding {
	f.rank = rankUnwritten
	for _, reason := range []string{v1alpha1.EventRecordRefused, v1alpha1.EventReleasesThrottled, v1alpha1.EventCorrectionsThrottled} {
		if event := q.eventAbout(w.Explanation.Workload, reason); event != nil {
			f.Reason, f.Text, f.Do, f.rank = reason, event.Message, adviceFor(reason).do, rankRefused
			f.Command = fmt.Sprintf("kubectl -n %s describe %s %s", w.Explanation.Workload.Namespace, strings.ToLower(w.Explanation.Workload.Kind), w.Explanation.Workload.Name)
			return f
		}
	}
	since := w.Object.GetCreationTimestamp().Time
	if of := w.Explanation.Since; of != nil && of.After(since) {
		since = *of
	}
	switch {
	case q.Now.Sub(since) < settling:
		f.Reason, f.Text, f.Do = ReasonBeingRecorded, "The release is new, and its record is not written yet.", "Look again in a minute."
	default:
		f.Reason, f.Text = ReasonNotWatched, w.names()+", and no manager has recorded the release. None works, or it does not watch the namespace or the kind."
		f.Do = adviceFor(ReasonNotWatched).do
		f.Command = q.managerCommand()
	}
	return f
}
