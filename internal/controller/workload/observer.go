// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Observer reads how workloads of a kind stand: the reading half of the Reconciler. It writes nothing, so that a command
// line observes with it what the manager does.
type Observer struct {
	// Reader reads what the manager's cache keeps: objects that were trimmed, with the indexes of Indexes.
	Reader client.Reader
	Kind   Kind
	// Deployers are what may roll out workloads of the kind, and Serves says whether the API server serves one of their kinds.
	Deployers []Deployer
	Serves    func(schema.GroupVersionKind) (bool, error)
	// Cluster is the cluster's name, and ClusterUID its UID.
	Cluster    string
	ClusterUID types.UID
	Now        func() time.Time
}

// Observe gets a workload, its namespace, and what else tells of it. Where the namespace is not there it returns ErrOutdated.
func (o *Observer) Observe(ctx context.Context, key client.ObjectKey) (record.Observation, error) {
	observation := record.Observation{
		Now: o.Now(), Cluster: o.Cluster, ClusterUID: o.ClusterUID, Namespace: environment.Namespace{Name: key.Namespace},
	}
	namespace, missing := Namespace(ctx, o.Reader, key.Namespace)
	if client.IgnoreNotFound(missing) != nil {
		return observation, fmt.Errorf("get Namespace: %w", missing)
	}
	observation.NamespaceCreated = namespace.CreationTimestamp.Time
	observation.Namespace.Labels, observation.Namespace.Annotations = namespace.Labels, namespace.Annotations
	workload := o.Kind.New()
	err := o.Reader.Get(ctx, key, workload, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return observation, fmt.Errorf("get %s: %w", o.Kind.GroupKind.Kind, err)
	}
	if err != nil || !workload.GetDeletionTimestamp().IsZero() {
		return observation, nil
	}
	observation.LiveUID, observation.LiveCreated = workload.GetUID(), workload.GetCreationTimestamp().Time
	observation.Rollout, observation.HandedTo, err = o.rolloutOf(ctx, workload)
	if why := rollout.NotUnderstood(namespace); why != "" {
		observation.Rollout, err = nil, notUnderstood("of its namespace: "+why)
		observation.Namespace.Annotations = nil // a site may select all namespaces, and say why it does not report this one
	}
	if refused := notUnderstood(""); errors.As(err, &refused) {
		observation.NotUnderstood = string(refused)
		return observation, nil
	} else if err != nil {
		return observation, err
	}
	if missing != nil { // it is new, or gone, and one of the two caches does not show that yet
		return observation, ErrOutdated
	}
	return observation, nil
}

// Records returns the records of all workloads that had a name of the kind, by site.
func (o *Observer) Records(ctx context.Context, key client.ObjectKey) (map[string][]*v1alpha1.JiraDeployment, error) {
	records, err := o.recordsOf(ctx, key)
	return bySite(records), err
}

func (o *Observer) recordsOf(ctx context.Context, key client.ObjectKey) ([]v1alpha1.JiraDeployment, error) {
	var list v1alpha1.JiraDeploymentList
	index := client.MatchingFields{indexWorkload: workloadIndex(o.Kind.GroupKind, key.Name)}
	if err := o.Reader.List(ctx, &list, client.InNamespace(key.Namespace), index, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	return list.Items, nil
}

func bySite(records []v1alpha1.JiraDeployment) map[string][]*v1alpha1.JiraDeployment {
	found := map[string][]*v1alpha1.JiraDeployment{}
	for i := range records {
		site := records[i].Spec.Site
		found[site] = append(found[site], &records[i])
	}
	return found
}
