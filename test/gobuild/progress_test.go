// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"bytes"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"
)

func TestReporter(t *testing.T) {
	for name, tc := range map[string]struct {
		terminal bool
		want     string
	}{
		"a log gets a line every few seconds": {
			want: "control plane: building\ncontrol plane: 2 of 9\ncontrol plane: built\n",
		},
		"a terminal gets one line that moves": {
			terminal: true,
			want:     "control plane: building\ncontrol plane: 2 of 9\r\x1b[Kcontrol plane: built\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, clk := &bytes.Buffer{}, clocktesting.NewFakeClock(time.Unix(1000, 0))
			r := NewReporter("control plane", out, clk)
			r.terminal = tc.terminal
			r.Line("building")
			r.Status("1 of 9") // too early
			clk.Step(logInterval)
			r.Status("2 of 9")
			r.Status("3 of 9") // too early again
			r.Line("%s", "built")
			NewWithT(t).Expect(out.String()).To(Equal(tc.want))
		})
	}
}

func TestReporterWithoutAWriterIsSilent(_ *testing.T) {
	NewReporter("control plane", nil, clocktesting.NewFakeClock(time.Unix(1000, 0))).Line("nobody reads this")
}

func TestReporterTakesAFileForALog(t *testing.T) {
	g := NewWithT(t)
	file, err := os.CreateTemp(t.TempDir(), "log")
	g.Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	g.Expect(NewReporter("control plane", file, clocktesting.NewFakeClock(time.Unix(1000, 0))).terminal).To(BeFalse())
}
