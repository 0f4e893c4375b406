package site

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
)

// Measure returns what the cache shows of the sites, for the metrics. A manager that is not elected measures nothing: the
// leader's cache shows the same.
func (r *Reconciler) Measure(elected <-chan struct{}) ([]metrics.SiteState, error) {
	select {
	case <-elected:
	default:
		return nil, nil
	}
	ctx := context.Background()
	var sites v1alpha1.JiraSiteList
	if err := r.Client.List(ctx, &sites, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list JiraSites: %w", err)
	}
	states := make([]metrics.SiteState, 0, len(sites.Items))
	for i := range sites.Items {
		site := &sites.Items[i]
		pending, err := r.pending(ctx, site.Name)
		if err != nil {
			return nil, err
		}
		states = append(states, metrics.SiteState{
			Name: site.Name, Ready: meta.IsStatusConditionTrue(site.Status.Conditions, v1alpha1.ConditionReady), Pending: len(pending),
		})
	}
	return states, nil
}
