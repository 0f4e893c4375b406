// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/test/node"
)

func TestOnlyCIFailsForWantOfAPackage(t *testing.T) {
	root, headers := node.Need{What: "root"}, node.Need{What: "headers", Packages: []string{"libseccomp-dev"}}
	tests := map[string]struct {
		missing []node.Need
		ci      bool
		want    string // the error; empty for none
	}{
		"a developer lacks a package": {[]node.Need{headers}, false, ""},
		"a developer lacks both":      {[]node.Need{root, headers}, false, ""},
		"CI lacks root":               {[]node.Need{root}, true, ""},
		"CI lacks a package":          {[]node.Need{headers}, true, "in CI nothing is skipped for want of a package: apt-get install libseccomp-dev"},
		"CI lacks both":               {[]node.Need{root, headers}, true, "in CI nothing is skipped for want of a package: apt-get install libseccomp-dev"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var out strings.Builder
			err := skip(&out, tt.missing, tt.ci)
			if tt.want == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(out.String()).To(HavePrefix("SKIPPED: "))
			} else {
				g.Expect(err).To(MatchError(tt.want))
				g.Expect(out.String()).To(HavePrefix("FAILED: "))
			}
			for _, need := range tt.missing {
				g.Expect(out.String()).To(ContainSubstring("  - " + need.String() + "\n"))
			}
		})
	}
}

func TestInCI(t *testing.T) {
	for value, want := range map[string]bool{"": false, "false": false, "true": true, "1": true} {
		t.Setenv("CI", value)
		NewWithT(t).Expect(inCI()).To(Equal(want), "CI=%s", value)
	}
}
