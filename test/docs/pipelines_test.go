// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
)

// variables are those that GitHub Actions and GitLab CI give to a step, of the commit in the reader's folder.
const variables = `
export GITHUB_SHA=$(git rev-parse HEAD) GITHUB_REF_NAME=$(git branch --show-current)
export CI_COMMIT_SHA=$(git rev-parse HEAD) CI_COMMIT_SHORT_SHA=$(git rev-parse --short=8 HEAD) CI_COMMIT_REF_NAME=$(git branch --show-current)
export CI_COMMIT_MESSAGE=$(git log -1 --format=%B) CI_REGISTRY_IMAGE=registry.example/acme/checkout
`

// expression is what GitHub Actions puts into a script before a shell sees it: whoever writes a commit message may then
// write the script.
var expression = regexp.MustCompile(`\$\{\{`)

// runsScripts runs the steps of a pipeline.
func (s *sandbox) runsScripts(t *testing.T, scripts []string) error {
	t.Helper()
	var errs []error
	for _, script := range scripts {
		if expression.MatchString(script) {
			errs = append(errs, fmt.Errorf("an expression of GitHub's stands in a script: %s", script))
			continue
		}
		if _, err := s.run(t.Context(), variables+script); err != nil {
			errs = append(errs, fmt.Errorf("%w\n%s", err, script))
		}
	}
	return errors.Join(errs...)
}

// under are all texts, and the texts of all lists, that stand under a key.
func under(node any, key string) []string {
	var found []string
	switch node := node.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			if name != key {
				found = append(found, under(node[name], key)...)
				continue
			}
			switch value := node[name].(type) {
			case string:
				found = append(found, value)
			case []any:
				for _, line := range value {
					found = append(found, fmt.Sprint(line))
				}
			}
		}
	case []any:
		for _, value := range node {
			found = append(found, under(value, key)...)
		}
	}
	return found
}
