// SPDX-License-Identifier: Apache-2.0

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

// +kubebuilder:rbac:groups=apps,resources=controllerrevisions,verbs=get;list;watch

// Indexes of the cache.
const (
	// indexWorkload finds the records of all workloads of a group, a kind and a name.
	indexWorkload = "workload"
	// indexUntold finds the records that a site was never told of.
	indexUntold = "untold"
	// indexImage finds the builds that made an image, by its digest.
	indexImage = "image"
	// indexOwner finds the ControllerRevisions of a workload, by its UID.
	indexOwner = "owner"
)

// Index is an index of the cache.
type Index struct {
	// Object is one of the kind that is indexed, and Field the name by which a list asks for the index.
	Object client.Object
	Field  string
	// Values returns what an object is found by.
	Values client.IndexerFunc
}

// Indexes returns the indexes that the reconcilers of these kinds read.
func Indexes(kinds []Kind) []Index {
	indexes := []Index{
		{&v1alpha1.JiraDeployment{}, indexWorkload, func(o client.Object) []string {
			if workload := o.(*v1alpha1.JiraDeployment).Spec.Workload; workload != nil {
				return []string{workloadIndex(record.GroupKind(workload), workload.Name)}
			}
			return nil
		}},
		{&v1alpha1.JiraDeployment{}, indexUntold, untoldAt},
		{&v1alpha1.JiraBuild{}, indexImage, func(o client.Object) []string { return o.(*v1alpha1.JiraBuild).Spec.Images }},
	}
	if NeedHistory(kinds) {
		indexes = append(indexes, Index{&appsv1.ControllerRevision{}, indexOwner, func(o client.Object) []string {
			return []string{string(rollout.RevisionOwner(o.(*appsv1.ControllerRevision)))}
		}})
	}
	return indexes
}

// SetupIndexes adds the indexes that the reconcilers of these kinds read to the manager's cache.
func SetupIndexes(ctx context.Context, mgr ctrl.Manager, kinds []Kind) error {
	for _, index := range Indexes(kinds) {
		if err := mgr.GetFieldIndexer().IndexField(ctx, index.Object, index.Field, index.Values); err != nil {
			return fmt.Errorf("index fields: %w", err)
		}
	}
	return nil
}

// untoldAt returns the site that a record waits to be told to for the first time; nothing for one that was told, and for one
// that a person made: that is theirs to make.
func untoldAt(o client.Object) []string {
	if d := o.(*v1alpha1.JiraDeployment); d.Spec.Workload != nil && record.NeverTold(d) {
		return []string{d.Spec.Site}
	}
	return nil
}

func workloadIndex(kind schema.GroupKind, name string) string {
	return kind.String() + "/" + name
}

// historyOf returns the ControllerRevisions of a workload; nothing for a kind that has none.
func (o *Observer) historyOf(ctx context.Context, workload client.Object) ([]appsv1.ControllerRevision, error) {
	if !o.Kind.History {
		return nil, nil
	}
	var list appsv1.ControllerRevisionList
	owner := client.MatchingFields{indexOwner: string(workload.GetUID())}
	if err := o.Reader.List(ctx, &list, client.InNamespace(workload.GetNamespace()), owner, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list ControllerRevisions: %w", err)
	}
	return list.Items, nil
}
