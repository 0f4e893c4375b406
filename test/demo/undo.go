// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const annotationRevision = "deployment.kubernetes.io/revision"

// undo does what `kubectl rollout undo --to-revision` does: it gives a Deployment the template of an earlier revision.
func undo(ctx context.Context, c client.Client, key client.ObjectKey, to int) error {
	var deployment appsv1.Deployment
	if err := c.Get(ctx, key, &deployment); err != nil {
		return fmt.Errorf("get Deployment: %w", err)
	}
	earlier, err := replicaSetOf(ctx, c, &deployment, to)
	if err != nil {
		return err
	}
	before := deployment.DeepCopy()
	deployment.Spec.Template = earlier.Spec.Template
	delete(deployment.Spec.Template.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	if err := c.Patch(ctx, &deployment, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("patch Deployment: %w", err)
	}
	return nil
}

// replicaSetOf returns that of a revision.
func replicaSetOf(ctx context.Context, c client.Client, deployment *appsv1.Deployment, number int) (*appsv1.ReplicaSet, error) {
	var list appsv1.ReplicaSetList
	if err := c.List(ctx, &list, client.InNamespace(deployment.Namespace), client.MatchingLabels(deployment.Spec.Selector.MatchLabels)); err != nil {
		return nil, fmt.Errorf("list ReplicaSets: %w", err)
	}
	for i := range list.Items {
		if revision(&list.Items[i]) == number {
			return &list.Items[i], nil
		}
	}
	return nil, fmt.Errorf("there is no revision %d", number)
}

func revision(o client.Object) int {
	n, _ := strconv.Atoi(o.GetAnnotations()[annotationRevision])
	return n
}
