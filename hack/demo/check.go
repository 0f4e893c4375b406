package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
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
	expect("a release that was rolled back", func(d jira.Deployment) bool {
		return d.State == "rolled_back" && keys(d, "SHOP-15")
	})
	expect("the rollback, with the keys of the release that it restores", func(d jira.Deployment) bool {
		return d.State == "successful" && d.DeploymentSequenceNumber%1_000_000 == 3 && keys(d, "SHOP-12", "SHOP-13")
	})
	return errors.Join(errs...)
}

func keys(d jira.Deployment, want ...string) bool {
	return len(d.Associations) == 1 && slices.Equal(d.Associations[0].Values, want)
}
