package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const annotationRevision = "deployment.kubernetes.io/revision"

// undo does what `kubectl rollout undo` does: it gives a Deployment the template of its previous revision.
func undo(ctx context.Context, c client.Client, key client.ObjectKey) error {
	var deployment appsv1.Deployment
	if err := c.Get(ctx, key, &deployment); err != nil {
		return fmt.Errorf("get Deployment: %w", err)
	}
	previous, err := previousReplicaSet(ctx, c, &deployment)
	if err != nil {
		return err
	}
	before := deployment.DeepCopy()
	deployment.Spec.Template = previous.Spec.Template
	delete(deployment.Spec.Template.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	if err := c.Patch(ctx, &deployment, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("patch Deployment: %w", err)
	}
	return nil
}

// previousReplicaSet returns the one with the highest revision below the Deployment's own.
func previousReplicaSet(ctx context.Context, c client.Client, deployment *appsv1.Deployment) (*appsv1.ReplicaSet, error) {
	var list appsv1.ReplicaSetList
	if err := c.List(ctx, &list, client.InNamespace(deployment.Namespace), client.MatchingLabels(deployment.Spec.Selector.MatchLabels)); err != nil {
		return nil, fmt.Errorf("list ReplicaSets: %w", err)
	}
	current, newest := revision(deployment), 0
	var previous *appsv1.ReplicaSet
	for i := range list.Items {
		if r := revision(&list.Items[i]); r < current && r > newest {
			previous, newest = &list.Items[i], r
		}
	}
	if previous == nil {
		return nil, errors.New("there is no earlier revision")
	}
	return previous, nil
}

func revision(o client.Object) int {
	n, _ := strconv.Atoi(o.GetAnnotations()[annotationRevision])
	return n
}
