package cluster

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestBuilderTellsProgressFromFailure(t *testing.T) {
	g, b := NewWithT(t), &builder{}
	g.Expect(b.step()).To(Equal("reading its modules"))

	reason := b.watch(strings.NewReader("go: downloading k8s.io/api v0.37.2\ngo: downloading k8s.io/client-go v0.37.2\n"))
	g.Expect(reason).To(BeEmpty())
	g.Expect(b.step()).To(Equal("downloaded 2 modules"))

	b.total.Store(3)
	b.counted.Store(true)
	reason = b.watch(strings.NewReader("internal/cpu\ngo.uber.org/zap\n"))
	g.Expect(reason).To(BeEmpty())
	g.Expect(b.step()).To(Equal("compiled 2 of 3 packages"))

	reason = b.watch(strings.NewReader("unicode\n# unicode\nx.go:1:1: syntax error\n"))
	g.Expect(reason).To(Equal("# unicode\nx.go:1:1: syntax error"))
	g.Expect(b.step()).To(Equal("linking"))
}

func TestFailureSaysWhatToDo(t *testing.T) {
	for reason, want := range map[string]string{
		"compile: signal: killed":                                          "out of memory",
		"write /tmp/x: no space left on device":                            "free some space",
		`Get "https://proxy.example/x": dial tcp: i/o timeout`:             "set GOPROXY",
		"missing go.sum entry for module providing package k8s.io/api":     "go mod tidy",
		"x.go:1:1: syntax error: non-declaration statement outside a body": "",
	} {
		NewWithT(t).Expect(advice(reason)).To(ContainSubstring(want), reason)
	}
}

func TestBuildEnvironmentIsForThisMachine(t *testing.T) {
	g := NewWithT(t)
	env := buildEnvironment([]string{"GOPROXY=https://proxy.example", "GOOS=plan9", "CGO_ENABLED=1"}, false)
	g.Expect(env).To(ContainElement("GOPROXY=https://proxy.example"))
	g.Expect(env[len(env)-4:]).To(ContainElements("CGO_ENABLED=0", "GOWORK=off"), "what comes last counts")

	env = buildEnvironment([]string{"CGO_ENABLED=0"}, true)
	g.Expect(env[len(env)-4:]).To(ContainElement("CGO_ENABLED=1"), "a program that needs C gets it")
}
