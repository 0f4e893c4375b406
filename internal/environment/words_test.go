// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The design page says where each word comes from: a word without a source has no row there.
func TestTheDesignPageHasAllWordsWithTheirSources(t *testing.T) {
	page, err := os.ReadFile("../../docs/design/0006-environments.md")
	if err != nil {
		t.Fatal(err)
	}
	positions := map[string]position{"anywhere": anywhere, "last": last, "numbered": numbered, "alone": alone}
	found := map[string]word{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			continue
		}
		kind, ok := ParseType(strings.TrimSpace(cells[1]))
		at, placed := positions[strings.TrimSpace(cells[2])]
		if !ok || !placed {
			continue
		}
		if strings.TrimSpace(cells[4]) == "" {
			t.Errorf("no source: %s", line)
		}
		for text := range strings.FieldsSeq(cells[3]) {
			if _, twice := found[text]; twice {
				t.Errorf("%s has two rows", text)
			}
			found[text] = word{kind, at}
		}
	}
	if diff := cmp.Diff(words, found, cmp.AllowUnexported(word{})); diff != "" {
		t.Errorf("words (-code +page):\n%s", diff)
	}
}

func TestNoWordIsThereTwice(t *testing.T) {
	var all []string
	for _, row := range table {
		all = append(all, strings.Fields(row.words)...)
	}
	slices.Sort(all)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(words)), all); diff != "" {
		t.Errorf("words (-known +written):\n%s", diff)
	}
	for text := range asides {
		if _, known := words[text]; known {
			t.Errorf("%s tells a type, and is an aside", text)
		}
	}
}
