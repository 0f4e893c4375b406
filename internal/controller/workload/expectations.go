// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// expectationsInterval is when the API server is asked for a record that the cache has not shown since. Its own event
// comes long before, unless the record was deleted while the watch was broken.
const expectationsInterval = time.Minute

// expectations are the records that the cache does not show as the API server has them: Create succeeded, or said
// AlreadyExists, it was updated, or a write met a conflict. A plan without them would take a restart for a release.
//
//	the cache shows the record, another   the expectation is met, and dropped
//	version of it, or that it is gone
//	it is assumed as it was written       it is one of the records that are planned with
//	it has changed since, or a minute
//	has passed                            the API server is asked: it has the record, or somebody deleted it
type expectations map[string]expectation

// expectation is a record as the API server answered, and when. The zero value has the API server asked.
type expectation struct {
	assumed *v1alpha1.JiraDeployment
	at      time.Time
	// outdated is the resource version at which the cache shows the record, and which is not the API server's; empty where
	// the cache does not show it.
	outdated string
	// asked says that this pass asked the API server.
	asked bool
}

func (e expectations) has(name string) bool {
	_, known := e[name]
	return known
}

// shown returns the resource version at which the cache shows a record that is planned with; empty where it does not.
func (e expectations) shown(d *v1alpha1.JiraDeployment) string {
	if known, ok := e[d.Name]; ok {
		return known.outdated
	}
	return d.ResourceVersion
}

// meet drops the expectations that are met, and returns those records of the cache of which nothing else is expected.
func (e expectations) meet(records []v1alpha1.JiraDeployment) []v1alpha1.JiraDeployment {
	if len(e) == 0 {
		return records
	}
	versions := make(map[string]string, len(records))
	for i := range records {
		versions[records[i].Name] = records[i].ResourceVersion
	}
	maps.DeleteFunc(e, func(name string, expected expectation) bool { return versions[name] != expected.outdated })
	return slices.DeleteFunc(records, func(d v1alpha1.JiraDeployment) bool { return e.has(d.Name) })
}

// recordsOf returns the records of all workloads that had this kind and name, by site: those that the cache shows, and
// those that are expected and that the API server has.
func (r *Reconciler) recordsOf(ctx context.Context, req ctrl.Request, expected expectations) (map[string][]*v1alpha1.JiraDeployment, error) {
	shown, err := r.observer().recordsOf(ctx, req.NamespacedName)
	if err != nil {
		return nil, err
	}
	shown = expected.meet(shown)
	for name, e := range expected {
		if e.asked = r.Now().Sub(e.at) >= expectationsInterval; e.asked {
			e.assumed, e.at = &v1alpha1.JiraDeployment{}, r.Now()
			err := r.APIReader.Get(ctx, client.ObjectKey{Namespace: req.Namespace, Name: name}, e.assumed)
			if apierrors.IsNotFound(err) {
				delete(expected, name)
				continue
			} else if err != nil {
				return nil, fmt.Errorf("get JiraDeployment: %w", err)
			}
		}
		expected[name] = e
		if slices.Contains(r.workloadOf(ctx, e.assumed), req) { // else somebody else took the name
			shown = append(shown, *e.assumed)
		}
	}
	return bySite(shown), nil
}
