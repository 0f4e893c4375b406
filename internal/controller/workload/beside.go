// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Beside is what Observe needs beside a workload.
type Beside struct {
	// History are the ControllerRevisions of a workload that keeps its revisions there.
	History []appsv1.ControllerRevision
	// Deployment is the one that the workload takes its template from; nil where there is none.
	Deployment *appsv1.Deployment
}

// besideOf returns what Observe needs beside a workload.
func (o *Observer) besideOf(ctx context.Context, workload client.Object) (Beside, error) {
	history, err := o.historyOf(ctx, workload)
	if err != nil || o.Kind.Refers == nil {
		return Beside{History: history}, err
	}
	name, refers := o.Kind.Refers(workload)
	if !refers {
		return Beside{}, nil
	}
	var deployment appsv1.Deployment
	err = o.Reader.Get(ctx, client.ObjectKey{Namespace: workload.GetNamespace(), Name: name}, &deployment, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return Beside{}, fmt.Errorf("get Deployment: %w", err)
	} else if err != nil {
		return Beside{}, nil
	}
	if why := rollout.NotUnderstood(&deployment); why != "" {
		return Beside{}, notUnderstood("of its Deployment: " + why)
	}
	return Beside{Deployment: &deployment}, nil
}
