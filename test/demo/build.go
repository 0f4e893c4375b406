// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// build commits, and lets a Job build an image of it, unless that was done. Jira shows the build on the commit's issue before
// anything is deployed.
func build(ctx context.Context, w *world, r release) error {
	if w.built[r.version] != "" {
		return nil
	}
	says(fmt.Sprintf("git commit -m %q && git push", r.commit))
	id, err := w.code.Commit(r.commit)
	if err != nil {
		return err
	}
	if w.built[r.version], err = w.code.Build(r.version); err != nil {
		return err
	}
	file, err := fill("build.yaml", "build-"+r.version+".yaml", map[string]string{
		"REPOSITORY": w.code.URL, "REVISION": id, "IMAGE": w.built[r.version],
	})
	if err != nil {
		return err
	}
	says("kubectl create -f " + file)
	if err := cluster.Create(ctx, w.client, file); err != nil {
		return err
	}
	return awaitBuild(ctx, w, id)
}

// awaitBuild waits until Jira shows that a commit was built.
func awaitBuild(ctx context.Context, w *world, commit string) error {
	for {
		changed := w.jira.Changed()
		builds, err := builds(w)
		if err != nil {
			return err
		}
		for _, b := range builds {
			if b.State == "successful" && commitOf(b) == commit {
				fmt.Printf("   Jira: the build of %s is successful, %s\n", commit[:7], b.IssueKeys[0])
				return nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for Jira to show the build of %s: %w", commit, ctx.Err())
		}
	}
}

// builds returns what Jira shows of builds, in their order.
func builds(w *world) ([]jira.Build, error) {
	var all []jira.Build
	for _, stored := range w.jira.Builds() {
		var b jira.Build
		if err := json.Unmarshal(stored.JSON, &b); err != nil {
			return nil, fmt.Errorf("decode build: %w", err)
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b jira.Build) int { return int(a.BuildNumber - b.BuildNumber) })
	return all, nil
}

func commitOf(b jira.Build) string {
	for _, r := range b.References {
		if r.Commit != nil {
			return r.Commit.ID
		}
	}
	return ""
}
