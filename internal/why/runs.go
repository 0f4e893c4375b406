// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// readRuns says of the runs whose texts name the issue why Jira has no build of them with it.
func (q *question) readRuns() {
	for i := range q.Runs {
		run := &q.Runs[i]
		if q.hasBuild(run) {
			continue
		}
		for j := range q.Sites {
			site, _ := record.Compile(&q.Sites[j])
			q.add(q.run(run, site))
		}
	}
}

// hasBuild says whether a run has a record with the issue.
func (q *question) hasBuild(run *Run) bool {
	return slices.ContainsFunc(q.answer.Records, func(r Record) bool {
		return r.Kind == "JiraBuild" && r.Namespace == run.Object.GetNamespace() && r.Workload == run.Kind+"/"+run.Object.GetName()
	})
}

// run says why a site has no record of a run with the issue.
func (q *question) run(run *Run, site *record.Site) Finding {
	o := run.Object
	f := Finding{
		Object: fmt.Sprintf("%s %s/%s", run.Kind, o.GetNamespace(), o.GetName()), Site: site.Name(), rank: rankSelection,
		Command: fmt.Sprintf("kubectl -n %s describe %s %s", o.GetNamespace(), strings.ToLower(run.Kind), o.GetName()),
	}
	names := Workload{Places: run.Places}.names()
	namespace := q.Namespaces[o.GetNamespace()]
	namespace.Name = o.GetNamespace()
	observation := record.BuildObservation{Now: q.Now, Cluster: q.Cluster, Namespace: namespace, OperatorNamespace: q.Operator, Build: &run.Build}
	plan := site.PlanBuild(observation)
	if plan.Create != nil {
		observation.Pipeline = q.pipeline(&plan.Create.Spec)
		plan = site.PlanBuild(observation)
	}
	switch {
	case !q.selects(site, namespace):
		f.Reason, f.Text = v1alpha1.ReasonNotSelected, fmt.Sprintf("%s, and JiraSite %s does not select the namespace.", names, site.Name())
	case plan.NotUnderstood != "":
		f.Reason, f.Text = v1alpha1.EventNotUnderstood, "The run is not reported: "+plan.NotUnderstood+"."
	case plan.Unkeyed:
		f.Reason, f.rank = v1alpha1.ReasonNoIssueKeys, rankText
		f.Text = names + ", and nothing that is read of the run names an issue of the site's projects."
		if list, listed := o.GetAnnotations()[v1alpha1.AnnotationIssueKeys]; listed && !NewFinder(q.Issue).nearly.MatchString(list) {
			f.Reason, f.Text = string(record.RuleListed), names+". "+v1alpha1.AnnotationIssueKeys+" is there, and nothing else is read."
		}
	case !site.SelectsRun(namespace, &run.Build, q.Operator):
		f.Reason, f.Text, f.rank = ReasonNotLabelled, names+", and no label says that the run builds.", rankNoRelease
	case plan.Create == nil:
		f.Reason, f.Text, f.rank = ReasonRetired, names+". The run ended long ago: newer ones of its pipeline have the records.", rankFormer
	case q.Now.Sub(o.GetCreationTimestamp().Time) < settling:
		f.Reason, f.Text = ReasonBeingRecorded, "The run is new, and its record is not written yet."
	default:
		f.Reason, f.rank = ReasonNotWatched, rankUnwritten
		f.Text = fmt.Sprintf("%s, and no manager has recorded the build. None works, or its flag --builds does not name the kind.", names)
		f.Command = q.managerCommand()
	}
	f.Do = adviceFor(f.Reason).do
	return f
}

// pipeline returns the records of a build's pipeline at its site.
func (q *question) pipeline(of *v1alpha1.JiraBuildSpec) []*v1alpha1.JiraBuild {
	var found []*v1alpha1.JiraBuild
	for i := range q.Builds {
		if spec := &q.Builds[i].Spec; spec.Site == of.Site && spec.PipelineID == of.PipelineID {
			found = append(found, &q.Builds[i])
		}
	}
	return found
}

func (q *question) selects(site *record.Site, namespace environment.Namespace) bool {
	return site.SelectsNamespace(namespace, q.Operator)
}
