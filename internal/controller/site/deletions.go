package site

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// maxDeletions is how many deleted records of a site wait for its next pass at most.
const maxDeletions = 2_000

// deletions are the records that were deleted before Jira knew how they ended, until the next pass over their site. The
// zero value is ready for use.
type deletions struct {
	mu      sync.Mutex
	bySite  map[string][]*v1alpha1.JiraDeployment
	dropped map[string]int
}

func (d *deletions) add(record *v1alpha1.JiraDeployment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bySite == nil {
		d.bySite, d.dropped = map[string][]*v1alpha1.JiraDeployment{}, map[string]int{}
	}
	site := record.Spec.Site
	if len(d.bySite[site]) >= maxDeletions {
		d.dropped[site]++
		return
	}
	d.bySite[site] = append(d.bySite[site], record)
}

// take returns the deleted records of a site, and how many did not fit.
func (d *deletions) take(site string) (records []*v1alpha1.JiraDeployment, dropped int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	records, dropped = d.bySite[site], d.dropped[site]
	delete(d.bySite, site)
	delete(d.dropped, site)
	return records, dropped
}

// bury keeps those of the deleted records that went with their namespace: they are sent from memory, because no record
// has a finalizer, so that no namespace waits for Jira. A record that a person deleted is theirs to delete. Nothing is
// kept for a site to which nothing is sent: what a dry run recorded, or what ended while the site was suspended, is not
// told months later.
func (r *Reconciler) bury(ctx context.Context, p *pass) (bool, error) {
	records, dropped := r.deletions.take(p.site.Name)
	if p.site.Spec.Suspend || p.site.Spec.DryRun {
		r.dropped(ctx, p, p.state.queue.DropTombstones())
		return true, nil
	}
	ending := map[string]bool{}
	for _, d := range records {
		if _, known := ending[d.Namespace]; !known {
			ends, err := r.namespaceEnds(ctx, d.Namespace)
			if err != nil { // that holds up no other record
				ctrl.LoggerFrom(ctx).Error(err, "Could not tell why a record was deleted; it is tried again", "namespace", d.Namespace, "record", d.Name)
				r.deletions.add(d)
				p.requeue(lasting)
				continue
			}
			ending[d.Namespace] = ends
		}
		if ending[d.Namespace] {
			dropped += p.state.queue.Bury(d, r.Now())
		}
	}
	r.dropped(ctx, p, dropped)
	return true, nil
}

// dropped counts records that are gone from the cluster, and that Jira is not told the end of.
func (r *Reconciler) dropped(ctx context.Context, p *pass, records int) {
	if records > 0 {
		ctrl.LoggerFrom(ctx).Info("Records that were deleted with their namespaces are not sent: the site is suspended, or there are too many", "records", records)
		r.Metrics.Dropped(p.site.Name, records)
	}
}

// namespaceEnds asks the API server whether a namespace is being deleted, or is gone.
func (r *Reconciler) namespaceEnds(ctx context.Context, name string) (bool, error) {
	namespace := metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	switch err := r.APIReader.Get(ctx, client.ObjectKey{Name: name}, &namespace); {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("get Namespace: %w", err)
	}
	return !namespace.DeletionTimestamp.IsZero(), nil
}
