package workload

import (
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// indexWorkload finds the records of all workloads of a kind and a name.
const indexWorkload = "workload"

// SetupIndexes adds the indexes that the reconcilers of these kinds read to the manager's cache.
func SetupIndexes(ctx context.Context, mgr ctrl.Manager, kinds []Kind) error {
	value := func(o client.Object) []string {
		if workload := o.(*v1alpha1.JiraDeployment).Spec.Workload; workload != nil {
			return []string{workloadIndex(workload)}
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

func workloadIndex(workload *v1alpha1.WorkloadReference) string {
	return workload.Kind + "/" + workload.Name
}
