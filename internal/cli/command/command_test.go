// SPDX-License-Identifier: Apache-2.0

package command_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

func TestTable(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	var table command.Table
	table.Header("NAME", "STATE")
	table.Row("größer", "failed")
	table.Row("a\nb", "\x1b[2Jsuccessful")
	g.Expect(table.Write(&out)).To(Succeed())
	g.Expect(out.String()).To(Equal("NAME     STATE\ngrößer   failed\na b      \ufffd[2Jsuccessful\n"))
}

func TestPaint(t *testing.T) {
	g := NewWithT(t)
	g.Expect(bool(command.PaintFor(&bytes.Buffer{}))).To(BeFalse(), "no terminal")
	var out bytes.Buffer
	table := command.Table{Paint: true}
	table.Row("failed", "x")
	table.Color(0, command.Red)
	table.Row("ok", "y")
	g.Expect(table.Write(&out)).To(Succeed())
	g.Expect(out.String()).To(Equal("\x1b[31mfailed\x1b[0m   x\nok       y\n"), "colours do not count as width")
}

func TestOutput(t *testing.T) {
	value := map[string]string{"issue": "SHOP-12"}
	for format, want := range map[string]string{"json": "{\n  \"issue\": \"SHOP-12\"\n}\n", "yaml": "issue: SHOP-12\n", "table": ""} {
		t.Run(format, func(t *testing.T) {
			g := NewWithT(t)
			var out bytes.Buffer
			printed, err := parse(t, "-o", format).Print(&out, value)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(printed).To(Equal(want != ""))
			g.Expect(out.String()).To(Equal(want))
		})
	}
	g := NewWithT(t)
	_, err := parse(t, "-o", "xml").Print(&bytes.Buffer{}, value)
	g.Expect(err).To(MatchError("-o xml: there are table, json and yaml"))
	code, untold := command.Code(err)
	g.Expect(code).To(Equal(command.ExitUsage))
	g.Expect(untold).To(BeTrue())
}

func parse(t *testing.T, args ...string) *command.Output {
	t.Helper()
	var o command.Output
	cmd := &cobra.Command{}
	o.AddTo(cmd)
	NewWithT(t).Expect(cmd.ParseFlags(args)).To(Succeed())
	return &o
}

func TestCode(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		code   int
		untold bool
	}{
		"none":    {nil, 0, false},
		"other":   {errors.New("x"), 1, true},
		"usage":   {fmt.Errorf("a: %w", command.Usage(errors.New("x"))), 2, true},
		"no":      {command.No(), 1, false},
		"its own": {command.Coded(4, errors.New("x")), 4, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			code, untold := command.Code(c.err)
			g.Expect(code).To(Equal(c.code))
			g.Expect(untold).To(Equal(c.untold))
		})
	}
}
