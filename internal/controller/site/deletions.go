// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// How many deleted records wait for the next pass over their site, and how large they are in sum. Of as many the outbox
// keeps what Jira is told.
const (
	maxDeletions     = 1_000
	maxDeletionBytes = 16 << 20
)

// deletions are the records that were deleted before Jira knew how they ended, until the next pass over their site. The
// zero value is ready for use.
type deletions struct {
	mu     sync.Mutex
	bySite map[string]*deleted
}

// deleted are those of one site, and how many there were besides.
type deleted struct {
	records outbox.Shares[v1alpha1.Record]
	dropped int
}

func (d *deletions) add(record v1alpha1.Record) {
	size := 0
	if text, err := json.Marshal(record); err == nil { // a record is plain data
		size = len(text)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bySite == nil {
		d.bySite = map[string]*deleted{}
	}
	of := d.bySite[record.GetSite()]
	if of == nil {
		of = &deleted{records: outbox.Shares[v1alpha1.Record]{Most: maxDeletions, MostBytes: maxDeletionBytes}}
		d.bySite[record.GetSite()] = of
	}
	of.dropped += len(of.records.Add(record.GetNamespace(), size, record))
}

// take returns the records of a site, and how many had to be dropped.
func (d *deletions) take(site string) (records []v1alpha1.Record, dropped int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	of := d.bySite[site]
	if of == nil {
		return nil, 0
	}
	delete(d.bySite, site)
	return of.records.Take(), of.dropped
}

// bury keeps those of the deleted records that went with their namespace: they are sent from memory, because no record
// has a finalizer, so that no namespace waits for Jira. A record that a person deleted is theirs to delete. Nothing is
// kept for a site to which nothing is sent: what a dry run recorded, or what ended while the site was suspended, is not
// told months later.
//
// What a site with an error selects is not known: the records wait until it is.
func (r *Reconciler) bury(ctx context.Context, p *pass) (bool, error) {
	if !p.state.compiled.Usable() && !p.site.Spec.Suspend && !p.site.Spec.DryRun {
		return true, nil
	}
	records, dropped := r.deletions.take(p.site.Name)
	if p.site.Spec.Suspend || p.site.Spec.DryRun {
		records, dropped = nil, 0
		for _, d := range p.state.deliveries {
			dropped += d.queue.DropTombstones()
		}
	}
	asked := map[string]*metav1.PartialObjectMetadata{}
	for _, d := range records {
		isDropped, err := r.buryOne(ctx, p, d, asked)
		if err != nil { // that holds up no other record
			ctrl.LoggerFrom(ctx).Error(err, "Could not tell whether Jira is to be told of a deleted record; it is tried again", "namespace", d.GetNamespace(), "record", d.GetName())
			r.deletions.add(d)
			p.requeue(outbox.Lasting)
		}
		dropped += isDropped
	}
	if dropped > 0 {
		ctrl.LoggerFrom(ctx).Info("Records that were deleted with their namespaces are not sent: the site is suspended, or there are too many", "records", dropped)
		r.Metrics.Dropped(p.site.Name, dropped)
	}
	return true, nil
}

// buryOne keeps a record that went with its namespace, unless it is withheld. It returns how many had to be dropped for
// that. asked are the namespaces that were asked for.
func (r *Reconciler) buryOne(ctx context.Context, p *pass, d v1alpha1.Record, asked map[string]*metav1.PartialObjectMetadata) (dropped int, err error) {
	namespace, known := asked[d.GetNamespace()]
	if !known {
		if namespace, err = r.askNamespace(ctx, d.GetNamespace()); err != nil {
			return 0, err
		}
		asked[d.GetNamespace()] = namespace
	}
	if created := namespace.GetCreationTimestamp(); d.GetCreationTimestamp().Time.Before(created.Time) {
		namespace = goneNamespace(d.GetNamespace()) // this one was made anew
	} else if !created.IsZero() && namespace.DeletionTimestamp.IsZero() {
		return 0, nil
	}
	checked, err := r.check(ctx, p, d, namespace)
	if err != nil || checked.Reason != "" {
		return 0, err
	}
	return p.state.of(d).queue.Bury(checked.As.Of(d), r.Now()), nil
}

// askNamespace asks the API server for a namespace, which may be gone.
func (r *Reconciler) askNamespace(ctx context.Context, name string) (*metav1.PartialObjectMetadata, error) {
	namespace, err := getNamespace(ctx, r.APIReader, name)
	if apierrors.IsNotFound(err) {
		return goneNamespace(name), nil
	}
	if err != nil {
		return nil, fmt.Errorf("get Namespace: %w", err)
	}
	return namespace, nil
}

// goneNamespace is what is known of a namespace that is gone: its name.
func goneNamespace(name string) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{corev1.LabelMetadataName: name}}}
}
