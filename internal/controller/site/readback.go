// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// How often a record that Jira took is read again: once an hour; sooner where Jira had something else, or could not be asked, or
// where there was nothing to read; and once a day where the credential may not read.
const (
	readBackInterval     = time.Hour
	readBackRetry        = 15 * time.Minute
	readBackNotPermitted = 24 * time.Hour
)

// readBack is what is known of a site's read-back between two passes.
type readBack struct {
	// found is what was found last; nil where this manager has not read yet: then it is what the site's status says.
	found *v1alpha1.ReadBackStatus
	// since is when this manager first saw the site, and nothingUntil until when there is nothing to read.
	since, nothingUntil time.Time
	// readNow says that the site has another credential than before.
	readNow bool
}

// nextReadBack returns when the site is read back next.
func (p *pass) nextReadBack() time.Time {
	s, last := p.state, p.lastReadBack()
	next := last.Time.Time
	switch {
	case s.readNow:
		return time.Time{}
	case last.Time.IsZero(), s.found == nil && next.After(s.since): // whose clock was ahead is not believed
		next = s.since.Add(spread(readBackInterval, p.site.UID, s.since))
	case last.Result == v1alpha1.ReadBackNotPermitted:
		next = next.Add(readBackNotPermitted)
	case last.Result == v1alpha1.ReadBackSame:
		next = next.Add(readBackInterval - spread(readBackInterval/10, p.site.UID, next))
	default:
		next = next.Add(readBackRetry)
	}
	if s.nothingUntil.After(next) {
		return s.nothingUntil
	}
	return next
}

func (p *pass) lastReadBack() v1alpha1.ReadBackStatus {
	if p.state.found != nil {
		return *p.state.found
	}
	return p.site.Status.ReadBack
}

// readBack asks Jira for a record that it took: that it took it does not say that it stored it. Whatever it finds, the site
// stays Ready: only a probe says that it is not.
func (r *Reconciler) readBack(ctx context.Context, p *pass) (bool, error) {
	now := r.Now()
	if left := max(p.nextReadBack().Sub(now), p.state.pace.Delay(now)); left > 0 {
		p.requeue(left)
		return true, nil
	}
	var found *v1alpha1.ReadBackStatus
	for _, k := range kinds {
		all, err := r.readKind(ctx, p, p.state.ofKind(k))
		if err != nil {
			return false, err
		}
		for i := range all {
			if found == nil || weight(all[i].Result) > weight(found.Result) {
				found = &all[i]
			}
		}
	}
	if p.state.readNow = false; found == nil {
		p.state.nothingUntil = now.Add(readBackRetry)
	} else {
		p.state.found = found
	}
	p.requeue(p.nextReadBack().Sub(now))
	return true, nil
}

// weight says which of several results a site tells: what a person should know first.
func weight(result v1alpha1.ReadBackResult) int {
	switch {
	case result.Differs():
		return 3
	case result == v1alpha1.ReadBackError:
		return 2
	case result == v1alpha1.ReadBackSame:
		return 1
	}
	return 0
}

// readKind reads what is to be read of the records of a kind.
func (r *Reconciler) readKind(ctx context.Context, p *pass, d *delivery) ([]v1alpha1.ReadBackStatus, error) {
	now := r.Now()
	if d.refusal.err != nil || now.Before(d.readAfter) {
		return nil, nil
	}
	records, err := d.kind.list(ctx, r.Client, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list records to read back: %w", err)
	}
	last := p.lastReadBack()
	var differed v1alpha1.RecordReference
	if last.Record.Kind == d.kind.name && (last.Result.Differs() || meta.IsStatusConditionTrue(p.site.Status.Conditions, v1alpha1.ConditionReadBackDiffers)) {
		differed = last.Record
	}
	var all []v1alpha1.ReadBackStatus
	for _, record := range outbox.ToReadBack(newest(records, p.site.Name, d.kind), differed, last.Time.Time, now, chance(p.site.UID, now)) {
		p.state.pace.Take(now)
		told, stored, err := d.kind.read(ctx, p.state.client, record)
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		p.state.pace.Answered(err, r.Now())
		result, message := outbox.Compare(p.site.Name, told, stored, err)
		if result == v1alpha1.ReadBackNotPermitted {
			d.readAfter = now.Add(readBackNotPermitted)
		}
		ctrl.LoggerFrom(ctx).V(1).Info("Read back", "kind", d.kind.name, "namespace", record.GetNamespace(), "record", record.GetName(), "result", result)
		r.Metrics.ReadBack(p.site.Name, resultLabel(result))
		r.sayStored(ctx, record, result, message)
		all = append(all, v1alpha1.ReadBackStatus{
			Time: toSeconds(now), Result: result, Message: message,
			Record: v1alpha1.RecordReference{Kind: d.kind.name, Namespace: record.GetNamespace(), Name: record.GetName()},
		})
	}
	return all, nil
}

