// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"maps"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// created is when the workloads of the tests were created; at counts the minutes from there, and now is when
// they are looked at.
var (
	created = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	now     = at(600)
)

func at(minutes int) time.Time {
	return created.Add(time.Duration(minutes) * time.Minute)
}

// rolloutBuilder builds how the rollout of a Deployment in the namespace shop-prod stands.
type rolloutBuilder struct {
	r rollout.Rollout
}

// makeRollout returns the rollout of revision 1, finished a minute after the Deployment was created. It names
// no issue.
func makeRollout(name string) *rolloutBuilder {
	b := &rolloutBuilder{r: rollout.Rollout{
		Workload: rollout.Workload{
			APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop-prod", Name: name, UID: "uid-1", Created: created,
		},
		Sources: rollout.Sources{
			Annotations: map[string]string{}, Labels: map[string]string{},
			TemplateAnnotations: map[string]string{}, TemplateLabels: map[string]string{},
		},
	}}
	return b.Revision(1).Template("A").Successful(at(1))
}

func (b *rolloutBuilder) Revision(n int64) *rolloutBuilder {
	b.r.Revision = n
	return b
}

// Template sets the hash of the template: a letter, of which those of earlier revisions are told apart.
func (b *rolloutBuilder) Template(hash string) *rolloutBuilder {
	b.r.TemplateHash = hash
	return b
}

// Exact sets the exact hash.
func (b *rolloutBuilder) Exact(hash string) *rolloutBuilder {
	b.r.ExactHash = hash
	return b
}

func (b *rolloutBuilder) UID(uid types.UID) *rolloutBuilder {
	b.r.UID = uid
	return b
}

func (b *rolloutBuilder) Created(when time.Time) *rolloutBuilder {
	b.r.Created = when
	return b
}

// Written sets when the template was last written.
func (b *rolloutBuilder) Written(when time.Time) *rolloutBuilder {
	b.r.Written = when
	return b
}

func (b *rolloutBuilder) Namespace(name string) *rolloutBuilder {
	b.r.Namespace = name
	return b
}

func (b *rolloutBuilder) Pending(since time.Time) *rolloutBuilder {
	return b.state(rollout.Pending, since, "")
}

func (b *rolloutBuilder) InProgress(since time.Time) *rolloutBuilder {
	return b.state(rollout.InProgress, since, "")
}

func (b *rolloutBuilder) Successful(since time.Time) *rolloutBuilder {
	return b.state(rollout.Successful, since, "")
}

// Empty wants no pod.
func (b *rolloutBuilder) Empty(since time.Time) *rolloutBuilder {
	b.r.Empty = true
	return b.state(rollout.Pending, since, "It is to run no pod.")
}

// Pods sets how many pods are wanted, how many are of an earlier revision, and how many are not available. Nobody else
// watches over its progress.
func (b *rolloutBuilder) Pods(desired, outdated, unready int32) *rolloutBuilder {
	b.r.Unwatched, b.r.Remaining = true, rollout.Remaining{Desired: desired, Outdated: outdated, Unready: unready}
	return b
}

// Held waits for its unready pods.
func (b *rolloutBuilder) Held() *rolloutBuilder {
	b.r.Remaining.Held = true
	return b
}

// MinReady sets for how long a pod has to be ready.
func (b *rolloutBuilder) MinReady(d time.Duration) *rolloutBuilder {
	b.r.MinReady = d
	return b
}

func (b *rolloutBuilder) Failed(since time.Time) *rolloutBuilder {
	return b.state(rollout.Failed, since, `ReplicaSet "web-5d9" has timed out progressing.`)
}

func (b *rolloutBuilder) state(state rollout.State, since time.Time, message string) *rolloutBuilder {
	b.r.State, b.r.Since, b.r.Message = state, since, message
	return b
}

// Keys sets the explicit issue keys, on the pod template.
func (b *rolloutBuilder) Keys(text string) *rolloutBuilder {
	return b.TemplateAnnotation(v1alpha1.AnnotationIssueKeys, text)
}

func (b *rolloutBuilder) Annotation(name, value string) *rolloutBuilder {
	b.r.Annotations[name] = value
	return b
}

func (b *rolloutBuilder) Label(name, value string) *rolloutBuilder {
	b.r.Labels[name] = value
	return b
}

func (b *rolloutBuilder) TemplateAnnotation(name, value string) *rolloutBuilder {
	b.r.TemplateAnnotations[name] = value
	return b
}

func (b *rolloutBuilder) TemplateLabel(name, value string) *rolloutBuilder {
	b.r.TemplateLabels[name] = value
	return b
}

func (b *rolloutBuilder) Images(images ...string) *rolloutBuilder {
	b.r.Images = images
	return b
}

func (b *rolloutBuilder) Obj() *rollout.Rollout {
	r := b.r
	return &r
}

