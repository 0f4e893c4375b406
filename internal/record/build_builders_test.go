// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// buildBuilder builds how a run of the pipeline shop-ci in the namespace ci stands.
type buildBuilder struct{ b build.Build }

// makeBuild returns a Job that is selected, was created when the workloads of the tests were, and began a minute later. It
// names no issue.
func makeBuild(name string) *buildBuilder {
	b := &buildBuilder{b: build.Build{
		APIVersion: "batch/v1", Kind: "Job", Namespace: "ci", Name: name, UID: types.UID("uid-of-" + name), Created: created,
		Labels: map[string]string{v1alpha1.LabelBuild: "true"}, Annotations: map[string]string{},
		PipelineKind: "CronJob", PipelineName: "shop-ci",
	}}
	return b.State(build.InProgress, at(1))
}

func (b *buildBuilder) State(state build.State, since time.Time) *buildBuilder {
	b.b.State, b.b.Since = state, since
	return b
}

func (b *buildBuilder) Created(when time.Time) *buildBuilder {
	b.b.Created = when
	return b
}

func (b *buildBuilder) UID(uid string) *buildBuilder {
	b.b.UID = types.UID(uid)
	return b
}

func (b *buildBuilder) Message(text string) *buildBuilder {
	b.b.Message = text
	return b
}

func (b *buildBuilder) Cancelling() *buildBuilder {
	b.b.Cancelling = true
	return b
}

func (b *buildBuilder) Label(name, value string) *buildBuilder {
	b.b.Labels[name] = value
	return b
}

func (b *buildBuilder) Annotation(name, value string) *buildBuilder {
	b.b.Annotations[name] = value
	return b
}

// Keys sets the explicit issue keys.
func (b *buildBuilder) Keys(text string) *buildBuilder {
	return b.Annotation(v1alpha1.AnnotationIssueKeys, text)
}

// Text adds a text that is read for issue keys.
func (b *buildBuilder) Text(value string) *buildBuilder {
	b.b.Texts = append(b.b.Texts, build.Text{Name: "spec.text", Value: value})
	return b
}

// Of sets what is built.
func (b *buildBuilder) Of(repository, revision, ref string) *buildBuilder {
	b.b.Repository, b.b.Revision, b.b.Ref = repository, revision, ref
	return b
}

func (b *buildBuilder) Images(digests ...string) *buildBuilder {
	b.b.Images = digests
	return b
}

func (b *buildBuilder) Numbered(n int64) *buildBuilder {
	b.b.Number = n
	return b
}

func (b *buildBuilder) URL(link string) *buildBuilder {
	b.b.URL = link
	return b
}

func (b *buildBuilder) Tests(tests build.Tests) *buildBuilder {
	b.b.Tests = &tests
	return b
}

func (b *buildBuilder) TestsProblem(text string) *buildBuilder {
	b.b.TestsProblem = text
	return b
}

func (b *buildBuilder) NotUnderstood(why string) *buildBuilder {
	b.b.NotUnderstood, b.b.Annotations, b.b.Texts = why, nil, nil
	return b
}

func (b *buildBuilder) Obj() *build.Build {
	copied := b.b
	return &copied
}

// buildRecord builds a record of a run as a plan for the site acme makes it, and Jira settles it.
type buildRecord struct{ r *v1alpha1.JiraBuild }

// recorded returns the record of a run.
func recorded(b *buildBuilder) *buildRecord {
	site, _ := Compile(makeSite("acme").Obj())
	plan := site.PlanBuild(watch(b).obj())
	if plan.Create == nil {
		panic(fmt.Sprintf("the run %s has no record: give it keys", b.b.Name))
	}
	r := plan.Create
	r.UID, r.ResourceVersion, r.Generation = types.UID("uid-of-"+r.Name), "1", 1
	r.CreationTimestamp = metav1.NewTime(b.b.Created)
	r.Status.DeliveredGeneration = 1
	return &buildRecord{r}
}

