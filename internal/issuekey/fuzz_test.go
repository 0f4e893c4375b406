// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// apiKey is the pattern that the API takes issue keys by, and apiMaxLength their length.
var apiKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]+-[1-9][0-9]*$`)

const apiMaxLength = 255

// maxSteps is how many bytes may be looked at for each byte of the text. The dearest texts known, short keys
// side by side and listed projects behind a row of '_', take some 35.
const maxSteps = 64

func FuzzFind(f *testing.F) {
	for _, groups := range wild {
		for _, samples := range groups {
			for _, s := range samples {
				f.Add(s.text)
			}
		}
	}
	for _, tt := range otherReaders {
		f.Add(tt.text)
	}
	for _, repeated := range adversarial {
		f.Add(repeated(200))
	}
	listed := []string{"SHOP", "PAY", "FOO_BAR", "KIS", "A1"}
	f.Fuzz(func(t *testing.T, text string) {
		checkFound(t, text, nil)
		checkFound(t, text, listed)
	})
}

// checkFound holds what is true of every text: the keys that are found are keys, are in the text, are found
// once, depend on no other line, and cost little.
func checkFound(t *testing.T, text string, projects []string) {
	t.Helper()
	reader := NewReader(projects)
	keys := reader.Find(text)
	readable := text
	if len(projects) > 0 {
		readable = asciiUpper(text)
	}
	for i, key := range keys {
		if !apiKey.MatchString(key) || len(key) > apiMaxLength {
			t.Errorf("Find(%q) with %v returned %q, which the API does not take", text, projects, key)
		}
		if !strings.Contains(readable, key) {
			t.Errorf("Find(%q) with %v returned %q, which the text does not hold", text, projects, key)
		}
		if slices.Contains(keys[:i], key) {
			t.Errorf("Find(%q) with %v returned %q twice", text, projects, key)
		}
		if project, _, _ := strings.Cut(key, "-"); len(projects) > 0 && !slices.Contains(projects, project) {
			t.Errorf("Find(%q) with %v returned %q of another project", text, projects, key)
		}
		if diff := cmp.Diff([]string{key}, reader.Find(key)); diff != "" {
			t.Errorf("%q is found in %q with %v, but not on its own (-want +got):\n%s", key, text, projects, diff)
		}
	}
	checkLines(t, reader, text)
	if steps := stepsFor(reader, text); steps > maxSteps*(len(text)+1) {
		t.Errorf("Find(%q) with %v took %d steps for %d bytes", text, projects, steps, len(text))
	}
}

// checkLines holds that a line is read as if it stood alone, and that a key on its own line is found.
func checkLines(t *testing.T, reader Reader, text string) {
	t.Helper()
	first, second := text[:len(text)/2], text[len(text)/2:]
	want := reader.Find(first)
	for _, key := range reader.Find(second) {
		if !slices.Contains(want, key) {
			want = append(want, key)
		}
	}
	if diff := cmp.Diff(want, reader.Find(first+"\n"+second)); diff != "" {
		t.Errorf("%q and %q are read in another way on two lines (-apart +together):\n%s", first, second, diff)
	}
	if !slices.Contains(reader.Find(text+"\nSHOP-12"), "SHOP-12") {
		t.Errorf("SHOP-12 is not found on a line behind %q", text)
	}
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

func stepsFor(reader Reader, text string) int {
	s := scan{projects: reader.projects, text: text, lookalikes: len(reader.projects) == 0, message: true}
	s.keys()
	return s.steps
}

// adversarial makes texts of about n bytes that a careless reader spends too much time on.
var adversarial = map[string]func(n int) string{
	"one long project":                func(n int) string { return strings.Repeat("A", n) },
	"one long project with a number":  func(n int) string { return strings.Repeat("A", n) + "-1" },
	"underscores in upper case":       func(n int) string { return strings.Repeat("A_", n/2) + "A-1" },
	"underscores in lower case":       func(n int) string { return strings.Repeat("a_", n/2) + "a-1" },
	"the longest projects":            repeated(strings.Repeat("A", maxProject) + "-1 "),
	"the longest, in lower case":      repeated(strings.Repeat("a_", maxProject/2) + "-1 "),
	"numbers":                         repeated("-1"),
	"one long number":                 func(n int) string { return "AA-" + strings.Repeat("1", n) },
	"numbers that are just too long":  repeated("AA-" + strings.Repeat("1", maxNumber+1)),
	"dashes":                          repeated("-"),
	"keys, all the same":              repeated("AA-1 "),
	"keys without a space":            repeated("AA-1_"),
	"marks without a letter":          func(n int) string { return strings.Repeat("\u0301", n/2) + "AA-1" },
	"marks before each key":           repeated("\u0301\u0301\u0301AA-1"),
	"marks between underscores":       repeated("\u0301_A-1"),
	"versions":                        repeated("AA-1.1.1"),
	"dates":                           repeated("AA-2024-01-15-"),
	"UUIDs":                           repeated("DEADBEEF-1234-4124-A123-123456789012"),
	"reverts, a line each":            repeated("Revert \"SHOP-1\"\n"),
	"reverts in one line":             repeated("Revert \"SHOP-1\" revert-1-"),
	"what is no text":                 repeated("\xff-1"),
	"what looks like keys":            repeated("UTF-8"),
	"projects that are listed":        repeated("shop-1-"),
	"a listed one behind underscores": repeated(strings.Repeat("_", maxProject) + "pay-1 "),
}

func repeated(part string) func(n int) string {
	return func(n int) string { return strings.Repeat(part, n/len(part)+1) }
}

func TestStepsGrowWithTheTextAndNoFaster(t *testing.T) {
	for name, text := range adversarial {
		for _, reader := range []Reader{NewReader(nil), NewReader([]string{"SHOP", "PAY", "FOO_BAR"})} {
			for n := 1000; n <= 64000; n *= 2 {
				once, twice := stepsFor(reader, text(n)), stepsFor(reader, text(2*n))
				if twice > 2*once+once/10 {
					t.Errorf("%s: %d steps for %d bytes, %d for twice as many", name, once, n, twice)
				}
			}
		}
	}
}
