// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// Homes finds what lives where a record is. It reads from the cache alone.
type Homes struct {
	Reader client.Reader
	// Informers are those of the reader.
	Informers Informers
	// Kinds are those that are watched.
	Kinds []Kind
	// Cluster is the cluster's UID.
	Cluster types.UID
}

// Informers are those of a cache.
type Informers interface {
	GetInformer(context.Context, client.Object, ...cache.InformerGetOption) (cache.Informer, error)
}

// Of returns the home of a record, but for its namespace, which belongs to many.
func (h Homes) Of(ctx context.Context, r v1alpha1.Record) (record.Home, error) {
	home := record.Home{Cluster: h.Cluster}
	d, isDeployment := r.(*v1alpha1.JiraDeployment)
	if !isDeployment || d.Spec.Workload == nil {
		return home, nil
	}
	if err := h.live(ctx, d, &home); err != nil {
		return home, err
	}
	var list v1alpha1.JiraDeploymentList
	index := client.MatchingFields{indexWorkload: workloadIndex(record.GroupKind(d.Spec.Workload), d.Spec.Workload.Name)}
	if err := h.Reader.List(ctx, &list, client.InNamespace(d.Namespace), index, client.UnsafeDisableDeepCopy); err != nil {
		return home, fmt.Errorf("list records: %w", err)
	}
	for i := range list.Items {
		if list.Items[i].Spec.Site == d.Spec.Site {
			home.Records = append(home.Records, &list.Items[i])
		}
	}
	return home, nil
}

// live finds the workload that has the name of the record's. One of a kind that is not watched, or that the API server
// does not serve, is taken to live. Where an optional kind could not be listed yet, that is an error: a read would wait for it,
// and so would all records of the site.
func (h Homes) live(ctx context.Context, d *v1alpha1.JiraDeployment, home *record.Home) error {
	home.Workload = d.Spec.Workload.UID
	i := slices.IndexFunc(h.Kinds, func(k Kind) bool { return k.GroupKind == record.GroupKind(d.Spec.Workload) })
	if i < 0 {
		return nil
	}
	found := h.Kinds[i].New()
	if h.Kinds[i].Optional {
		informer, err := h.Informers.GetInformer(ctx, found, cache.BlockUntilSynced(false))
		switch {
		case meta.IsNoMatchError(err):
			return nil
		case err != nil:
			return fmt.Errorf("get informer of %s: %w", h.Kinds[i].GroupKind.Kind, err)
		case !informer.HasSynced():
			return fmt.Errorf("the first list of %s has not succeeded yet", h.Kinds[i].GroupKind.Kind)
		}
	}
	switch err := h.Reader.Get(ctx, client.ObjectKey{Namespace: d.Namespace, Name: d.Spec.Workload.Name}, found, client.UnsafeDisableDeepCopy); {
	case meta.IsNoMatchError(err):
		return nil
	case client.IgnoreNotFound(err) != nil:
		return fmt.Errorf("get %s: %w", h.Kinds[i].GroupKind.Kind, err)
	case err != nil || !found.GetDeletionTimestamp().IsZero():
		home.Workload = ""
	default:
		home.Workload, home.WorkloadCreated = found.GetUID(), found.GetCreationTimestamp().Time
	}
	return nil
}

// Namespace returns the metadata of a namespace, as a reader shows it.
func Namespace(ctx context.Context, reader client.Reader, name string) (*metav1.PartialObjectMetadata, error) {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	return namespace, reader.Get(ctx, client.ObjectKey{Name: name}, namespace, client.UnsafeDisableDeepCopy)
}
