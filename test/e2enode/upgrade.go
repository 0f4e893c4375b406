// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// upgrade changes the manager's version and one more value. A new leader looks at every workload at once; that it
// has, is known when it has told of a release that was made after it began to lead.
func (w *world) upgrade(ctx context.Context) error {
	before, err := w.settled(ctx)
	if err != nil {
		return err
	}
	told := w.told(webNamespace)
	if err := w.runHelm(ctx, "upgrade", release, w.chart, "--wait", "--reuse-values", "--set=image.tag="+newVersion, "--set=log.encoder=console"); err != nil {
		return err
	}
	if err := errors.Join(w.managersReady(ctx, newVersion), w.awaitLeader(ctx)); err != nil {
		return err
	}
	if err := w.create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: lateNamespace}}, makeWeb(lateNamespace, "SHOP-3", 2*time.Second)); err != nil {
		return err
	}
	if err := w.awaitTold(ctx, lateNamespace, "1 in_progress SHOP-3", "1 successful SHOP-3"); err != nil {
		return err
	}
	requests := w.jira.Requests()
	if agent := requests[len(requests)-1].UserAgent; !strings.HasPrefix(agent, "rollcall/"+newVersion+" ") {
		return fmt.Errorf("the last request is from %q", agent)
	}
	if again := w.told(webNamespace); !slices.Equal(again, told) {
		return fmt.Errorf("told Jira %q before the upgrade, and %q after it", told, again)
	}
	after, err := w.settled(ctx)
	if err == nil && !slices.Equal(before, after) {
		err = fmt.Errorf("the records were %q before the upgrade, and are %q", before, after)
	}
	return err
}

// settled are the records of the first releases, each with what an upgrade must not change. It waits until all of
// them show Jira's answer: Jira has the last state of a release a moment before its record says so.
func (w *world) settled(ctx context.Context) ([]string, error) {
	var records []string
	err := eventually(ctx, func() error {
		var list v1alpha1.JiraDeploymentList
		if err := w.kube.List(ctx, &list, client.InNamespace(webNamespace)); err != nil {
			return fmt.Errorf("list records: %w", err)
		}
		records = nil
		for _, r := range list.Items {
			if !r.Settled() {
				return fmt.Errorf("record %s waits for Jira's answer", r.Name)
			}
			records = append(records, fmt.Sprintf("%s %s generation %d", r.Name, r.UID, r.Generation))
		}
		return nil
	})
	return records, err
}
