// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"slices"
	"strings"
	"testing"
)

// FuzzGuess holds what is true of every name: it has one of Jira's types, in upper case the same as in lower
// case, with any number behind any word, and with its words in any order. The order, and the number of a pull request,
// matter to some words and to those alone.
func FuzzGuess(f *testing.F) {
	for name := range names {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		want := Guess(name)
		if _, ok := ParseType(string(want)); !ok {
			t.Errorf("Guess(%q) = %q, which Jira does not know", name, want)
		}
		if got := Guess(asciiUpper(name)); got != want {
			t.Errorf("Guess(%q) = %s in upper case, %s as it stands", name, got, want)
		}
		found := read(name).words
		if slices.ContainsFunc(found, matters) {
			return
		}
		if got := Guess(withNumbers(found)); got != want {
			t.Errorf("Guess(%q) = %s with numbers, %s without", name, got, want)
		}
		for _, order := range orders(found) {
			if got := Guess(strings.Join(order, "-")); got != want {
				t.Errorf("Guess(%q) = %s in the order %v, %s as it stands", name, got, order, want)
			}
		}
	})
}

// matters says that it matters where a word stands, or which number is beside it.
func matters(text string) bool {
	return text == before || words[text].at != anywhere
}

// withNumbers joins words, with a number behind three of four.
func withNumbers(found []string) string {
	var b strings.Builder
	for i, word := range found {
		b.WriteString(word + []string{"1", "", "02", "-3"}[i%4] + "-")
	}
	return b.String()
}

// orders returns the words in other orders: any two of them swapped.
func orders(found []string) [][]string {
	var all [][]string
	for i := range min(len(found), 8) {
		for j := range i {
			order := slices.Clone(found)
			order[i], order[j] = order[j], order[i]
			all = append(all, order)
		}
	}
	return all
}

// asciiUpper turns the 26 letters into upper case, and no other.
func asciiUpper(text string) string {
	upper := []byte(text)
	for i, b := range upper {
		if 'a' <= b && b <= 'z' {
			upper[i] = b - 'a' + 'A'
		}
	}
	return string(upper)
}

// TestGuessOfAnyTwoWords holds the rule for all pairs of known words, wherever they may stand beside others: one type is
// that type, two are none.
func TestGuessOfAnyTwoWords(t *testing.T) {
	for first := range words {
		for second := range words {
			want := words[first].t
			if want != words[second].t {
				want = Unmapped
			}
			if got := Guess(first + "-" + second); got != want {
				t.Errorf("Guess(%q) = %s, want %s", first+"-"+second, got, want)
			}
			if got := Guess("non-" + first + "-" + second); got != Unmapped {
				t.Errorf("Guess(%q) = %s, want unmapped", "non-"+first+"-"+second, got)
			}
		}
	}
}
