// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fact returns a fact of a release with the key SHOP-1, unless keys are given.
func fact(revision int64, release string, phase Phase, keys ...string) Fact {
	if len(keys) == 0 {
		keys = []string{"SHOP-1"}
	}
	return Fact{Revision: revision, Release: release, Phase: phase, Keys: keys}
}

// unpruned leaves nothing away.
func unpruned(histories []history, _ []Fact) []history { return histories }

// tellings returns histories in short: "#1 successful SHOP-1, #2 failed SHOP-2".
func tellings(histories []history) []string {
	var all []string
	for _, h := range histories {
		text := ""
		for i, d := range h {
			if i > 0 {
				text += ", "
			}
			text += fmt.Sprintf("#%d %s %s", d.Revision, d.State, d.Keys)
		}
		all = append(all, text)
	}
	return all
}

func TestWhatIsTrueOfAWorkloadThatWasAlwaysWatched(t *testing.T) {
	for name, tc := range map[string]struct {
		facts []Fact
		gone  bool
		want  string
	}{
		"it rolls out":            {[]Fact{fact(1, "a", Rolling)}, false, "#1 in_progress [SHOP-1]"},
		"it finishes":             {[]Fact{fact(1, "a", Rolling), fact(1, "a", Finished)}, false, "#1 successful [SHOP-1]"},
		"it fails":                {[]Fact{fact(1, "a", Rolling), fact(1, "a", Failed)}, false, "#1 failed [SHOP-1]"},
		"success is final":        {[]Fact{fact(1, "a", Finished), fact(1, "a", Rolling)}, false, "#1 successful [SHOP-1]"},
		"failure is not":          {[]Fact{fact(1, "a", Failed), fact(1, "a", Finished)}, false, "#1 successful [SHOP-1]"},
		"a mutable tag":           {[]Fact{fact(1, "a", Finished), fact(2, "a", Finished, "SHOP-2")}, false, "#1 successful [SHOP-1], #2 successful [SHOP-2]"},
		"a restart after success": {[]Fact{fact(1, "a", Finished), fact(2, "a", Rolling)}, false, "#1 successful [SHOP-1]"},
		"a restart after failure": {[]Fact{fact(1, "a", Failed), fact(2, "a", Rolling)}, false, "#1 in_progress [SHOP-1]"},
		"a release after success": {[]Fact{fact(1, "a", Finished), fact(2, "b", Finished, "SHOP-2")}, false, "#1 successful [SHOP-1], #2 successful [SHOP-2]"},
		"a release after failure": {[]Fact{fact(1, "a", Failed), fact(2, "b", Rolling)}, false, "#1 failed [SHOP-1], #2 in_progress [SHOP-1]"},
		"it is superseded":        {[]Fact{fact(1, "a", Rolling), fact(2, "b", Finished)}, false, "#1 cancelled [SHOP-1], #2 successful [SHOP-1]"},
		"it is deleted":           {[]Fact{fact(1, "a", Finished)}, true, "#1 successful [SHOP-1]"},
		"it is deleted in flight": {[]Fact{fact(1, "a", Finished), fact(2, "b", Rolling)}, true, "#1 successful [SHOP-1], #2 cancelled [SHOP-1]"},
		"it is rolled back":       {[]Fact{fact(1, "a", Finished), fact(2, "b", Failed), fact(3, "a", Finished)}, false, "#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 successful [SHOP-1]"},
		"a rollback keeps the keys": {
			[]Fact{fact(1, "a", Finished, "SHOP-1"), fact(2, "b", Finished, "SHOP-2"), fact(3, "a", Finished, "SHOP-2")}, false,
			"#1 successful [SHOP-1], #2 rolled_back [SHOP-2], #3 successful [SHOP-1]",
		},
		"past one that it leaves alone": {
			[]Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "c", Rolling), fact(4, "b", Finished)}, false,
			"#1 successful [SHOP-1], #2 successful [SHOP-1], #3 rolled_back [SHOP-1], #4 successful [SHOP-1]",
		},
		"two at once": {
			[]Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "c", Rolling), fact(4, "a", Finished)}, false,
			"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 rolled_back [SHOP-1], #4 successful [SHOP-1]",
		},
		"and forth again": {
			[]Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "a", Finished), fact(4, "b", Finished)}, false,
			"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 successful [SHOP-1], #4 successful [SHOP-1]",
		},
		"and back once more": {
			[]Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "a", Finished), fact(4, "b", Finished), fact(5, "a", Finished)}, false,
			"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 successful [SHOP-1], #4 rolled_back [SHOP-1], #5 successful [SHOP-1]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Life{Facts: tc.facts, Gone: tc.gone}.possible("e", func(Fact) bool { return true }, unpruned)
			if diff := cmp.Diff([]string{tc.want}, tellings(got)); diff != "" {
				t.Errorf("histories (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatElseChangesWhatIsTrue(t *testing.T) {
	keyless := func(f Fact) Fact { f.Keys = nil; return f }
	empty := func(f Fact) Fact { f.Empty = true; return f }
	for name, tc := range map[string]struct {
		rules Rules
		facts []Fact
		want  string
	}{
		"it is paused":                         {Rules{}, []Fact{fact(1, "a", Rolling), fact(1, "a", Waiting)}, "#1 pending [SHOP-1]"},
		"it is paused, and superseded":         {Rules{}, []Fact{fact(1, "a", Waiting), fact(2, "b", Finished)}, "#1 cancelled [SHOP-1], #2 successful [SHOP-1]"},
		"it has no keys":                       {Rules{}, []Fact{keyless(fact(1, "a", Finished))}, ""},
		"keys come late":                       {Rules{}, []Fact{keyless(fact(1, "a", Finished)), fact(1, "a", Finished)}, "#1 successful [SHOP-1]"},
		"keys are taken away":                  {Rules{}, []Fact{fact(1, "a", Finished), keyless(fact(1, "a", Finished))}, "#1 successful [SHOP-1]"},
		"one without keys ends another":        {Rules{}, []Fact{fact(1, "a", Rolling), keyless(fact(2, "b", Rolling))}, "#1 cancelled [SHOP-1]"},
		"and leaves what is finished":          {Rules{}, []Fact{fact(1, "a", Finished), keyless(fact(2, "b", Finished)), fact(3, "a", Rolling)}, "#1 successful [SHOP-1]"},
		"no pod of a failure is wanted":        {Rules{}, []Fact{fact(1, "a", Failed), empty(fact(1, "a", Finished))}, "#1 failed [SHOP-1]"},
		"no pod of a release is wanted":        {Rules{}, []Fact{fact(1, "a", Rolling), empty(fact(1, "a", Finished))}, "#1 successful [SHOP-1]"},
		"a restart, where those are told":      {Rules{Restarts: true}, []Fact{fact(1, "a", Finished), fact(2, "a", Rolling)}, "#1 successful [SHOP-1], #2 in_progress [SHOP-1]"},
		"a rollback, where restarts are told":  {Rules{Restarts: true}, []Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "a", Finished)}, "#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 successful [SHOP-1]"},
		"what comes back is no longer known":   {Rules{Retained: 1}, []Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "a", Finished)}, "#1 successful [SHOP-1], #2 successful [SHOP-1], #3 successful [SHOP-1]"},
		"one that was cancelled is seen again": {Rules{}, []Fact{fact(1, "a", Rolling), keyless(fact(2, "b", Finished)), fact(3, "a", Rolling)}, "#1 cancelled [SHOP-1], #3 in_progress [SHOP-1]"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Life{Facts: tc.facts, Rules: tc.rules}.possible("e", func(Fact) bool { return true }, unpruned)
			if diff := cmp.Diff([]string{tc.want}, tellings(got)); diff != "" {
				t.Errorf("histories (-want +got):\n%s", diff)
			}
		})
	}
}