// siteBuilder builds a JiraSite.
type siteBuilder struct {
	site v1alpha1.JiraSite
}

// makeSite returns a site as the API server completes it: five revisions are kept, and a day after a deletion.
func makeSite(name string) *siteBuilder {
	return &siteBuilder{site: v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.JiraSiteSpec{
			Host:             name + ".atlassian.net",
			Restarts:         v1alpha1.RestartsIgnore,
			ProgressDeadline: metav1.Duration{Duration: 10 * time.Minute},
			Retention:        v1alpha1.Retention{Revisions: 5, AfterDeletion: metav1.Duration{Duration: 24 * time.Hour}},
		},
	}}
}

func (b *siteBuilder) Projects(keys ...string) *siteBuilder {
	b.site.Spec.Projects = keys
	return b
}

func (b *siteBuilder) KeyAnnotations(names ...string) *siteBuilder {
	b.site.Spec.IssueKeys.Annotations = names
	return b
}

func (b *siteBuilder) KeyLabels(names ...string) *siteBuilder {
	b.site.Spec.IssueKeys.Labels = names
	return b
}

func (b *siteBuilder) ReadsTags(tags, versions v1alpha1.KeyReading) *siteBuilder {
	b.site.Spec.IssueKeys.ImageTags, b.site.Spec.IssueKeys.VersionLabels = tags, versions
	return b
}

func (b *siteBuilder) Rules(rules ...v1alpha1.EnvironmentRule) *siteBuilder {
	b.site.Spec.Environments = rules
	return b
}

func (b *siteBuilder) Namespaces(selector metav1.LabelSelector) *siteBuilder {
	b.site.Spec.NamespaceSelector = &selector
	return b
}

func (b *siteBuilder) Excludes(globs ...string) *siteBuilder {
	b.site.Spec.ExcludeNamespaces = globs
	return b
}

// Texts sets the templates of a deployment's name and description.
func (b *siteBuilder) Texts(displayName, description string) *siteBuilder {
	b.site.Spec.Templates.DisplayName, b.site.Spec.Templates.Description = displayName, description
	return b
}

func (b *siteBuilder) Workloads(selector metav1.LabelSelector) *siteBuilder {
	b.site.Spec.WorkloadSelector = &selector
	return b
}

func (b *siteBuilder) URL(template string) *siteBuilder {
	b.site.Spec.Templates.URL = template
	return b
}

func (b *siteBuilder) ArgoCD(url string) *siteBuilder {
	b.site.Spec.GitOps.ArgoCDURL = url
	return b
}

func (b *siteBuilder) Pipeline(name, url string) *siteBuilder {
	b.site.Spec.Templates.PipelineName, b.site.Spec.Templates.PipelineURL = name, url
	return b
}

func (b *siteBuilder) ReportsRestarts() *siteBuilder {
	b.site.Spec.Restarts = v1alpha1.RestartsReport
	return b
}

func (b *siteBuilder) Keeps(revisions int32, afterDeletion time.Duration) *siteBuilder {
	b.site.Spec.Retention = v1alpha1.Retention{Revisions: revisions, AfterDeletion: metav1.Duration{Duration: afterDeletion}}
	return b
}

func (b *siteBuilder) DryRun() *siteBuilder {
	b.site.Spec.DryRun = true
	return b
}

func (b *siteBuilder) Obj() *v1alpha1.JiraSite {
	return b.site.DeepCopy()
}

// Compiled returns the compiled site; there must be nothing wrong with it.
func (b *siteBuilder) Compiled(t *testing.T) *Site {
	t.Helper()
	site, problems := Compile(b.Obj())
	if len(problems) > 0 {
		t.Fatalf("Compile() found %v", problems)
	}
	return site
}

// in selects what has one of the values for a label, notIn what has none of them.
func in(label string, values ...string) metav1.LabelSelector {
	return selecting(label, metav1.LabelSelectorOpIn, values)
}

func notIn(label string, values ...string) metav1.LabelSelector {
	return selecting(label, metav1.LabelSelectorOpNotIn, values)
}

func selecting(label string, operator metav1.LabelSelectorOperator, values []string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: label, Operator: operator, Values: values}}}
}

// recordBuilder builds a record as a plan for the site acme in the cluster eu-1 makes it, and Jira settles it.
type recordBuilder struct {
	d v1alpha1.JiraDeployment
	r *rollout.Rollout
}

