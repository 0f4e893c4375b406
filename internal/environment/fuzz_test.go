package environment

import (
	"slices"
	"strings"
	"testing"
)

// FuzzGuess holds what is true of every name: it has one of Jira's types, in upper case the same as in lower
// case, with any number behind any word, and with its words in any order, but for what "pre" stands before.
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
		if got := Guess(numbered(split(name))); got != want {
			t.Errorf("Guess(%q) = %s with numbers, %s without", name, got, want)
		}
		if slices.Contains(split(name), "pre") {
			return
		}
		for _, order := range orders(split(name)) {
			if got := Guess(strings.Join(order, "-")); got != want {
				t.Errorf("Guess(%q) = %s in the order %v, %s as it stands", name, got, order, want)
			}
		}
	})
}

// numbered joins words, with a number behind three of four.
func numbered(found []string) string {
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

// TestGuessOfAnyTwoWords holds the rule for all pairs of known words: one type is that type, two are none.
func TestGuessOfAnyTwoWords(t *testing.T) {
	for first, firstType := range words {
		for second, secondType := range words {
			want := firstType
			if firstType != secondType {
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