// newest returns the records of a site, but for those of which Jira has a later one under the same key.
func newest(records []v1alpha1.Record, site string, of *kind) []v1alpha1.Record {
	var mine []v1alpha1.Record
	var messages []outbox.Message
	for _, d := range records {
		if d.GetSite() == site {
			mine, messages = append(mine, d), append(messages, of.message(d, nil))
		}
	}
	isNewest, found := outbox.Newest(messages), mine[:0]
	for _, d := range mine {
		if isNewest[d.GetUID()] {
			found = append(found, d)
		}
	}
	return found
}

// resultLabel is a result as the metric has it.
func resultLabel(result v1alpha1.ReadBackResult) string {
	if result == v1alpha1.ReadBackNotPermitted {
		return "error"
	}
	return strings.ToLower(string(result))
}

// sayStored has a record say that Jira has something else than it took, or not any more.
func (r *Reconciler) sayStored(ctx context.Context, d v1alpha1.Record, result v1alpha1.ReadBackResult, message string) {
	condition := metav1.Condition{
		Type: v1alpha1.ConditionStored, Status: metav1.ConditionFalse, ObservedGeneration: d.GetGeneration(), Reason: string(result), Message: message,
	}
	var status map[string]any
	switch known := meta.FindStatusCondition(d.GetRecordStatus().Conditions, condition.Type); {
	case result.Differs() && !says(d, condition):
		status = sourceStatus(d, condition)
	case result == v1alpha1.ReadBackSame && known != nil:
		status = sourceStatus(d)
		conditions := status["conditions"].([]metav1.Condition)
		meta.RemoveStatusCondition(&conditions, condition.Type)
		status["conditions"] = conditions
	default:
		return
	}
	if err := patchStatus(ctx, r.Client, d, status); err != nil {
		if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) { // else the record has changed, and is read another time
			ctrl.LoggerFrom(ctx).Error(err, "Could not write what Jira has of a record; it is tried again", "namespace", d.GetNamespace(), "record", d.GetName())
		}
		return
	}
	if result.Differs() {
		regarding, related := record.Subject(d)
		r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, v1alpha1.EventReadBackDiffers, "ReadBack", "%s", message)
	}
}

// reportReadBack writes what was found last into a site's status. What was found before stands where Jira could not be asked.
func (p *pass) reportReadBack(status *v1alpha1.JiraSiteStatus) {
	found := p.state.found
	if found == nil {
		return
	}
	status.ReadBack = *found
	switch {
	case found.Result.Differs():
		meta.SetStatusCondition(&status.Conditions, metav1.Condition{
			Type: v1alpha1.ConditionReadBackDiffers, Status: metav1.ConditionTrue, ObservedGeneration: p.site.Generation,
			Reason: string(found.Result), Message: readBackMessage(*found),
		})
	case found.Result == v1alpha1.ReadBackSame:
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.ConditionReadBackDiffers)
	}
}

func readBackMessage(found v1alpha1.ReadBackStatus) string {
	of := found.Record
	return outbox.Bounded(fmt.Sprintf("%s %s/%s: %s", of.Kind, of.Namespace, of.Name, found.Message))
}
