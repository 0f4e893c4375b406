package workload

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// indexWorkload finds the records of all workloads of a group, a kind and a name.
const indexWorkload = "workload"

// SetupIndexes adds the indexes that the reconcilers of these kinds read to the manager's cache.
func SetupIndexes(ctx context.Context, mgr ctrl.Manager, kinds []Kind) error {
	value := func(o client.Object) []string {
		if workload := o.(*v1alpha1.JiraDeployment).Spec.Workload; workload != nil {
			return []string{workloadIndex(record.GroupKind(workload), workload.Name)}
		}
		return nil
	}
	if err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.JiraDeployment{}, indexWorkload, value); err != nil {
		return fmt.Errorf("index %s: %w", indexWorkload, err)
	}
	if NeedHistory(kinds) {
		return indexHistory(ctx, mgr)
	}
	return nil
}

func workloadIndex(kind schema.GroupKind, name string) string {
	return kind.String() + "/" + name
}
