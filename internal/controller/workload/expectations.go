package workload

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// expectationsInterval is when a workload is observed again whose record the cache does not show. The record's own
// event comes long before, but for a record that was deleted while the watch was broken.
const expectationsInterval = time.Minute

// expectations are the names of the records that the API server has, and that the cache has not shown yet: Create
// succeeded, or said AlreadyExists. A plan without them would take a restart for a release.
//
//	the cache shows the record         the expectation is met, and dropped
//	the API server has it              it is one of the records that are planned with
//	the API server does not have it    somebody deleted it: the expectation is dropped
type expectations map[string]struct{}

// add expects a record. It returns false where the record was expected already.
func (e expectations) add(name string) bool {
	before := len(e)
	e[name] = struct{}{}
	return len(e) > before
}

// recordsOf returns the records of all workloads that had this kind and name, by site: those that the cache shows, and
// those that are expected and that the API server has.
func (r *Reconciler) recordsOf(ctx context.Context, req ctrl.Request, expected expectations) (map[string][]*v1alpha1.JiraDeployment, error) {
	var list v1alpha1.JiraDeploymentList
	index := client.MatchingFields{indexWorkload: workloadIndex(r.Kind.GroupKind(), req.Name)}
	err := r.List(ctx, &list, client.InNamespace(req.Namespace), index, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	for i := range list.Items {
		delete(expected, list.Items[i].Name)
	}
	for name := range expected {
		var found v1alpha1.JiraDeployment
		err = r.APIReader.Get(ctx, client.ObjectKey{Namespace: req.Namespace, Name: name}, &found)
		switch {
		case apierrors.IsNotFound(err):
			delete(expected, name)
		case err != nil:
			return nil, fmt.Errorf("get JiraDeployment: %w", err)
		case slices.Contains(r.workloadOf(ctx, &found), req): // else somebody else took the name
			list.Items = append(list.Items, found)
		}
	}
	records := map[string][]*v1alpha1.JiraDeployment{}
	for i := range list.Items {
		site := list.Items[i].Spec.Site
		records[site] = append(records[site], &list.Items[i])
	}
	return records, nil
}
