// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

const canary = "canary-4f1c"

// at is a creation with a terminal at which these answers are given; none where it is empty.
func at(answers string) (*creation, *bytes.Buffer) {
	var out bytes.Buffer
	c := &creation{env: &command.Env{IOStreams: genericiooptions.IOStreams{In: strings.NewReader(canary + "\n"), Out: &out, ErrOut: &out}}, dryRun: "none", output: "yaml"}
	c.objects.name, c.objects.namespace, c.prompt = "acme", "rollcall-system", prompt{out: &out}
	if answers != "" {
		c.prompt.lines = bufio.NewReader(strings.NewReader(answers))
		c.prompt.hidden = func(context.Context) ([]byte, error) { return []byte(canary + "\n"), nil }
	}
	return c, &out
}

func TestAsk(t *testing.T) {
	g := NewWithT(t)
	c, out := at("acme.atlassian.net\nSHOP, PAY\nclient-1\n")
	g.Expect(c.ask(t.Context())).To(Succeed())
	g.Expect(c.objects.host).To(Equal("acme.atlassian.net"))
	g.Expect(c.objects.projects).To(Equal([]string{"SHOP", "PAY"}))
	g.Expect(c.objects.clientID).To(Equal("client-1"))
	g.Expect(c.objects.secret).To(Equal(canary))
	g.Expect(out.String()).NotTo(ContainSubstring(canary))

	c, _ = at("\n")
	g.Expect(c.ask(t.Context())).To(MatchError("--host is missing"))
	c, _ = at("acme.atlassian.net\n\nclient-1\n")
	g.Expect(c.ask(t.Context())).To(Succeed(), "projects may be left out")
}

func TestTheSecretIsReadFromAFileOrTheStandardInput(t *testing.T) {
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "secret")
		NewWithT(t).Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
		return path
	}
	for name, tt := range map[string]struct{ file, want, problem string }{
		"a file":                 {file: file(" " + canary + "\r\n"), want: canary},
		"the standard input":     {file: "-", want: canary},
		"an empty file":          {file: file("\n"), problem: "the client secret is empty"},
		"a file of another kind": {file: file(strings.Repeat(canary, 1000)), problem: "longer than 4096 bytes"},
		"no file":                {file: "/nowhere/secret", problem: "read the client secret: open /nowhere/secret"},
		"none":                   {problem: "name a file with --client-secret-file"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c, out := at("")
			c.objects.host, c.objects.clientID, c.secretFile = "acme.atlassian.net", "x", tt.file
			err := c.ask(t.Context())
			if tt.problem != "" {
				g.Expect(err).To(MatchError(ContainSubstring(tt.problem)))
				g.Expect(err.Error()).NotTo(ContainSubstring(canary))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(c.objects.secret).To(Equal(tt.want))
			g.Expect(out.String()).NotTo(ContainSubstring(canary))
		})
	}
}

func TestConfirm(t *testing.T) {
	for answer, agreed := range map[string]bool{"y\n": true, "yes\n": true, "n\n": false, "\n": false} {
		c, out := at(answer)
		NewWithT(t).Expect(c.confirm(t.Context(), "a Secret x/y") == nil).To(Equal(agreed), answer)
		NewWithT(t).Expect(out.String()).To(Equal("There is a Secret x/y already. Change it? [y/N]: "))
	}
	c, _ := at("")
	NewWithT(t).Expect(c.confirm(t.Context(), "a Secret x/y")).To(MatchError("there is a Secret x/y already, and nothing was written: choose another name, or --overwrite"))
	c.overwrite = true
	NewWithT(t).Expect(c.confirm(t.Context(), "a Secret x/y")).To(Succeed())
}

func TestAQuestionCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := interruptible(ctx, func() ([]byte, error) { select {} })
	NewWithT(t).Expect(errors.Is(err, context.Canceled)).To(BeTrue())
}

func TestPrint(t *testing.T) {
	for _, form := range []string{"yaml", "json"} {
		g := NewWithT(t)
		c, out := at("")
		c.objects.host, c.objects.clientID, c.objects.secret, c.output = "acme.atlassian.net", "client-1", canary, form
		c.objects.environments = []string{"prod:production:a,b"}
		g.Expect(c.print()).To(Succeed())
		g.Expect(out.String()).To(And(ContainSubstring("client-1"), ContainSubstring("acme-jira"), ContainSubstring(leftOut), Not(ContainSubstring(canary))))
	}
	c, _ := at("")
	c.objects.environments = []string{"prod"}
	NewWithT(t).Expect(c.print()).To(MatchError(ContainSubstring("write it as ID:TYPE:NAMESPACES")))
}
