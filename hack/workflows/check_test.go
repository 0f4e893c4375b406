// SPDX-License-Identifier: Apache-2.0

package workflows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheWorkflowsOfTheProject(t *testing.T) {
	problems, err := Check("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// good is a workflow without a fault. Each bad one is this with a line changed.
const good = `name: good
on: {pull_request: {}}
permissions: {}
concurrency: {group: "good-${{ github.ref }}", cancel-in-progress: true}
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {contents: read}
    steps:
    - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      with: {persist-credentials: false}
    - uses: actions/setup-go@4a3601121dd01d1626a1e23e37211e3254c1c06c # v6.4.0
      with: {go-version: "1.26"}
    - uses: ./.github/actions/ours
    - run: echo "$TITLE"
      env: {TITLE: "${{ github.event.pull_request.title }}"}
`

func TestABadWorkflowIsRefused(t *testing.T) {
	const checkout = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
	for name, c := range map[string]struct{ old, replacement, want string }{
		"none is wrong":                {},
		"no permissions":               {"permissions: {}\n", "", "names no permissions: write"},
		"all may be read":              {"permissions: {}\n", "permissions: read-all\n", "{} or contents: read, not read-all"},
		"the workflow may write":       {"permissions: {}\n", "permissions: {packages: write}\n", "packages: write belongs into the job"},
		"contents may be read":         {"permissions: {}\n", "permissions: {contents: read}\n", ""},
		"a job without permissions":    {"    permissions: {contents: read}\n", "", "job test names no permissions"},
		"a job that may do everything": {"{contents: read}", "write-all", "instead of write-all"},
		"a job without a limit":        {"    timeout-minutes: 5\n", "", "job test has no timeout-minutes"},
		"no concurrency":               {`concurrency: {group: "good-${{ github.ref }}", cancel-in-progress: true}`, "", "no concurrency group"},
		"a stranger's rights":          {"pull_request: {}", "pull_request_target: {}", "on pull_request_target runs with rights"},
		"a tag":                        {checkout, "actions/checkout@v6", "actions/checkout@v6 is not pinned"},
		"a short commit":               {checkout, "actions/checkout@de0fac2 # v6.0.2", "is not pinned"},
		"an image by tag":              {checkout, "docker://alpine:3", "docker://alpine:3 is not pinned"},
		"no version":                   {" # v6.0.2", "", "the line ends without its version"},
		"half a version":               {" # v6.0.2", " # v6", "the line ends without its version"},
		"credentials stay":             {"persist-credentials: false", "fetch-depth: 0", "without persist-credentials: false"},
		"credentials stay, and say so": {"persist-credentials: false", "persist-credentials: true", "without persist-credentials: false"},
		"another Go":                   {`"1.26"`, `"1.25"`, `go-version "1.25": go.mod has 1.26`},
		"an expression in a script":    {`"$TITLE"`, `"${{ github.sha }}"`, "a script has an expression in it"},
		"a reusable workflow by tag": {"  test:\n", "  other:\n    uses: acme/x/.github/workflows/y.yml@main\n    permissions: {}\n  test:\n",
			"y.yml@main is not pinned"},
		// actionlint's own
		"a context that is not there": {"github.event.pull_request.title", "github.evnt", `property "evnt" is not defined`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.old != "" && !strings.Contains(good, c.old) {
				t.Fatalf("the good workflow has no %q", c.old)
			}
			problems := check(t, map[string]string{"a.yml": strings.Replace(good, c.old, c.replacement, 1)})
			switch {
			case c.want == "" && len(problems) > 0:
				t.Errorf("Check() = %q, want no problem", problems)
			case c.want != "" && (len(problems) == 0 || !strings.Contains(strings.Join(problems, "\n"), c.want)):
				t.Errorf("Check() = %q, want one with %q", problems, c.want)
			}
		})
	}
}

func TestTwoVersionsOfAnActionAreRefused(t *testing.T) {
	other := strings.Replace(good, "de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "0000000000000000000000000000000000000000 # v6.0.1", 1)
	problems := check(t, map[string]string{"a.yml": good, "b.yaml": other})
	if len(problems) != 1 || !strings.Contains(problems[0], "b.yaml:11: actions/checkout is pinned to 0000000000000000000000000000000000000000 (v6.0.1) here, and to de0fac2") {
		t.Errorf("Check() = %q, want one problem in b.yaml", problems)
	}
}

func TestARepositoryWithoutWorkflowsIsAnError(t *testing.T) {
	if _, err := Check(t.TempDir()); err == nil {
		t.Error("Check() without workflows: error = nil, want one")
	}
}

// check checks a repository with these workflows.
func check(t *testing.T, workflows map[string]string) []string {
	t.Helper()
	root := t.TempDir()
	folder := filepath.Join(root, ".github", "workflows")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{filepath.Join(root, "go.mod"): "module x\n\ngo 1.26.0\n"}
	for name, content := range workflows {
		files[filepath.Join(folder, name)] = content
	}
	for name, content := range files {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	problems, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}
