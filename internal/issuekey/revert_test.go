// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARevertShipsNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		text, want, reverted string
	}{
		"git":                        {"Revert \"SHOP-12: b\"\n\nThis reverts commit 348ac8f0.", "", "SHOP-12: b"},
		"in one line":                {`Revert "SHOP-12: b" This reverts commit 348ac8f0.`, "", "SHOP-12: b"},
		"with its pull request":      {`Revert "SHOP-12: b (#45)" (#46)`, "", "SHOP-12: b (#45)"},
		"with quotation marks":       {`Revert "Say "hello" SHOP-12"`, "", `Say "hello" SHOP-12`},
		"escaped":                    {`Revert \"SHOP-12: b\"`, "", `SHOP-12: b\`},
		"typographic":                {"Revert “SHOP-12: b”", "", "SHOP-12: b"},
		"cut":                        {`Revert "SHOP-12: a subject that is too long for`, "", "SHOP-12: a subject that is too long for"},
		"inside a sentence":          {`release: Revert "SHOP-12: b"`, "", "SHOP-12: b"},
		"the commit alone":           {"Oops\n\nThis reverts commit 348ac8f0 (SHOP-12: b).", "", "348ac8f0 (SHOP-12: b)"},
		"a merge request":            {"This reverts merge request !45 SHOP-12", "", "!45 SHOP-12"},
		"of GitHub, by its branch":   {"Merge pull request #46 from acme/revert-45-feature/SHOP-12-login", "", "feature/SHOP-12-login"},
		"of Conventional Commits":    {"revert(web): feat: SHOP-12 b", "", "feat: SHOP-12 b"},
		"two of them":                {"Revert \"SHOP-12: b\"\nRevert \"SHOP-13: c\"", "", "SHOP-12: b"},
		"its own issue":              {"SHOP-20: Revert \"SHOP-12: b\"\n\nIt broke SHOP-21.", "SHOP-20 SHOP-21", "SHOP-12: b"},
		"its own issue in a line":    {"This reverts commit 348ac8f0 (SHOP-12). See SHOP-20.", "SHOP-20", "348ac8f0 (SHOP-12)"},
		"shipped and reverted":       {"SHOP-12: c\nRevert \"SHOP-12: b\"", "SHOP-12", "SHOP-12: b"},
		"a revert of a revert":       {`Revert "Revert "SHOP-12: b""`, "SHOP-12", ""},
		"of a revert of a revert":    {`Revert "Revert "Revert "SHOP-12: b"""`, "", `Revert "Revert "SHOP-12: b""`},
		"of its branch":              {"revert-46-revert-45-SHOP-12", "SHOP-12", ""},
		"a commit that comes again":  {"Reapply \"SHOP-12: b\"\n\nThis reverts commit 348ac8f0.", "SHOP-12", "348ac8f0"},
		"and is reverted again":      {`Revert "Reapply "SHOP-12: b""`, "", `Reapply "SHOP-12: b"`},
		"no revert: a word":          {"SHOP-12: Revert to the old colours", "SHOP-12", ""},
		"no revert: another word":    {"SHOP-12: revertible \"changes\"", "SHOP-12", ""},
		"no revert: a plan to do it": {"SHOP-12: let who may revert it", "SHOP-12", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, projects := range [][]string{nil, {"SHOP"}} {
				if diff := cmp.Diff(tt.want, joined(projects, tt.text)); diff != "" {
					t.Errorf("keys with projects %v (-want +got):\n%s", projects, diff)
				}
			}
			if got := Reverted(tt.text); got != tt.reverted {
				t.Errorf("Reverted() = %q, want %q", got, tt.reverted)
			}
		})
	}
}

func TestAListOfKeysRevertsNothing(t *testing.T) {
	if diff := cmp.Diff([]string{"SHOP-12"}, NewReader(nil).FindExplicit(`Revert "SHOP-12"`)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestExactReadsNoLowerCase(t *testing.T) {
	projects := []string{"DEV", "QA", "WEB", "FOO_BAR"}
	for text, want := range map[string]string{
		"dev-153":                    "",
		"qa-77-1f2e3d4":              "",
		"1.2-web-42":                 "",
		"Dev-153":                    "",
		"dev-1234567-1611906956":     "",
		"DEV-153-1f2e3d4":            "DEV-153",
		"feature_DEV-153":            "DEV-153",
		"foo_bar-1":                  "",
		"FOO_BAR-1":                  "FOO_BAR-1",
		"BAR-1 web-1.4.0 1.0-QA-7.3": "QA-7",
	} {
		got := strings.Join(NewReader(projects).Exact().Find(text), " ")
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", text, got, want)
		}
	}
	if got := NewReader(nil).Exact().Find("SHOP-12 shop-13"); len(got) != 1 {
		t.Errorf("without projects %v is found, want SHOP-12 alone", got)
	}
}

func TestExplainSaysWhyEachPieceIsAKeyOrNone(t *testing.T) {
	for name, tt := range map[string]struct {
		reader Reader
		text   string
		want   []Finding
	}{
		"a site without projects": {
			NewReader(nil), `UTF-8 in SHOP-12, Revert "PAY-3"`,
			[]Finding{{"UTF-8", 0, 5, RuleLookalike}, {"SHOP-12", 9, 16, RuleKey}, {"PAY-3", 26, 31, RuleReverted}},
		},
		"a site with projects": {
			NewReader([]string{"WEB"}), "web-1.4.0 SHOP-12 web-12 WEB-2024-01-15",
			[]Finding{{"WEB-1", 0, 5, RuleNumber}, {"SHOP-12", 10, 17, RuleProject}, {"WEB-12", 18, 24, RuleKey}, {"WEB-2024", 25, 33, RuleNumber}},
		},
		"a tag": {
			NewReader([]string{"WEB"}).Exact(), "1.2-web-42",
			[]Finding{{"WEB-42", 4, 10, RuleLowerCase}},
		},
		"lower case, where nobody lists projects": {
			NewReader(nil), "feature/shop-12",
			[]Finding{{"SHOP-12", 8, 15, RuleLowerCase}},
		},
		"lower case of a project that is not listed": {
			NewReader([]string{"WEB"}), "feature/shop-12 in web-1.4.0",
			[]Finding{{"SHOP-12", 8, 15, RuleProject}, {"WEB-1", 19, 24, RuleNumber}},
		},
		"nothing like a key": {NewReader(nil), "a release-, -1, é-1, mend the login, " + strings.Repeat("x", 99) + "-1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Finding
			keys := tt.reader.Explain(tt.text, func(f Finding) { got = append(got, f) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.reader.Find(tt.text), keys); diff != "" {
				t.Errorf("who asks why gets other keys (-without +with):\n%s", diff)
			}
		})
	}
}
