package workload

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Indexes of the cache.
const (
	// indexWorkload finds the records of all workloads of a group, a kind and a name.
	indexWorkload = "workload"
	// indexOwner finds the ControllerRevisions of a workload, by its UID.
	indexOwner = "owner"
)

// SetupIndexes adds the indexes that the reconcilers of these kinds read to the manager's cache.
func SetupIndexes(ctx context.Context, mgr ctrl.Manager, kinds []Kind) error {
	indexer := mgr.GetFieldIndexer()
	err := indexer.IndexField(ctx, &v1alpha1.JiraDeployment{}, indexWorkload, func(o client.Object) []string {
		if workload := o.(*v1alpha1.JiraDeployment).Spec.Workload; workload != nil {
			return []string{workloadIndex(record.GroupKind(workload), workload.Name)}
		}
		return nil
	})
	if err == nil && NeedHistory(kinds) {
		err = indexer.IndexField(ctx, &appsv1.ControllerRevision{}, indexOwner, func(o client.Object) []string {
			if uid := rollout.RevisionOwner(o.(*appsv1.ControllerRevision)); uid != "" {
				return []string{string(uid)}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("index fields: %w", err)
	}
	return nil
}

func workloadIndex(kind schema.GroupKind, name string) string {
	return kind.String() + "/" + name
}
