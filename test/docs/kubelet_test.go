// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"context"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// operator is the namespace of the manager.
const operator = "rollcall-system"

const polling = 100 * time.Millisecond

// kubelet does what KWOK does not: while the Deployment of the manager is there, a manager runs, and the pod of helm test
// succeeds. It ends with the context.
func (w *world) kubelet(ctx context.Context, folder string) {
	var account types.UID
	stop := func() {}
	defer func() { stop() }()
	for ; ctx.Err() == nil; wait(ctx, polling) {
		w.finishTest(ctx)
		now := w.account(ctx)
		if now == account {
			continue
		}
		stop()
		account, stop = now, func() {}
		if now != "" {
			stop = w.background(ctx, folder)
		}
	}
}

// account is the UID of the manager's ServiceAccount, where its Deployment is there: a token is good for one of them.
func (w *world) account(ctx context.Context) types.UID {
	key := client.ObjectKey{Namespace: operator, Name: "rollcall"}
	var account corev1.ServiceAccount
	if w.kube.Get(ctx, key, &appsv1.Deployment{}) != nil || w.kube.Get(ctx, key, &account) != nil {
		return ""
	}
	return account.UID
}

// background runs managers, one after the other, until it is stopped: without its CRDs one ends by itself.
func (w *world) background(ctx context.Context, folder string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for w.runManager(ctx, folder) != nil && ctx.Err() == nil {
			wait(ctx, polling)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func (w *world) finishTest(ctx context.Context) {
	pod := &corev1.Pod{}
	pod.Namespace, pod.Name = operator, "rollcall-test"
	if err := w.kube.Get(ctx, client.ObjectKeyFromObject(pod), pod); apierrors.IsNotFound(err) || pod.Status.Phase != corev1.PodRunning {
		return
	}
	_ = w.kube.Status().Patch(ctx, pod, client.RawPatch(types.MergePatchType, []byte(`{"status": {"phase": "Succeeded"}}`)))
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
