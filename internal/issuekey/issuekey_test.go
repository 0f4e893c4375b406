// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	tests := map[string]struct {
		projects []string
		text     string
		want     []string
	}{
		"a key":                         {text: "SHOP-12", want: []string{"SHOP-12"}},
		"keys in a sentence, each once": {text: "SHOP-12, PAY-3: fix login (see SHOP-12) #PAY_EU-7.", want: []string{"SHOP-12", "PAY-3", "PAY_EU-7"}},
		"behind an underscore":          {text: "feature_TEST-1", want: []string{"TEST-1"}},
		"behind a letter and '_'":       {text: "größe_TEST-1", want: []string{"TEST-1"}},
		"an underscore in the key":      {text: "FOO_BAR-1", want: []string{"FOO_BAR-1"}},
		"an underscore after the key":   {text: "TEST-1_hotfix", want: []string{"TEST-1"}},
		"behind a digit and '_'":        {text: "12_TEST-1 4X_AB-2", want: []string{"TEST-1", "AB-2"}},
		"behind sixty-four characters":  {text: strings.Repeat("of_", 30) + "SHOP-12", want: []string{"SHOP-12"}},

		"lower case without projects":      {text: "feature/test-12 Test-12 tEST-12"},
		"touching a letter on the right":   {text: "TEST-123abc"},
		"touching a letter on the left":    {text: "éTEST-123 xTEST-1"},
		"touching a letter beyond ASCII":   {text: "TEST-123é TEST-1中"},
		"a number that starts with zero":   {text: "TEST-0 TEST-012"},
		"a project of one letter":          {text: "X-12 _X-12"},
		"a project that starts with digit": {text: "4X-12"},
		"a project that starts with '_'":   {text: "__-12 _4-12"},
		"nothing":                          {text: ""},
		"dashes":                           {text: "---"},

		"the longest number":              {text: "SHOP-" + strings.Repeat("9", 18), want: []string{"SHOP-" + strings.Repeat("9", 18)}},
		"a number of one digit more":      {text: "SHOP-" + strings.Repeat("9", 19)},
		"a number of a hundred digits":    {text: "SHOP-" + strings.Repeat("9", 100)},
		"the longest project":             {text: strings.Repeat("A", 64) + "-1", want: []string{strings.Repeat("A", 64) + "-1"}},
		"a project of a hundred letters":  {text: strings.Repeat("A", 100) + "-1"},
		"the end of such a project":       {text: strings.Repeat("A", 100) + "_BAR-1"},
		"the end of such a project, of a": {projects: []string{"BAR"}, text: strings.Repeat("A", 62) + "_BAR-1"},

		"such a name that is a project": {projects: []string{"TLS"}, text: "TLS-12 UTF-8", want: []string{"TLS-12"}},

		"lower case with projects":           {projects: []string{"SHOP"}, text: "feature/shop-12 Shop-13", want: []string{"SHOP-12", "SHOP-13"}},
		"a key in both cases":                {projects: []string{"SHOP"}, text: "shop-12 SHOP-12 sHoP-12", want: []string{"SHOP-12"}},
		"another project":                    {projects: []string{"SHOP"}, text: "PAY-1 SHOP-2", want: []string{"SHOP-2"}},
		"a project behind an underscore":     {projects: []string{"SHOP"}, text: "feature_shop-12 my_feature_SHOP-13", want: []string{"SHOP-12", "SHOP-13"}},
		"a project far behind underscores":   {projects: []string{"SHOP"}, text: strings.Repeat("of_", 30) + "shop-12", want: []string{"SHOP-12"}},
		"a project with an underscore":       {projects: []string{"FOO_BAR"}, text: "foo_bar-1 x_foo_bar-2", want: []string{"FOO_BAR-1", "FOO_BAR-2"}},
		"the longest of two that fit":        {projects: []string{"BAR", "FOO_BAR"}, text: "x_foo_bar-2", want: []string{"FOO_BAR-2"}},
		"the tail of another project":        {projects: []string{"BAR"}, text: "FOO_BAR-1 my_FOO_BAR-2"},
		"touching a letter, with projects":   {projects: []string{"SHOP"}, text: "xshop-12 éshop-12 4shop-12 shop-12x"},
		"a release that is not of a project": {projects: []string{"SHOP"}, text: "release-2024-01"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, NewReader(tt.projects).Find(tt.text)); diff != "" {
				t.Errorf("Find(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestFindExplicitTakesNamesThatLookLikeNoProject(t *testing.T) {
	text := "TLS-12,SHOP-1 RC-1;Q3-2024"
	if diff := cmp.Diff([]string{"TLS-12", "SHOP-1", "RC-1", "Q3-2024"}, NewReader(nil).FindExplicit(text)); diff != "" {
		t.Errorf("FindExplicit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"SHOP-1"}, NewReader([]string{"SHOP"}).FindExplicit("TLS-12,shop-1")); diff != "" {
		t.Errorf("FindExplicit with projects (-want +got):\n%s", diff)
	}
}

func TestFindReadsLongChangeCausesToTheirEnd(t *testing.T) {
	command := "kubectl patch deployment web --patch=" + strings.Repeat(`{"spec":{"template":{"metadata":{"labels":{"run":"x-1"}}}}} `, 90)
	var list, want []string
	for i := range 600 {
		want = append(want, fmt.Sprintf("SHOP-%d", i+1))
		list = append(list, want[i], want[i/2])
	}
	tests := map[string]struct {
		text string
		want []string
	}{
		"a key behind 5,000 characters":      {text: command + "SHOP-12", want: []string{"SHOP-12"}},
		"a key in front of 5,000 characters": {text: "SHOP-12 " + command, want: []string{"SHOP-12"}},
		"5,000 characters without a key":     {text: command},
		"a list of 600 keys, each twice":     {text: strings.Join(list, ","), want: want},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if len(tt.text) < 5000 {
				t.Fatalf("the text has %d characters", len(tt.text))
			}
			for _, reader := range []Reader{NewReader(nil), NewReader([]string{"SHOP"})} {
				if diff := cmp.Diff(tt.want, reader.Find(tt.text)); diff != "" {
					t.Errorf("Find (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	reader := NewReader([]string{"SHOP"})
	text := strings.Repeat("Merge branch 'feature/shop-12' into main; fixes UTF-8 in PAY-3\n", 80)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		reader.Find(text)
	}
}
