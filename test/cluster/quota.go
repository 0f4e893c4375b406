// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	quotaPoll = time.Second
	// quotaGrace is four times as long as kube-controller-manager takes to notice a new kind.
	quotaGrace = 2 * time.Minute
)

// Limit makes a quota of so many objects of a kind in a namespace, such as 1 of "jiradeployments.rollcall.dev", and returns it once
// the API server keeps to it.
//
// kube-controller-manager looks for new kinds every 30 s. At a quota that names one which it does not count yet it looks
// again when that quota changes, or after 5 minutes: it is changed until it is counted.
func Limit(ctx context.Context, c client.Client, namespace, kind string, most int64) (*corev1.ResourceQuota, error) {
	counted := corev1.ResourceName("count/" + kind)
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "few"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{counted: *resource.NewQuantity(most, resource.DecimalSI)}},
	}
	if err := c.Create(ctx, quota); err != nil {
		return nil, fmt.Errorf("create quota of %s: %w", kind, err)
	}
	changes := int64(0)
	err := wait.PollUntilContextTimeout(ctx, quotaPoll, quotaGrace, false, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKeyFromObject(quota), quota); err != nil {
			return false, err
		}
		if _, known := quota.Status.Used[counted]; known {
			return true, nil
		}
		changes++
		quota.Spec.Hard[corev1.ResourcePods] = *resource.NewQuantity(1000+changes, resource.DecimalSI)
		if err := c.Update(ctx, quota); !apierrors.IsConflict(err) {
			return false, err
		}
		return false, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait until the quota of %s is counted: %w", kind, err)
	}
	return quota, nil
}