func (r *buildRecord) State(state v1alpha1.BuildState, since time.Time) *buildRecord {
	r.r.Spec.State, r.r.Spec.LastUpdated = state, metav1.NewTime(since)
	return r
}

func (r *buildRecord) Annotation(name, value string) *buildRecord {
	annotate(r.r, name, value)
	return r
}

func (r *buildRecord) Unsettled() *buildRecord {
	r.r.Status.DeliveredGeneration = 0
	return r
}

func (r *buildRecord) Change(change func(*v1alpha1.JiraBuild)) *buildRecord {
	change(r.r)
	return r
}

func (r *buildRecord) Obj() *v1alpha1.JiraBuild { return r.r.DeepCopy() }

// watching builds what is known of a run.
type watching struct{ o BuildObservation }

// watch returns an observation of a run that is there.
func watch(b *buildBuilder) *watching {
	return &watching{BuildObservation{
		Now: now, Cluster: "eu-1", ClusterUID: "uid-of-eu-1", Namespace: environment.Namespace{Name: "ci"},
		OperatorNamespace: "rollcall-system", Build: b.Obj(),
	}}
}

// miss returns an observation of a run that is gone, and of which nobody saw the end.
func miss(r *buildRecord) *watching {
	w := watch(makeBuild("unseen")).Record(r).Gone()
	w.o.Build = nil
	return w
}

func (w *watching) Gone() *watching {
	w.o.Gone = true
	return w
}

func (w *watching) At(when time.Time) *watching {
	w.o.Now = when
	return w
}

// Record sets the run's own record, which is one of its pipeline's.
func (w *watching) Record(r *buildRecord) *watching {
	w.o.Record = r.Obj()
	return w.Pipeline(r)
}

// Pipeline adds records of the same pipeline.
func (w *watching) Pipeline(records ...*buildRecord) *watching {
	for _, r := range records {
		w.o.Pipeline = append(w.o.Pipeline, r.Obj())
	}
	return w
}

func (w *watching) Asks(ask func(Question) Answer) *watching {
	w.o.Ask = ask
	return w
}

func (w *watching) In(ns environment.Namespace) *watching {
	w.o.Namespace, w.o.Build.Namespace = ns, ns.Name
	return w
}

func (w *watching) obj() BuildObservation { return w.o }

// Plan plans for a site, and checks that the records of the observation stay as they are.
func (w *watching) Plan(t *testing.T, site *Site) BuildPlan {
	t.Helper()
	before := w.o.Record.DeepCopy()
	plan := site.PlanBuild(w.o)
	if diff := cmp.Diff(before, w.o.Record); diff != "" {
		t.Errorf("the plan changed the record of the observation, which is the cache's:\n%s", diff)
	}
	if plan.Create != nil && plan.Update != nil {
		t.Error("the plan creates a record, and updates one")
	}
	return plan
}

// Written returns the record as it is after the plan for the site acme.
func (w *watching) Written(t *testing.T, site *siteBuilder) *v1alpha1.JiraBuild {
	t.Helper()
	plan := w.Plan(t, site.Compiled(t))
	switch {
	case plan.Create != nil:
		return plan.Create
	case plan.Update != nil:
		return plan.Update
	case w.o.Record != nil:
		return w.o.Record
	}
	t.Fatal("the run has no record")
	return nil
}

// Builds sets which runs are builds.
func (b *siteBuilder) Builds(of v1alpha1.Builds) *siteBuilder {
	b.site.Spec.Builds = of
	return b
}

func (b *siteBuilder) BuildURL(template string) *siteBuilder {
	b.site.Spec.Templates.BuildURL = template
	return b
}

func (b *siteBuilder) Created(when time.Time) *siteBuilder {
	b.site.CreationTimestamp = metav1.NewTime(when)
	return b
}

// selectingNothing returns a selector that does not parse.
func selectingNothing() metav1.LabelSelector { return selecting("a", "Near", nil) }
