// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"strings"
	"testing"
)

// BenchmarkFindIn reads the texts that a workload carries, beside the least that reading one takes: going over its
// bytes once.
func BenchmarkFindIn(b *testing.B) {
	for _, text := range []struct{ name, text string }{
		{"image tag", "main-SHOP-12-4f1c2d3e"},
		{"commit message", "SHOP-12 Take the customer's currency (PAY-3)\n\nReviewed-by: Kim <kim@acme.example>\n"},
		{"change log", strings.Repeat("* SHOP-12 Take the customer's currency, reviewed by Kim\n", 1000)},
		{"change log without keys", strings.Repeat("* Take the customer's currency, reviewed by Kim once more\n", 1000)},
	} {
		for _, reader := range []struct {
			name string
			find func(string) []string
		}{
			{"any project", NewReader(nil).Find},
			{"two projects", NewReader([]string{"SHOP", "PAY"}).Find},
			{"two projects, explained", func(text string) []string {
				return NewReader([]string{"SHOP", "PAY"}).Explain(text, func(Finding) {})
			}},
			{"lower bound", func(text string) []string { _ = strings.IndexByte(text, 0); return nil }},
		} {
			b.Run(text.name+"/"+reader.name, func(b *testing.B) {
				b.SetBytes(int64(len(text.text)))
				b.ReportAllocs()
				for b.Loop() {
					reader.find(text.text)
				}
			})
		}
	}
}
