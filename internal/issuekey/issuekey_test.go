package issuekey

import (
	"strings"
	"testing"
	"unicode/utf8"

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
		"a branch":                      {text: "feature/SHOP-12-login", want: []string{"SHOP-12"}},
		"a tag":                         {text: "ABC-12-348ac8f", want: []string{"ABC-12"}},
		"behind an underscore":          {text: "feature_TEST-1", want: []string{"TEST-1"}},
		"an underscore in the key":      {text: "FOO_BAR-1", want: []string{"FOO_BAR-1"}},
		"an underscore after the key":   {text: "TEST-1_hotfix", want: []string{"TEST-1"}},

		"lower case without projects":      {text: "feature/test-12"},
		"touching a letter on the right":   {text: "TEST-123abc"},
		"touching a letter on the left":    {text: "éTEST-123 xTEST-1"},
		"touching a letter beyond ASCII":   {text: "TEST-123é TEST-1中"},
		"a number that starts with zero":   {text: "TEST-0 TEST-012"},
		"a project of one letter":          {text: "X-12"},
		"a project that starts with digit": {text: "4X-12"},
		"a month":                          {text: "release-2024-01"},
		"nothing":                          {text: ""},
		"dashes":                           {text: "---"},
		"a number of a hundred digits":     {text: "SHOP-" + strings.Repeat("9", 100)},
		"a project of a hundred letters":   {text: strings.Repeat("A", 100) + "-1"},

		"names that only look like keys": {text: "UTF-8 SHA-256 CVE-2021-44228 ISO-8601 RFC-3339 TLS-1"},
		"such a name beside a key":       {text: "SHOP-1: use UTF-8", want: []string{"SHOP-1"}},
		"such a name that is a project":  {projects: []string{"TLS"}, text: "TLS-12", want: []string{"TLS-12"}},

		"lower case with projects":           {projects: []string{"SHOP"}, text: "feature/shop-12 Shop-13", want: []string{"SHOP-12", "SHOP-13"}},
		"another project":                    {projects: []string{"SHOP"}, text: "PAY-1 SHOP-2", want: []string{"SHOP-2"}},
		"a project behind an underscore":     {projects: []string{"SHOP"}, text: "feature_shop-12 my_feature_SHOP-13", want: []string{"SHOP-12", "SHOP-13"}},
		"a project with an underscore":       {projects: []string{"FOO_BAR"}, text: "foo_bar-1 x_foo_bar-2", want: []string{"FOO_BAR-1", "FOO_BAR-2"}},
		"the tail of another project":        {projects: []string{"BAR"}, text: "FOO_BAR-1"},
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
	if diff := cmp.Diff([]string{"TLS-12", "SHOP-1"}, NewReader(nil).FindExplicit("TLS-12,SHOP-1")); diff != "" {
		t.Errorf("FindExplicit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"SHOP-1"}, NewReader([]string{"SHOP"}).FindExplicit("TLS-12,shop-1")); diff != "" {
		t.Errorf("FindExplicit with projects (-want +got):\n%s", diff)
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range []string{"SHOP-12", "feature_shop-12", "TEST-123abc", "a_b_c-1", "é-1", "SHOP-12-13", "\xff-1"} {
		f.Add(text)
	}
	readers := map[string]Reader{"any project": NewReader(nil), "listed projects": NewReader([]string{"SHOP", "FOO_BAR"})}
	f.Fuzz(func(t *testing.T, text string) {
		for name, reader := range readers {
			for _, key := range reader.Find(text) {
				if !strings.Contains(strings.ToUpper(text), key) && utf8.ValidString(text) {
					t.Errorf("%s: Find(%q) returned %q, which the text does not hold", name, text, key)
				}
				if diff := cmp.Diff([]string{key}, reader.Find(key)); diff != "" {
					t.Errorf("%s: %q is found, but not on its own (-want +got):\n%s", name, key, diff)
				}
			}
		}
	})
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
