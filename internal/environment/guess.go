package environment

import (
	"strings"
	"unicode"
)

// words are the words of a namespace's name that tell its type. Whole words only: "maintenance" holds
// "int" and is no test.
var words = map[string]Type{
	"production": Production, "prod": Production, "prd": Production, "live": Production,

	"staging": Staging, "stage": Staging, "stg": Staging, "preproduction": Staging, "preprod": Staging,

	"testing": Testing, "test": Testing, "tests": Testing, "tst": Testing, "integration": Testing,
	"integ": Testing, "int": Testing, "acceptance": Testing, "accept": Testing, "acpt": Testing,
	"qa": Testing, "qc": Testing, "uat": Testing, "sit": Testing, "e2e": Testing,

	"development": Development, "develop": Development, "dev": Development, "trunk": Development,
	"sandbox": Development, "review": Development, "preview": Development,
}

// Guess reads the type from the words of a namespace's name. "pre" before a word for production is
// staging. "non" before anything, or words of two types, is unmapped.
func Guess(name string) Type {
	found := Unmapped
	previous := ""
	for _, word := range split(name) {
		if word == "non" {
			return Unmapped
		}
		t, known := words[word]
		if known && previous == "pre" && t == Production {
			t = Staging
		}
		if known && found != Unmapped && found != t {
			return Unmapped
		}
		if known {
			found = t
		}
		previous = word
	}
	return found
}

// split cuts a name into its words, in lower case. Digits at the end of a word count things and say nothing
// about them: dev2 is dev, and a number is no word.
func split(name string) []string {
	var found []string
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), isSeparator) {
		if word = strings.TrimRight(word, "0123456789"); word != "" {
			found = append(found, word)
		}
	}
	return found
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
