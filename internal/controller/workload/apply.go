// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// step is a kind of write that a plan has.
type step struct {
	verb    string
	records []*v1alpha1.JiraDeployment
	write   func(context.Context, *v1alpha1.JiraDeployment, expectations) error
	// slowed is the reason of the Event that says that there are too many; empty where there never are.
	slowed string
}

// apply writes what a plan says. What is closed is written before what is new: after a crash between the two the next
// pass goes on from there. A record that is refused, or that changed meanwhile, holds up no other update. Where the plan was
// made from an outdated record, nothing is created and nothing deleted: that may have been planned from the same record. The
// next pass asks the API server for it, and is not held up by it again. Any other error ends the plan.
//
// What is written too often waits: apply returns how long.
func (r *Reconciler) apply(ctx context.Context, plan record.Plan, records []*v1alpha1.JiraDeployment, expected expectations) (after time.Duration, errs []error) {
	outdated := false
	for _, s := range []step{
		{"update", plan.Update, r.update, v1alpha1.EventCorrectionsThrottled},
		{"create", plan.Create, r.create, v1alpha1.EventReleasesThrottled},
		{"delete", plan.Delete, r.remove, ""},
		{"merge", plan.Merge, r.merge, ""},
	} {
		if outdated {
			break
		}
		for _, d := range s.records {
			if left := r.slow(s, d); left > 0 {
				after = sooner(after, left)
				continue
			}
			asked, generation := expected[d.Name].asked, d.Generation
			err := s.write(ctx, d, expected)
			if err == nil {
				r.noteWrite(s, d, generation)
				if u := plan.Unmapped; u != nil && u.Record == d {
					r.emitUnmapped(u)
				}
				r.emitPlanned(plan.Events, d)
				r.countEnd(s, d, records)
				continue
			}
			ctrl.LoggerFrom(ctx).V(1).Info("Could not write record", "verb", s.verb, "record", d.Name, "error", err.Error())
			switch reason := Refusal(err); {
			case apierrors.IsConflict(err), errors.Is(err, ErrOutdated):
				errs, outdated = append(errs, ErrOutdated), outdated || !asked
			case reason != "":
				errs = append(errs, r.refused(d, string(reason), err))
			default:
				return after, append(errs, fmt.Errorf("%s JiraDeployment: %w", s.verb, err))
			}
		}
	}
	if d := plan.Crowded; d != nil {
		errs = append(errs, r.refused(d, "Crowded", ErrCrowded))
	}
	return after, errs
}

// countEnd counts a rollout that ended, as the write of its record says.
func (r *Reconciler) countEnd(s step, d *v1alpha1.JiraDeployment, records []*v1alpha1.JiraDeployment) {
	if s.slowed == "" {
		return // it is deleted
	}
	if end, ended := record.EndOf(d, records); ended {
		r.Metrics.DeploymentFinished(d.Spec.Site, string(d.Spec.Environment.Type), string(d.Spec.State), end.Took, end.Restored)
	}
}

// refused says that a record is not written, and that it is tried again later.
func (r *Reconciler) refused(d *v1alpha1.JiraDeployment, reason string, err error) error {
	r.Metrics.Refused(d.Spec.Site, reason)
	r.warn(d, v1alpha1.EventRecordRefused, "The rollout is not recorded for JiraSite %s, and tried again later: %v", d.Spec.Site, err)
	return ErrRefused
}

// update writes a changed record. Until the cache shows another version of the record, the next pass plans with it as it
// was written, or asks for it.
func (r *Reconciler) update(ctx context.Context, d *v1alpha1.JiraDeployment, expected expectations) error {
	shown := expected.shown(d)
	if record.Trimmed(d) {
		var live v1alpha1.JiraDeployment
		if err := r.APIReader.Get(ctx, client.ObjectKeyFromObject(d), &live); err != nil {
			return client.IgnoreNotFound(err)
		}
		*d = *record.Restore(d, &live)
	}
	err := r.Update(ctx, d)
	switch {
	case err == nil:
		expected[d.Name] = expectation{assumed: d, at: r.Now(), outdated: shown}
	case expected.has(d.Name), apierrors.IsConflict(err):
		expected[d.Name] = expectation{outdated: shown}
	}
	return client.IgnoreNotFound(err)
}

// create writes a new record, and expects the cache to show it.
func (r *Reconciler) create(ctx context.Context, d *v1alpha1.JiraDeployment, expected expectations) error {
	began := r.Now()
	err := r.Create(ctx, d)
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return nil // there is nowhere left to write to
	case apierrors.IsAlreadyExists(err):
		if expected.has(d.Name) {
			return err // it is not this workload's
		}
		expected[d.Name] = expectation{}
		return ErrOutdated // the next pass asks for it
	case err != nil:
		return err
	}
	expected[d.Name] = expectation{assumed: d, at: r.Now()}
	r.Tracer.Created(d, began, r.Now())
	r.emitEvents(d)
	ctrl.LoggerFrom(ctx).Info("Recorded rollout", "record", d.Name, "site", d.Spec.Site,
		"revision", d.Spec.Revision, "state", d.Spec.State, "issues", len(d.Spec.IssueKeys))
	return nil
}

func (r *Reconciler) remove(ctx context.Context, d *v1alpha1.JiraDeployment, expected expectations) error {
	err := r.Delete(ctx, d, client.Preconditions{UID: &d.UID, ResourceVersion: &d.ResourceVersion})
	if expected.has(d.Name) || apierrors.IsConflict(err) {
		expected[d.Name] = expectation{outdated: expected.shown(d)}
	}
	return client.IgnoreNotFound(err)
}

// merge deletes a record that Jira was never told of.
func (r *Reconciler) merge(ctx context.Context, d *v1alpha1.JiraDeployment, expected expectations) error {
	err := r.remove(ctx, d, expected)
	if err == nil {
		r.Metrics.Merged(d.Spec.Site)
	}
	return err
}