// Which text speaks of which release.
func TestWhatIsWrittenOnTheMetadata(t *testing.T) {
	listed := func(f Fact, keys ...string) Fact { f.Keys, f.Listed = nil, keys; return f }
	both := func(f Fact, keys ...string) Fact { f.Listed = keys; return f }
	for name, tc := range map[string]struct {
		facts []Fact
		want  string
	}{
		"while it rolls out":  {[]Fact{listed(fact(1, "a", Rolling), "SHOP-1"), listed(fact(1, "a", Rolling), "SHOP-2")}, "#1 in_progress [SHOP-2]"},
		"once it is finished": {[]Fact{listed(fact(1, "a", Finished), "SHOP-1"), listed(fact(1, "a", Finished), "SHOP-2")}, "#1 successful [SHOP-1]"},
		"once it is finished, for what follows": {
			[]Fact{listed(fact(1, "a", Finished), "SHOP-1"), listed(fact(1, "a", Finished), "SHOP-2"), listed(fact(2, "b", Finished), "SHOP-2")},
			"#1 successful [SHOP-1], #2 successful [SHOP-2]",
		},
		"it does not change": {
			[]Fact{listed(fact(1, "a", Finished), "SHOP-1"), listed(fact(2, "b", Finished), "SHOP-1")},
			"#1 successful [SHOP-1], #2 successful [SHOP-1]",
		},
		"it comes with a release that has keys of its own": {
			[]Fact{fact(1, "a", Finished), both(fact(2, "b", Finished, "SHOP-2"), "SHOP-3")},
			"#1 successful [SHOP-1], #2 successful [SHOP-3]",
		},
		"it was there before a release that has keys of its own": {
			[]Fact{fact(1, "a", Finished), both(fact(1, "a", Finished), "SHOP-3"), both(fact(2, "b", Finished, "SHOP-2"), "SHOP-3")},
			"#1 successful [SHOP-1], #2 successful [SHOP-2]",
		},
		"it changes with a restart": {
			[]Fact{listed(fact(1, "a", Finished), "SHOP-1"), listed(fact(2, "a", Finished), "SHOP-2")},
			"#1 successful [SHOP-1]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Life{Facts: tc.facts}.possible("e", func(Fact) bool { return true }, unpruned)
			if diff := cmp.Diff([]string{tc.want}, tellings(got)); diff != "" {
				t.Errorf("histories (-want +got):\n%s", diff)
			}
		})
	}
}