// makeRecord returns the record of a rollout. The workload is named by its builder, so that a record and a
// observation speak of the same one.
func makeRecord(b *rolloutBuilder) *recordBuilder {
	site, _ := Compile(makeSite("acme").Obj())
	plan := site.Plan(Observation{
		Now: now, Cluster: "eu-1", Namespace: environment.Namespace{Name: b.r.Namespace}, LiveUID: b.r.UID, Rollout: b.Obj(),
	})
	if len(plan.Create) != 1 {
		panic(fmt.Sprintf("the rollout of revision %d has no record: give it keys", b.r.Revision))
	}
	record := &recordBuilder{d: *plan.Create[0], r: b.Obj()}
	// As of a version that did not write when it made a record.
	if delete(record.d.Annotations, v1alpha1.AnnotationRecordedAt); len(record.d.Annotations) == 0 {
		record.d.Annotations = nil
	}
	record.d.UID = types.UID("uid-of-" + record.d.Name)
	record.d.ResourceVersion = "1"
	record.d.CreationTimestamp = metav1.NewTime(b.r.Since)
	record.d.Generation = 1
	return record.Settled()
}

// State sets the state, and since when.
func (b *recordBuilder) State(state v1alpha1.DeploymentState, since time.Time) *recordBuilder {
	b.d.Spec.State, b.d.Spec.LastUpdated = state, metav1.NewTime(since)
	return b
}

// Labels sets all its labels.
func (b *recordBuilder) Labels(labels map[string]string) *recordBuilder {
	b.d.Labels = maps.Clone(labels)
	return b
}

func (b *recordBuilder) RollbackTo(revision int64) *recordBuilder {
	b.d.Spec.RollbackToRevision = revision
	b.d.Spec.Description = description(&b.d, b.r, "")
	return b
}

// Before sets how many pods were unavailable before its rollout began.
func (b *recordBuilder) Before(n string) *recordBuilder {
	metav1.SetMetaDataAnnotation(&b.d.ObjectMeta, v1alpha1.AnnotationUnavailableBefore, n)
	return b
}

// EnvironmentID sets the id that the environment had when the record was made.
func (b *recordBuilder) EnvironmentID(id string) *recordBuilder {
	b.d.Spec.Environment.ID = id
	return b
}

func (b *recordBuilder) GoneSince(when time.Time) *recordBuilder {
	return b.GoneSinceText(when.Format(time.RFC3339))
}

func (b *recordBuilder) GoneSinceText(text string) *recordBuilder {
	metav1.SetMetaDataAnnotation(&b.d.ObjectMeta, v1alpha1.AnnotationWorkloadGoneSince, text)
	return b
}

// Of notes a workload that was made anew, and goes on with the record.
func (b *recordBuilder) Of(uid types.UID) *recordBuilder {
	note(&b.d, uidPrint(uid))
	return b
}

func (b *recordBuilder) Settled() *recordBuilder {
	b.d.Status.DeliveredGeneration = b.d.Generation
	return b
}

func (b *recordBuilder) Unsettled() *recordBuilder {
	b.d.Status.DeliveredGeneration = 0
	return b
}

func (b *recordBuilder) Obj() *v1alpha1.JiraDeployment {
	return b.d.DeepCopy()
}

// observationBuilder builds what is known of a workload.
type observationBuilder struct {
	observation Observation
}

// observe returns an observation of a workload that is there, whose rollout stands so.
func observe(b *rolloutBuilder) *observationBuilder {
	return &observationBuilder{observation: Observation{
		Now: now, Cluster: "eu-1", Namespace: environment.Namespace{Name: b.r.Namespace}, LiveUID: b.r.UID, Rollout: b.Obj(),
	}}
}

// observeNothing returns an observation of a workload that is gone.
func observeNothing() *observationBuilder {
	return &observationBuilder{observation: Observation{Now: now, Cluster: "eu-1", Namespace: environment.Namespace{Name: "shop-prod"}}}
}

// Silent says that there is nothing to say of the rollout: its controller has not seen it, or the site does
// not select it.
func (b *observationBuilder) Silent() *observationBuilder {
	b.observation.Rollout = nil
	return b
}

// Unselected says that the site does not report the workload any more.
func (b *observationBuilder) Unselected() *observationBuilder {
	b.observation.Unselected = true
	return b
}

func (b *observationBuilder) At(when time.Time) *observationBuilder {
	b.observation.Now = when
	return b
}

func (b *observationBuilder) NamespaceLabel(name, value string) *observationBuilder {
	b.observation.Namespace.Labels = map[string]string{name: value}
	return b
}

func (b *observationBuilder) Records(records ...*recordBuilder) *observationBuilder {
	for _, record := range records {
		b.observation.Records = append(b.observation.Records, record.Obj())
	}
	return b
}

// Obj returns an observation that shares nothing with those that were returned before.
func (b *observationBuilder) Obj() Observation {
	observation := b.observation
	observation.Records = copies(observation.Records)
	return observation
}

func copies(records []*v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	var copied []*v1alpha1.JiraDeployment
	for _, record := range records {
		copied = append(copied, record.DeepCopy())
	}
	return copied
}
