// SPDX-License-Identifier: Apache-2.0

package why

import (
	"bytes"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/internal/why"
)

// Whatever a tenant wrote, a terminal must not obey it.
func TestNothingIsWrittenThatATerminalObeys(t *testing.T) {
	g := NewWithT(t)
	const evil = "a\x1b]52;c;x\a\nb"
	var out bytes.Buffer
	g.Expect(write(&out, why.Answer{
		Sentence: evil, Command: evil, Unread: []string{evil}, Manager: why.Manager{Works: why.No, Because: evil},
		Records:  []why.Record{{Namespace: evil, Name: evil, Site: evil, Workload: evil, Environment: evil, State: evil, Delivered: "True", Reason: evil}},
		Findings: []why.Finding{{Reason: evil, Object: evil, Site: evil, Text: evil, Do: evil}},
		Sites:    []why.Site{{Name: "acme", Host: evil, Ready: "False", Reason: evil, Message: evil}},
	}, time.Now())).To(Succeed())
	g.Expect(out.String()).NotTo(ContainSubstring("\x1b"))
	g.Expect(out.String()).NotTo(ContainSubstring("\a"))
	g.Expect(out.String()).NotTo(ContainSubstring("\nb"))
}