// What is made anew under its name goes on with the release that was told last.
func TestAWorkloadThatIsMadeAnew(t *testing.T) {
	former := func(facts ...Fact) *Life { return &Life{Created: at(0), Facts: facts, Gone: true} }
	for name, tc := range map[string]struct {
		former *Life
		facts  []Fact
		want   string
	}{
		"with its template":               {former(fact(1, "a", Finished)), []Fact{fact(1, "a", Finished)}, "#1 successful [SHOP-1]"},
		"in mid-rollout":                  {former(fact(1, "a", Rolling)), []Fact{fact(1, "a", Rolling), fact(1, "a", Finished)}, "#1 successful [SHOP-1]"},
		"with another template":           {former(fact(1, "a", Finished)), []Fact{fact(1, "b", Finished)}, "#1 successful [SHOP-1], #1 successful [SHOP-1]"},
		"in mid-rollout, with another":    {former(fact(1, "a", Rolling)), []Fact{fact(1, "b", Finished)}, "#1 cancelled [SHOP-1], #1 successful [SHOP-1]"},
		"with other keys of its own":      {former(fact(1, "a", Finished)), []Fact{fact(1, "a", Finished, "SHOP-2")}, "#1 successful [SHOP-1], #1 successful [SHOP-2]"},
		"with an earlier release":         {former(fact(1, "a", Finished), fact(2, "b", Finished)), []Fact{fact(1, "a", Finished)}, "#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #1 successful [SHOP-1]"},
		"and then comes another template": {former(fact(1, "a", Finished)), []Fact{fact(1, "a", Finished), fact(2, "b", Finished)}, "#1 successful [SHOP-1], #2 successful [SHOP-1]"},
	} {
		t.Run(name, func(t *testing.T) {
			life := Life{Created: at(60), Former: tc.former, Facts: tc.facts}
			got := life.possible("e", func(Fact) bool { return true }, unpruned)
			if diff := cmp.Diff([]string{tc.want}, tellings(got)); diff != "" {
				t.Errorf("histories (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatHasNoProofNeedNotBeKnown(t *testing.T) {
	unproven := fact(2, "b", Rolling)
	unproven.Unproven = true
	got := tellings(Life{Facts: []Fact{fact(1, "a", Finished), unproven}}.possible("e", func(Fact) bool { return true }, unpruned))
	want := []string{"#1 successful [SHOP-1], #2 in_progress [SHOP-1]", "#1 successful [SHOP-1]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histories (-want +got):\n%s", diff)
	}
}

// Two templates had one number, and the later one got the next: Jira shows the number for the one that was seen first.
func TestWhatMayBeKnownOfTwoTemplatesWithOneNumber(t *testing.T) {
	blurred := fact(1, "b", Rolling, "SHOP-2")
	blurred.Blurred = true
	life := Life{Facts: []Fact{fact(1, "a", Rolling), blurred, fact(2, "b", Failed, "SHOP-2")}}
	for name, tc := range map[string]struct {
		noticed func(Fact) bool
		want    []string
	}{
		"by whoever noticed everything": {func(Fact) bool { return true }, []string{"#1 cancelled [SHOP-1], #2 failed [SHOP-2]"}},
		"by others": {func(Fact) bool { return false }, []string{
			"#1 cancelled [SHOP-1], #2 failed [SHOP-2]",
			"#1 failed [SHOP-2]",
			"#2 failed [SHOP-2]",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tellings(life.possible("e", tc.noticed, unpruned))); diff != "" {
				t.Errorf("histories (-want +got):\n%s", diff)
			}
		})
	}
}

// Who was not there may have missed things. The first history is that of who was.
func TestWhatMayBeKnownOfAWorkloadThatNobodyWatched(t *testing.T) {
	for name, tc := range map[string]struct {
		facts []Fact
		gone  bool
		want  []string
	}{
		"the end is known": {[]Fact{fact(1, "a", Rolling), fact(1, "a", Failed)}, false, []string{"#1 failed [SHOP-1]"}},
		"a release came and went": {
			[]Fact{fact(1, "a", Finished), fact(2, "b", Finished)}, false,
			[]string{
				"#1 successful [SHOP-1], #2 successful [SHOP-1]",
				"#1 cancelled [SHOP-1], #2 successful [SHOP-1]", // before it finished somebody observed it, and nobody after
				"#2 successful [SHOP-1]",
			},
		},
		"its end was missed": {
			[]Fact{fact(1, "a", Rolling), fact(1, "a", Finished), fact(2, "b", Finished)}, false,
			[]string{
				"#1 successful [SHOP-1], #2 successful [SHOP-1]",
				"#1 cancelled [SHOP-1], #2 successful [SHOP-1]",
				"#2 successful [SHOP-1]",
			},
		},
		"nobody knows that it was": {[]Fact{fact(1, "a", Finished)}, true, []string{"#1 successful [SHOP-1]", "#1 cancelled [SHOP-1]", ""}},
		"killed between closing and beginning": {
			[]Fact{fact(1, "a", Rolling), fact(2, "b", Rolling), fact(3, "a", Finished)}, false,
			[]string{
				"#1 cancelled [SHOP-1], #2 rolled_back [SHOP-1], #3 successful [SHOP-1]",
				"#2 cancelled [SHOP-1], #3 successful [SHOP-1]",
				"#1 successful [SHOP-1]",
				"#1 cancelled [SHOP-1], #3 successful [SHOP-1]",
				"#3 successful [SHOP-1]",
			},
		},
		"killed in the middle of closing": {
			[]Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "c", Finished), fact(4, "a", Finished)}, true,
			[]string{
				"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 rolled_back [SHOP-1], #4 successful [SHOP-1]",
				"#1 successful [SHOP-1], #2 successful [SHOP-1], #3 successful [SHOP-1]",
				"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 successful [SHOP-1]",
				"#1 successful [SHOP-1], #2 successful [SHOP-1], #3 rolled_back [SHOP-1]", // the record of #2 changed meanwhile
				"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 rolled_back [SHOP-1]",
				"#1 successful [SHOP-1], #2 rolled_back [SHOP-1], #3 rolled_back [SHOP-1], #4 cancelled [SHOP-1]",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			noticed := func(f Fact) bool { return name == "killed in the middle of closing" && f.Revision < 4 }
			got := tellings(Life{Facts: tc.facts, Gone: tc.gone}.possible("e", noticed, unpruned))
			if got[0] != tc.want[0] {
				t.Errorf("the first is %q, want %q", got[0], tc.want[0])
			}
			slices.Sort(got)
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("histories (-want +got):\n%s", diff)
			}
		})
	}
}

