// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
)

// makeModule writes a module of two programs that share a package, and returns its folder.
func makeModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":           "module example.test/two\n\ngo 1.26\n",
		"shared/shared.go": "package shared\n\nconst Word = \"" + filepath.Base(dir) + "\"\n",
		"one/main.go":      "package main\n\nimport \"example.test/two/shared\"\n\nfunc main() { println(shared.Word) }\n",
		"two/main.go":      "package main\n\nimport \"example.test/two/shared\"\n\nfunc main() { println(shared.Word) }\n",
		"broken/main.go":   "package main\n\nfunc main() { undefined() }\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunBuildsAndSaysWhatItDoes(t *testing.T) {
	g, dir := NewWithT(t), makeModule(t)
	builds := []Build{
		{Title: "one", Dir: dir, Packages: []string{"./one"}, Flags: []string{"-o", filepath.Join(dir, "bin", "one")}},
		{Title: "two", Dir: dir, Packages: []string{"./two"}, Flags: []string{"-o", filepath.Join(dir, "bin", "two")}},
	}
	out := &bytes.Buffer{}
	g.Expect(Run(t.Context(), NewReporter("test", out, clock.RealClock{}), builds...)).To(Succeed())
	g.Expect(out.String()).To(MatchRegexp(`(?m)^test: [0-9]+ packages? to compile for one, two: less than a minute on `))
	g.Expect(out.String()).To(ContainSubstring("test: built one, two in "))
	for _, name := range []string{"one", "two"} {
		g.Expect(filepath.Join(dir, "bin", name)).To(BeARegularFile())
	}

	t.Log("The second time there is nothing to do, and nothing to say.")
	out.Reset()
	g.Expect(Run(t.Context(), NewReporter("test", out, clock.RealClock{}), builds...)).To(Succeed())
	g.Expect(out.String()).NotTo(Or(ContainSubstring("compile"), ContainSubstring("built")))
}

func TestPackagesThatAreSharedCountOnce(t *testing.T) {
	g, dir := NewWithT(t), makeModule(t)
	p := &progress{report: NewReporter("test", nil, clock.RealClock{})}
	both, err := p.count(t.Context(), []Build{{Dir: dir, Packages: []string{"./one"}}, {Dir: dir, Packages: []string{"./two"}}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(both[0]).To(BeNumerically(">=", 1), "the shared package is new")
	g.Expect(both[1]).To(Equal(both[0]))

	other, err := p.count(t.Context(), []Build{{Dir: dir, Packages: []string{"./one"}}, {Dir: dir, Packages: []string{"./two"}, Tags: "other"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(other[1]).To(BeNumerically(">", other[0]), "with other flags it is compiled again")
}

func TestABuildThatFailsSaysWhy(t *testing.T) {
	dir := makeModule(t)
	err := Run(t.Context(), NewReporter("test", nil, clock.RealClock{}), Build{Title: "broken", Dir: dir, Packages: []string{"./broken"}, Flags: []string{"-o", filepath.Join(dir, "bin", "broken")}})
	NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("build broken: go build"), ContainSubstring("undefined: undefined"))))
}

func TestWatchTellsProgressFromFailure(t *testing.T) {
	for name, tc := range map[string]struct {
		stderr               string
		downloaded, compiled int64
		reason               string
	}{
		"modules":  {stderr: "go: downloading k8s.io/api v0.37.2\ngo: downloading k8s.io/client-go v0.37.2\n", downloaded: 2},
		"packages": {stderr: "internal/cpu\ngo.uber.org/zap\n", compiled: 2},
		"an error": {stderr: "unicode\n# unicode\nx.go:1:1: syntax error\n", compiled: 1, reason: "# unicode\nx.go:1:1: syntax error"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var downloaded, compiled atomic.Int64
			g.Expect(watch(strings.NewReader(tc.stderr), &downloaded, &compiled)).To(Equal(tc.reason))
			g.Expect(downloaded.Load()).To(Equal(tc.downloaded))
			g.Expect(compiled.Load()).To(Equal(tc.compiled))
		})
	}
}

func TestStepsOfABuild(t *testing.T) {
	for name, tc := range map[string]struct {
		compiled int64
		want     string
	}{
		"too early for a forecast":         {10, "compiled 10 of 200 packages, 1m40s"},
		"a quarter of it":                  {50, "compiled 50 of 200 packages, 1m40s; about 5 minutes left"},
		"all that this program is made of": {100, "linking etcd, 1m40s"},
	} {
		t.Run(name, func(t *testing.T) {
			clk := clocktesting.NewFakeClock(time.Unix(1000, 0))
			p := &progress{report: NewReporter("test", nil, clk), started: clk.Now(), compiling: clk.Now()}
			p.total.Store(200)
			p.compiled.Store(tc.compiled)
			clk.Step(100 * time.Second)
			NewWithT(t).Expect(p.step("etcd", 100)).To(Equal(tc.want))
		})
	}
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		10 * time.Second:         "less than a minute",
		80 * time.Second:         "about a minute",
		100 * time.Second:        "about 2 minutes",
		estimate(2856, 2):        "about 15 minutes",
		estimate(2856, 2) * 1e+2: "about 1547 minutes",
	} {
		NewWithT(t).Expect(about(d)).To(Equal(want))
	}
}

func TestFailureSaysWhatToDo(t *testing.T) {
	for reason, want := range map[string]string{
		"compile: signal: killed":                                          "out of memory",
		"write /tmp/x: no space left on device":                            "free some space",
		`Get "https://proxy.example/x": dial tcp: i/o timeout`:             "set GOPROXY",
		"missing go.sum entry for module providing package k8s.io/api":     "go mod tidy",
		"x.go:1:1: syntax error: non-declaration statement outside a body": "",
	} {
		NewWithT(t).Expect(Advice(reason)).To(ContainSubstring(want), reason)
	}
}

func TestEnvironmentIsForThisMachine(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Environment(false)).To(ContainElements("CGO_ENABLED=0", "GOWORK=off"))
	g.Expect(Environment(true)).To(ContainElement("CGO_ENABLED=1"), "a program that needs C gets it")
}
