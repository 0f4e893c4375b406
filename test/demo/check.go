// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// checkStory checks that a jira.json tells the whole story.
func checkStory(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read what Jira stored: %w", err)
	}
	var stored []jira.Deployment
	if err := json.Unmarshal(data, &stored); err != nil {
		return fmt.Errorf("decode what Jira stored: %w", err)
	}
	var errs []error
	expect := func(what string, holds func(jira.Deployment) bool) {
		if slices.ContainsFunc(stored, holds) {
			fmt.Println("ok: " + what)
		} else {
			errs = append(errs, errors.New("missing: "+what))
		}
	}
	for _, environment := range []string{"development", "staging", "production"} {
		expect("a successful deployment in "+environment, func(d jira.Deployment) bool {
			return d.Environment.Type == environment && d.State == "successful"
		})
	}
	for revision, issue := range map[int64]string{2: "SHOP-12", 3: "SHOP-13", 4: "SHOP-14"} {
		expect(issue+" alone, in its own release to development", is("development", revision, "successful", issue))
	}
	three := []string{"SHOP-14", "SHOP-13", "SHOP-12"}
	expect("the three commits in one release to production, with their range", func(d jira.Deployment) bool {
		return is("production", 2, "successful", three...)(d) && threeCommits.MatchString(d.Description)
	})
	if slices.ContainsFunc(stored, func(d jira.Deployment) bool { return d.Environment.Type == "production" && revisionOf(d) == 3 }) {
		errs = append(errs, errors.New("told once more: the release that has the same image"))
	}
	errs = append(errs, checkBuilds(filepath.Join(filepath.Dir(file), "builds.json")))
	expect("a release that was rolled back", is("production", 4, "rolled_back", "SHOP-15"))
	expect("the rollback, with the keys of the release that it restores", is("production", 5, "successful", three...))
	return errors.Join(errs...)
}

// checkBuilds checks that each issue has a successful build of its own, with the tests that ran.
func checkBuilds(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read what Jira stored of builds: %w", err)
	}
	var stored []jira.Build
	if err := json.Unmarshal(data, &stored); err != nil {
		return fmt.Errorf("decode what Jira stored of builds: %w", err)
	}
	var errs []error
	for _, issue := range []string{"SHOP-11", "SHOP-12", "SHOP-13", "SHOP-14", "SHOP-15"} {
		what := "a build of " + issue + " alone, with its commit and its tests"
		if slices.ContainsFunc(stored, func(b jira.Build) bool {
			return b.State == "successful" && slices.Equal(b.IssueKeys, []string{issue}) && commitOf(b) != "" && b.TestInfo != nil && b.TestInfo.Passed == 119
		}) {
			fmt.Println("ok: " + what)
		} else {
			errs = append(errs, errors.New("missing: "+what))
		}
	}
	return errors.Join(errs...)
}

// threeCommits finds the range in a description: 3 commits, 41ac7e7...e7f1aaa.
var threeCommits = regexp.MustCompile(`, 3 commits, [0-9a-f]{7}[.]{3}[0-9a-f]{7}$`)

// is finds the deployment of a revision in an environment, in a state, with these issues.
func is(environment string, revision int64, state string, issues ...string) func(jira.Deployment) bool {
	return func(d jira.Deployment) bool {
		return d.Environment.Type == environment && revisionOf(d) == revision && d.State == state &&
			len(d.Associations) == 1 && slices.Equal(d.Associations[0].Values, issues)
	}
}