// How it stands at the end cannot be observed where the last release has no number. Whoever knows that one closed the
// ones before it.
func TestWhatMayBeKnownOfAWorkloadWithoutANumber(t *testing.T) {
	facts := []Fact{fact(1, "a", Rolling), fact(2, "b", Rolling)}
	got := tellings(Life{Facts: facts, Unnumbered: &Template{Release: "c"}}.possible("e", func(Fact) bool { return false }, unpruned))
	want := []string{
		"",
		"#1 cancelled [SHOP-1]",
		"#1 cancelled [SHOP-1], #2 cancelled [SHOP-1]",
		"#1 cancelled [SHOP-1], #2 in_progress [SHOP-1]",
		"#1 in_progress [SHOP-1]",
		"#2 cancelled [SHOP-1]",
		"#2 in_progress [SHOP-1]",
	}
	if got[0] != want[3] {
		t.Errorf("the first is %q, want %q", got[0], want[3])
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histories (-want +got):\n%s", diff)
	}
}

func TestWhatWasNoticedLeavesNoChoice(t *testing.T) {
	facts := []Fact{fact(1, "a", Rolling), fact(1, "a", Finished), fact(2, "b", Rolling), fact(3, "c", Finished)}
	finished := func(f Fact) bool { return f.Phase == Finished }
	got := tellings(Life{Facts: facts}.possible("e", finished, unpruned))
	want := []string{
		"#1 successful [SHOP-1], #2 cancelled [SHOP-1], #3 successful [SHOP-1]",
		"#1 successful [SHOP-1], #3 successful [SHOP-1]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histories (-want +got):\n%s", diff)
	}
}
