// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// write plans and writes. A record that the cache does not show as the API server has it is asked for once, and planned with
// anew.
func (r *Reconciler) write(ctx context.Context, site *record.Site, o record.BuildObservation, known *remembered) (time.Duration, error) {
	plan, err := r.plan(ctx, site, o)
	if err != nil {
		return 0, err
	}
	if left := r.slow(plan.Update, o.Record); left > 0 {
		return left, nil
	}
	err = r.apply(ctx, plan, o.Record)
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		live := &v1alpha1.JiraBuild{}
		if err := r.APIReader.Get(ctx, client.ObjectKeyFromObject(written(plan)), live); err != nil {
			return 0, errors.Join(client.IgnoreNotFound(err), workload.ErrOutdated)
		}
		if o.Record = live; live.Spec.Run == nil || live.Spec.Run.UID != uidOf(o, live) {
			return 0, r.refused(written(plan), "AlreadyExists", errors.New("another record has its name"))
		}
		if plan, err = r.plan(ctx, site, o); err == nil {
			err = r.apply(ctx, plan, o.Record)
		}
	}
	switch reason := workload.Refusal(err); {
	case apierrors.IsConflict(err):
		return 0, workload.ErrOutdated
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return 0, nil // there is nowhere left to write to
	case reason != "":
		return 0, r.refused(written(plan), string(reason), err)
	case err != nil:
		return 0, fmt.Errorf("write JiraBuild: %w", err)
	}
	r.tell(site.Name(), plan, o, known)
	if plan.Crowded != nil {
		return plan.RequeueAfter, r.refused(plan.Crowded, "Crowded", workload.ErrCrowded)
	}
	return plan.RequeueAfter, nil
}

// uidOf returns the UID that a record has to be of: the run's, where that is known.
func uidOf(o record.BuildObservation, live *v1alpha1.JiraBuild) types.UID {
	if o.Build != nil {
		return o.Build.UID
	}
	return live.Spec.Run.UID
}

// plan returns what should happen to the record of a run.
func (r *Reconciler) plan(ctx context.Context, site *record.Site, o record.BuildObservation) (record.BuildPlan, error) {
	pipeline := ""
	switch {
	case o.Record != nil:
		pipeline = o.Record.Spec.PipelineID
	case o.Build != nil && site.SelectsRun(o.Namespace, o.Build, r.Namespace):
		pipeline = record.BuildPipelineID(r.Cluster, o.Build)
	default:
		return record.BuildPlan{}, nil
	}
	var list v1alpha1.JiraBuildList
	of := client.MatchingFields{indexPipeline: pipelineIndex(site.Name(), pipeline)}
	if err := r.List(ctx, &list, client.InNamespace(o.Namespace.Name), of, client.UnsafeDisableDeepCopy); err != nil {
		return record.BuildPlan{}, fmt.Errorf("list records: %w", err)
	}
	for i := range list.Items {
		o.Pipeline = append(o.Pipeline, &list.Items[i])
	}
	return site.PlanBuild(o), nil
}

// apply writes what a plan says. What an update does not change, it does not write: the cache keeps no more of a record than is
// read.
func (r *Reconciler) apply(ctx context.Context, plan record.BuildPlan, old *v1alpha1.JiraBuild) error {
	switch {
	case plan.Create != nil:
		began := r.Now()
		if err := r.Create(ctx, plan.Create); err != nil {
			return err
		}
		b := plan.Create
		r.Tracer.Created(b, began, r.Now())
		r.noteWrite(b, 0)
		ctrl.LoggerFrom(ctx).Info("Recorded build", "record", b.Name, "site", b.Spec.Site, "state", b.Spec.State, "issues", len(b.Spec.IssueKeys))
	case plan.Update != nil:
		patch := client.MergeFromWithOptions(old, client.MergeFromWithOptimisticLock{})
		if err := client.IgnoreNotFound(r.Patch(ctx, plan.Update, patch)); err != nil {
			return err
		}
		r.noteWrite(plan.Update, old.Generation)
	}
	for _, b := range plan.Delete {
		if err := r.remove(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a record, unless it has changed.
func (r *Reconciler) remove(ctx context.Context, b *v1alpha1.JiraBuild) error {
	err := client.IgnoreNotFound(r.Delete(ctx, b, client.Preconditions{UID: &b.UID, ResourceVersion: &b.ResourceVersion}))
	if apierrors.IsConflict(err) {
		return nil // the change is observed as well
	}
	return err
}

// written returns the record that a plan writes.
func written(plan record.BuildPlan) *v1alpha1.JiraBuild {
	if plan.Create != nil {
		return plan.Create
	}
	return plan.Update
}

// tell makes the Events of a plan that is written, and counts a run without a record once.
func (r *Reconciler) tell(site string, plan record.BuildPlan, o record.BuildObservation, known *remembered) {
	for _, event := range plan.Events {
		r.warn(written(plan), event.Reason, event.Note)
		if event.Reason == v1alpha1.EventIssueKeysTruncated {
			r.Metrics.Truncated(site, "JiraBuild")
		}
	}
	if b := written(plan); b != nil && !b.Unfinished() && b.Spec.OperationType != v1alpha1.OperationBackfill && (o.Record == nil || o.Record.Spec.State != b.Spec.State) {
		r.Metrics.BuildFinished(site, string(b.Spec.State))
	}
	switch {
	case plan.Unkeyed && known.skip(o.Build.UID, site):
		r.Metrics.SkippedBuild(site, "NoIssueKey")
	case plan.NotUnderstood != "" && known.skip(o.Build.UID, site):
		r.Metrics.SkippedBuild(site, v1alpha1.EventNotUnderstood)
		regarding := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: o.Build.Namespace, Name: o.Build.Name, UID: o.Build.UID}}
		regarding.SetGroupVersionKind(r.Kind.Kind)
		r.emit(regarding, nil, v1alpha1.EventNotUnderstood, fmt.Sprintf("The run is not reported to JiraSite %s: %s. It is once that is mended.", site, plan.NotUnderstood))
	}
}

// refused says that a record is not written, and that it is tried again later.
func (r *Reconciler) refused(b *v1alpha1.JiraBuild, reason string, err error) error {
	if b == nil {
		return workload.ErrRefused
	}
	r.Metrics.Refused(b.Spec.Site, reason)
	r.warn(b, v1alpha1.EventRecordRefused, fmt.Sprintf("The build is not recorded for JiraSite %s, and tried again later: %v", b.Spec.Site, err))
	return workload.ErrRefused
}

// maxNote is the longest message that the API server takes for an Event, in bytes.
const maxNote = 1024

func (r *Reconciler) warn(b *v1alpha1.JiraBuild, reason, note string) {
	regarding, related := record.Subject(b)
	r.emit(regarding, related, reason, note)
}

func (r *Reconciler) emit(regarding, related runtime.Object, reason, note string) {
	r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Record", "%s", strings.ToValidUTF8(note[:min(len(note), maxNote)], ""))
}
