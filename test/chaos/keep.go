// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// keep leaves in the output folder what Jira shows, what the managers wrote into the cluster, and what was true.
func (r *run) keep(ctx context.Context) error {
	file, err := os.Create(filepath.Join(r.options.dir, "jira.json"))
	if err != nil {
		return fmt.Errorf("keep what Jira shows: %w", err)
	}
	errs := []error{r.world.jira.WriteJSON(file), file.Close(), r.keepFacts()}
	for name, list := range map[string]client.ObjectList{
		"records.yaml": &v1alpha1.JiraDeploymentList{},
		"builds.yaml":  &v1alpha1.JiraBuildList{},
		"sites.yaml":   &v1alpha1.JiraSiteList{},
		"events.yaml":  &eventsv1.EventList{},
	} {
		errs = append(errs, r.keepList(ctx, name, list))
	}
	return errors.Join(errs...)
}

func (r *run) keepFacts() error {
	file, err := os.Create(filepath.Join(r.options.dir, "facts.txt"))
	if err != nil {
		return fmt.Errorf("keep facts: %w", err)
	}
	writeFacts(file, r.plan.Workloads, r.observer.lives(time.Now()), r.world.fleet.noticed)
	return file.Close()
}

func (r *run) keepList(ctx context.Context, name string, list client.ObjectList) error {
	if err := r.world.kube.List(ctx, list); err != nil {
		return fmt.Errorf("list for %s: %w", name, err)
	}
	text, err := yaml.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	if err := os.WriteFile(filepath.Join(r.options.dir, name), text, 0o600); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

// explain prints the records of every workload that something was found about.
func (r *run) explain(ctx context.Context, out io.Writer, verdict Verdict) {
	told := map[Workload]bool{}
	for _, f := range verdict.Findings {
		if told[f.Workload] || f.Workload.Kind == "" {
			continue
		}
		told[f.Workload] = true
		var list v1alpha1.JiraDeploymentList
		if err := r.world.kube.List(ctx, &list, client.InNamespace(f.Workload.Namespace)); err != nil {
			fmt.Fprintf(out, "\nThe records of %s cannot be read: %v\n", f.Workload, err)
			continue
		}
		fmt.Fprintf(out, "\nThe records of %s:\n", f.Workload)
		for _, d := range list.Items {
			if ref := d.Spec.Workload; ref == nil || ref.Kind != f.Workload.Kind || ref.Name != f.Workload.Name {
				continue
			}
			d.ManagedFields = nil
			text, err := yaml.Marshal(&d)
			if err != nil {
				text = []byte(err.Error())
			}
			fmt.Fprintf(out, "---\n%s", text)
		}
	}
}
