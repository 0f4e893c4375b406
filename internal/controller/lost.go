package controller

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// maxLost is how many records of a site are remembered after they are gone.
const maxLost = 10_000

// lost remembers records that went with their namespace before Jira knew how they ended. They are sent from
// memory: there is no finalizer on a record, so that no namespace ever waits for Jira. The zero value is
// ready for use.
type lost struct {
	mu     sync.Mutex
	bySite map[string][]*v1alpha1.JiraDeployment
}

func (l *lost) add(d *v1alpha1.JiraDeployment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bySite == nil {
		l.bySite = map[string][]*v1alpha1.JiraDeployment{}
	}
	if records := l.bySite[d.Spec.Site]; len(records) < maxLost {
		l.bySite[d.Spec.Site] = append(records, d)
	}
}

// of returns the lost records of a site.
func (l *lost) of(site string) []*v1alpha1.JiraDeployment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*v1alpha1.JiraDeployment(nil), l.bySite[site]...)
}

// settle forgets a record that Jira answered.
func (l *lost) settle(d *v1alpha1.JiraDeployment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var left []*v1alpha1.JiraDeployment
	for _, other := range l.bySite[d.Spec.Site] {
		if other.UID != d.UID {
			left = append(left, other)
		}
	}
	l.bySite[d.Spec.Site] = left
}

// forget forgets the records of a site that is gone.
func (l *lost) forget(site string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.bySite, site)
}

// isLost says whether a record is gone, and lives in memory alone.
func isLost(d *v1alpha1.JiraDeployment) bool {
	return !d.DeletionTimestamp.IsZero()
}

// keepLost handles the deletion of records. Where a record went with its namespace, what Jira does not know
// yet is remembered: a rollout in flight was cancelled. A record that a person deleted is theirs to delete.
func (r *DeliveryReconciler) keepLost() handler.EventHandler {
	return handler.Funcs{DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue workqueue.TypedRateLimitingInterface[ctrl.Request]) {
		d := e.Object.(*v1alpha1.JiraDeployment)
		inFlight := d.Spec.State == v1alpha1.StateInProgress || d.Spec.State == v1alpha1.StatePending
		if d.Settled() && !inFlight {
			return
		}
		ending, err := r.namespaceEnds(ctx, d.Namespace)
		if err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "Could not tell why a record was deleted", "namespace", d.Namespace, "record", d.Name)
		}
		if !ending {
			return
		}
		r.lost.add(farewell(d, inFlight, r.Now()))
		queue.Add(ctrl.Request{NamespacedName: client.ObjectKey{Name: d.Spec.Site}})
	}}
}

// farewell returns what Jira is told of a record that is gone.
func farewell(d *v1alpha1.JiraDeployment, inFlight bool, now time.Time) *v1alpha1.JiraDeployment {
	last := d.DeepCopy()
	deleted := metav1.NewTime(now)
	last.DeletionTimestamp = &deleted
	if inFlight {
		last.Spec.State = v1alpha1.StateCancelled
		last.Spec.LastUpdated = deleted
		last.Generation++
	}
	return last
}

func (r *DeliveryReconciler) namespaceEnds(ctx context.Context, name string) (bool, error) {
	namespace := metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	switch err := r.Get(ctx, client.ObjectKey{Name: name}, &namespace); {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("get Namespace: %w", err)
	}
	return !namespace.DeletionTimestamp.IsZero(), nil
}
