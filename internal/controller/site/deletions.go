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
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// deletions are the records that were deleted before Jira knew how they ended, until the next pass over their site. The
// zero value is ready for use.
type deletions struct {
	mu     sync.Mutex
	bySite map[string][]*v1alpha1.JiraDeployment
}

func (d *deletions) add(record *v1alpha1.JiraDeployment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bySite == nil {
		d.bySite = map[string][]*v1alpha1.JiraDeployment{}
	}
	d.bySite[record.Spec.Site] = append(d.bySite[record.Spec.Site], record)
}

func (d *deletions) take(site string) []*v1alpha1.JiraDeployment {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer delete(d.bySite, site)
	return d.bySite[site]
}

// bury keeps those of the deleted records that went with their namespace: they are sent from memory, because no record
// has a finalizer, so that no namespace waits for Jira. A record that a person deleted is theirs to delete. Nothing is
// kept for a site to which nothing is sent: what a dry run recorded, or what ended while the site was suspended, is not
// told months later.
func (r *Reconciler) bury(ctx context.Context, p *pass) (bool, error) {
	records, dropped := r.deletions.take(p.site.Name), 0
	if p.site.Spec.Suspend || p.site.Spec.DryRun {
		records, dropped = nil, p.state.queue.DropTombstones()
	}
	ending := map[string]bool{}
	for _, d := range records {
		ends, known := ending[d.Namespace]
		if !known {
			var err error
			if ends, err = r.namespaceEnds(ctx, d.Namespace); err != nil { // that holds up no other record
				ctrl.LoggerFrom(ctx).Error(err, "Could not tell why a record was deleted; it is tried again", "namespace", d.Namespace, "record", d.Name)
				r.deletions.add(d)
				p.requeue(outbox.Lasting)
				continue
			}
			ending[d.Namespace] = ends
		}
		if ends && !record.Ignored(d, p.site) && !r.isForeign(ctx, d) {
			dropped += p.state.queue.Bury(d, r.Now())
		}
	}
	if dropped > 0 {
		ctrl.LoggerFrom(ctx).Info("Records that were deleted with their namespaces are not sent: the site is suspended, or there are too many", "records", dropped)
		r.Metrics.Dropped(p.site.Name, dropped)
	}
	return true, nil
}

// namespaceEnds asks the API server whether a namespace is being deleted, or is gone.
func (r *Reconciler) namespaceEnds(ctx context.Context, name string) (bool, error) {
	namespace := metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err := r.APIReader.Get(ctx, client.ObjectKey{Name: name}, &namespace)
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("get Namespace: %w", err)
	}
	return apierrors.IsNotFound(err) || !namespace.DeletionTimestamp.IsZero(), nil
}
