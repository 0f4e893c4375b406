package controller

import (
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Indexes of the cache. What is delivered is in no index that a delivery reads, so that it costs nothing.
const (
	// indexSecret finds the JiraSites that name a Secret.
	indexSecret = "secret"
	// indexPending finds the records of a site that Jira has not given its last word on.
	indexPending = "pending"
)

// setupIndexes adds the indexes to the manager's cache.
func setupIndexes(ctx context.Context, mgr ctrl.Manager) error {
	indexes := []struct {
		name   string
		object client.Object
		value  func(client.Object) string
	}{
		{indexSecret, &v1alpha1.JiraSite{}, func(o client.Object) string {
			return o.(*v1alpha1.JiraSite).Spec.Credentials.SecretName
		}},
		{indexPending, &v1alpha1.JiraDeployment{}, func(o client.Object) string {
			return pendingSite(o.(*v1alpha1.JiraDeployment))
		}},
	}
	for _, index := range indexes {
		values := func(o client.Object) []string {
			if value := index.value(o); value != "" {
				return []string{value}
			}
			return nil
		}
		if err := mgr.GetFieldIndexer().IndexField(ctx, index.object, index.name, values); err != nil {
			return fmt.Errorf("index %s: %w", index.name, err)
		}
	}
	return nil
}

// pendingSite returns the site of a record that is pending, and nothing for one that is not.
func pendingSite(d *v1alpha1.JiraDeployment) string {
	if d.Settled() {
		return ""
	}
	return d.Spec.Site
}

// siteWakes enqueues the sites that another controller names.
func siteWakes() handler.TypedEventHandler[string, ctrl.Request] {
	return handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, site string) []ctrl.Request {
		return []ctrl.Request{{NamespacedName: client.ObjectKey{Name: site}}}
	})
}
