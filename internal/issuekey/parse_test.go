// SPDX-License-Identifier: Apache-2.0

package issuekey_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/internal/issuekey"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct{ key, err string }{
		"SHOP-12":  {key: "SHOP-12"},
		" shop-12": {key: "SHOP-12"},
		"A_B2-7":   {key: "A_B2-7"},
		"https://acme.atlassian.net/browse/SHOP-12?focusedId=1": {key: "SHOP-12"},
		"https://acme.atlassian.net/browse/SHOP-12/":            {key: "SHOP-12"},
		"shop12":   {err: `"shop12" is no issue key: is it SHOP-12?`},
		"SHOP-012": {err: `"SHOP-012" is no issue key: is it SHOP-12?`},
		"SHOP_12":  {err: `"SHOP_12" is no issue key: is it SHOP-12?`},
		"SHOP 12":  {err: `"SHOP 12" is no issue key: is it SHOP-12?`},
		"SHOP":     {err: `"SHOP" is no issue key: one is a project of two or more letters, a dash, and a number, such as SHOP-12`},
		"S-1":      {err: `"S-1" is no issue key: one is a project of two or more letters, a dash, and a number, such as SHOP-12`},
		"":         {err: "an issue key is missing, such as SHOP-12"},
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			key, err := issuekey.Parse(text)
			g.Expect(key).To(Equal(want.key))
			if want.err == "" {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(want.err))
			}
		})
	}
}

func TestNearly(t *testing.T) {
	pattern := issuekey.Nearly("SHOP-12")
	for text, want := range map[string]bool{
		"SHOP-12": true, "feature/shop-12-login": true, "SHOP_12": true, "SHOP 12": true, "SHOP12,PAY-1": true, "SHOP-012": true,
		"SHOP-123": false, "XSHOP-12": false, "SHOP-112": false, "SHOP": false, "SHOP-12a": false,
	} {
		NewWithT(t).Expect(pattern.MatchString(text)).To(Equal(want), text)
	}
}
