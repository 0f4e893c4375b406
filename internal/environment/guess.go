// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"strings"
	"unicode"
)

// before is the word that makes a word for production one for staging: pre-prod.
const before = "pre"

// Guess reads the type from the words of a name. Words of two types are unmapped, and so is a name that says what it is
// not ("non-prod").
func Guess(name string) Type {
	t, _ := guess(name)
	return t
}

func guess(name string) (Type, Trace) {
	trace := Trace{By: ByNamespaceName, Text: name, Doubt: NoWord}
	r := read(name)
	found := Unmapped
	for i, text := range r.words {
		if negations[text] {
			trace.Words, trace.Doubt = [2]string{text}, Negation
			return Unmapped, trace
		}
		t, ok := r.tells(i)
		switch {
		case !ok, t == found:
		case found != Unmapped:
			trace.Words[1], trace.Doubt = text, Contradiction
		default:
			found, trace.Words[0], trace.Doubt = t, text, Sure
		}
	}
	if trace.Doubt == Contradiction {
		return Unmapped, trace
	}
	return found, trace
}

// reading is a name, taken apart.
type reading struct {
	words []string
	// end is the last word that is no aside.
	end int
	// product says that a word is neither known nor an aside: it names what runs there.
	product bool
	// number says that the name has a number of two digits or more, as pull requests have.
	number bool
}

// read cuts a name into its words, in lower case. Digits at the end of a word count things and say nothing of its type:
// dev2, test01.
func read(name string) reading {
	var r reading
	for text := range strings.FieldsFuncSeq(strings.ToLower(name), isSeparator) {
		stem := strings.TrimRight(text, "0123456789")
		if stem == "" {
			r.number = r.number || len(text) > 1 && text[0] != '0'
			continue
		}
		if _, known := words[stem]; !asides[stem] {
			r.product = r.product || !known && stem != before
			r.end = len(r.words)
		}
		r.words = append(r.words, stem)
	}
	return r
}

// tells returns the type that a word tells where it stands.
func (r reading) tells(i int) (Type, bool) {
	w, known := words[r.words[i]]
	if !known {
		return Unmapped, false
	}
	if w.t == Production && i > 0 && r.words[i-1] == before {
		return Staging, true
	}
	return w.t, !r.product || w.at == anywhere || w.at == last && i == r.end || w.at == numbered && r.number
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
