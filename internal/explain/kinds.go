// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/internal/controller/workload"
)

// shortNames are what kubectl takes for the kinds of workloads beside their plural and singular names.
var shortNames = map[string][]string{
	"deployments":  {"deploy"},
	"statefulsets": {"sts"},
	"daemonsets":   {"ds"},
	"rollouts":     {"ro"},
}

// KindOf returns the kind of workload that a word names as kubectl takes it, such as deploy, deployments or deployments.apps.
func KindOf(word string) (workload.Kind, error) {
	name, group, grouped := strings.Cut(strings.ToLower(word), ".")
	for _, kind := range workload.Kinds {
		names := append([]string{kind.Resource, strings.ToLower(kind.GroupKind.Kind)}, shortNames[kind.Resource]...)
		// deployments.v1.apps names the version, too.
		if slices.Contains(names, name) && (!grouped || group == kind.GroupKind.Group || strings.HasSuffix(group, "."+kind.GroupKind.Group)) {
			return kind, nil
		}
	}
	return workload.Kind{}, fmt.Errorf("%q is no kind of workload that Rollcall reports: deploy, sts, ds or rollout", word)
}

// ParseWorkload reads TYPE/NAME, or TYPE and NAME as two arguments.
func ParseWorkload(args []string) (workload.Kind, string, error) {
	words := args
	if len(args) == 1 {
		words = strings.Split(args[0], "/")
	}
	if len(words) != 2 || words[0] == "" || words[1] == "" {
		return workload.Kind{}, "", fmt.Errorf("%q names no workload: write TYPE/NAME, such as deploy/web", strings.Join(args, " "))
	}
	kind, err := KindOf(words[0])
	return kind, words[1], err
}
