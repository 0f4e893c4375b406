// SPDX-License-Identifier: Apache-2.0

package terminal_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

func TestPrintable(t *testing.T) {
	g := NewWithT(t)
	g.Expect(terminal.Printable("a\u202eb\tc\u0007")).To(Equal("a\ufffdb c\ufffd"))
}
