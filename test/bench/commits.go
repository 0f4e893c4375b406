// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync/atomic"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/bench/report"
	"github.com/rollcall-dev/rollcall/test/forge"
)

// fewImages is how many images the Deployments share in the first of two measures. In the second each has one of its own.
const fewImages = 50

// measureCommits lets many new Deployments come whose images say which commit they are built from, and measures what it costs
// to find these commits. They list their issues as well, since the bare reporter reads no commits.
func measureCommits(ctx context.Context, w *world, o options) (outcome, error) {
	var out outcome
	code, err := w.startForge(ctx)
	if err != nil {
		return out, err
	}
	defer code.Close()
	if err := w.start(ctx); err != nil {
		return out, err
	}
	known := 0
	for _, images := range []int{min(fewImages, o.burst), o.burst} {
		known += o.burst
		found, err := w.measureImages(ctx, code, images, o.burst, known)
		if err != nil {
			return out, err
		}
		out.add(found)
	}
	return out, nil
}

// measureImages lets Deployments come that share images. known is of how many records the commits are known then.
func (w *world) measureImages(ctx context.Context, code *forge.Forge, images, size, known int) (outcome, error) {
	what := fmt.Sprintf("%d new Deployments of %d images, with commits", size, images)
	say("%s: building the images", what)
	built, err := buildImages(code, fmt.Sprintf("acme/shop-%d", images), images)
	if err != nil {
		return outcome{}, err
	}
	var next atomic.Int64 // they are made at the same time
	makeBuilt := func(key client.ObjectKey, issue string) *appsv1.Deployment {
		d := makeReady(key, issue)
		d.Spec.Template.Spec.Containers[0].Image = built[int(next.Add(1))%images]
		return d
	}
	f, err := w.planFleet(ctx, size, makeBuilt, func(i int) string { return fmt.Sprintf("commits-%d-%d-prod", images, i%freshNamespaces) })
	if err != nil {
		return outcome{}, err
	}
	pulls, asked := code.Pulls(), code.GitRequests()
	all, spent, err := w.during(ctx, what, 0, f, func() error {
		if err := f.createAt(ctx, paces[0].rate); err != nil {
			return err
		}
		return w.awaitSources(ctx, what, known)
	})
	if err != nil {
		return outcome{}, err
	}
	// An image has an index, a manifest and a configuration at most.
	most := &report.Promise{Plus: report.Count(float64(3 * images))}
	out := outcome{rows: append(w.spanRows(what, all, nil), w.latencyRows(what, all, paces[0].p50)...)}
	out.rows = append(out.rows, spent.requests(what, nil),
		report.Row{Measure: what + ": requests to the registry", Bare: report.Count(0), Rollcall: report.Count(code.Pulls() - pulls), Promise: most},
		report.Row{Measure: what + ": requests to the Git server", Bare: report.Count(0), Rollcall: report.Count(code.GitRequests() - asked)})
	out.rows = append(out.rows, spent.rows(what, size)...)
	out.rows = append(out.rows, spent.details(what, size)...)
	return out, nil
}

// startForge starts a Git server and a registry, and lets the site ask them.
func (w *world) startForge(ctx context.Context) (*forge.Forge, error) {
	code, err := forge.Start(filepath.Join(w.dir, "repositories"), "rollcall", rand.Text())
	if err != nil {
		return nil, err
	}
	err = w.kube.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: operatorNamespace, Name: "git", Annotations: map[string]string{v1alpha1.AnnotationRepositories: code.RepositoriesURL()},
		},
		StringData: map[string]string{"username": code.User, "password": code.Password},
	})
	var site v1alpha1.JiraSite
	if err == nil {
		err = w.kube.Get(ctx, client.ObjectKey{Name: siteName}, &site)
	}
	if err == nil {
		site.Spec.Commits = &v1alpha1.Commits{
			Registries:   []string{code.RegistryURL()},
			Repositories: []v1alpha1.CommitRepositories{{URL: code.RepositoriesURL(), SecretName: "git"}},
		}
		err = w.kube.Update(ctx, &site)
	}
	if err != nil {
		code.Close()
		return nil, fmt.Errorf("prepare commits: %w", err)
	}
	return code, nil
}

func buildImages(code *forge.Forge, name string, images int) ([]string, error) {
	repository, err := code.Create(name)
	if err != nil {
		return nil, err
	}
	built := make([]string, images)
	for i := range built {
		if _, err := repository.Commit(fmt.Sprintf("%s-%d: Change something", project, i+1)); err != nil {
			return nil, err
		}
		if built[i], err = repository.Build(fmt.Sprintf("1.%d", i)); err != nil {
			return nil, err
		}
	}
	return built, nil
}

// awaitSources waits until the commits of all records are known.
func (w *world) awaitSources(ctx context.Context, what string, size int) error {
	return poll(ctx, what+": the commits of all are known", func() (bool, error) {
		var list v1alpha1.JiraDeploymentList
		if err := w.kube.List(ctx, &list); err != nil {
			return false, fmt.Errorf("list records: %w", err)
		}
		known := 0
		for i := range list.Items {
			if list.Items[i].Spec.Source.Resolved() {
				known++
			}
		}
		return known == size, nil
	})
}
