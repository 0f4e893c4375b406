// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// pile writes records down, oldest first, a minute apart, the last an hour ago: a letter for the state, with an issue where
// it is not SHOP-1. None of them was told to Jira, unless there is an exclamation mark.
//
//	s  successful    f  failed    c  cancelled    r  rolled back    p  in progress
//	s:7  its issue is SHOP-7      s<3   it restores revision 3       s!  Jira was told
//	s~   it became so just now    s@eu  its environment is eu
//	s^   its commits are known    s^message  that of its image is, and not of which repository it is
func pile(t *testing.T, text string) []*v1alpha1.JiraDeployment {
	t.Helper()
	states := map[byte]v1alpha1.DeploymentState{
		's': v1alpha1.StateSuccessful, 'f': v1alpha1.StateFailed, 'c': v1alpha1.StateCancelled,
		'r': v1alpha1.StateRolledBack, 'p': v1alpha1.StateInProgress,
	}
	one := makeRecord(web(1, "A").Keys("SHOP-1").Successful(at(0))).Unsettled().Obj()
	words := strings.Fields(text)
	var all []*v1alpha1.JiraDeployment
	for i, word := range words {
		d := one.DeepCopy()
		revision := int64(i + 1)
		d.Name, d.Spec.Revision, d.Spec.Sequence = fmt.Sprint("web-", revision), revision, one.Spec.Sequence+int64(i)
		d.Spec.TemplateHash, d.Spec.Evidence = fmt.Sprint("hash-", revision), ""
		when := metav1.NewTime(now.Add(time.Duration(i-len(words)) * time.Minute).Add(-time.Hour))
		d.Spec.LastUpdated, d.CreationTimestamp, d.Spec.State = when, when, states[word[0]]
		switch rest := strings.TrimLeft(word[1:], ":<@^"); word[1:min(2, len(word))] {
		case ":":
			d.Spec.IssueKeys = []string{"SHOP-" + rest}
		case "<":
			number, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatal(err)
			}
			d.Spec.RollbackToRevision, d.Spec.TemplateHash = int64(number), all[number-1].Spec.TemplateHash
		case "!":
			d.Status.DeliveredGeneration = d.Generation
		case "~":
			d.Spec.LastUpdated = metav1.NewTime(now)
		case "@":
			d.Spec.Environment.ID = rest
		case "^":
			d.Spec.Source = &v1alpha1.Source{Repository: shopURL, Revision: commitOf("web:v1"), Range: v1alpha1.RangeHeadOnly, Commits: 1}
			if rest == "message" {
				d.Spec.Source.Repository = ""
			}
		}
		all = append(all, d)
	}
	return all
}

func times(n int, word string) string { return strings.Repeat(word+" ", n) }

// issues are that many successes with an issue each, from SHOP-101 on.
func issues(n int) string {
	var text string
	for i := range n {
		text += fmt.Sprintf("s:%d ", 101+i)
	}
	return text
}

func TestMergeable(t *testing.T) {
	for name, tt := range map[string]struct {
		pile  string
		keeps int // 5 where it is not set
		limit int // many where it is not set
		age   time.Duration
		want  []int64
	}{
		"ten that Jira was never told of":                {pile: times(10, "c")},
		"the eleventh":                                   {pile: times(11, "c"), want: []int64{1}},
		"those that Jira was told of do not count":       {pile: times(30, "s!") + times(10, "c")},
		"nor do they go":                                 {pile: times(3, "s!") + times(11, "c"), want: []int64{4}},
		"what was cancelled before what succeeded":       {pile: "s c " + times(11, "s"), want: []int64{2, 1, 3}},
		"an issue that a later success tells":            {pile: "s:7 s s:7 " + times(9, "s"), want: []int64{1, 2}},
		"an issue that no later one tells":               {pile: "s:7 s " + times(10, "s"), want: []int64{2, 3}},
		"a success whose issue a failure tells":          {pile: "s:7 f:7 s " + times(10, "s"), want: []int64{3, 4, 5}},
		"a failure whose issue a success tells":          {pile: "f:7 " + times(11, "s:7"), want: []int64{2, 3}},
		"an issue that is told in another environment":   {pile: "s@eu " + times(11, "s"), want: []int64{2, 3}},
		"as many issues as are kept":                     {pile: issues(100)},
		"more issues than are kept":                      {pile: issues(102), want: []int64{1, 2}},
		"where a namespace is crowded":                   {pile: issues(12), limit: few, want: []int64{1, 2}},
		"a site that keeps more than ten":                {pile: times(31, "c"), keeps: 30, want: []int64{1}},
		"a site that keeps a hundred":                    {pile: issues(101), keeps: 100, want: []int64{1}},
		"the last ones stay, though they were cancelled": {pile: issues(11) + times(5, "c")},
		"the last but one stays where one is kept":       {pile: issues(20) + "c c c", keeps: 1, want: []int64{21}},
		"the newest success stays":                       {pile: "s " + times(12, "f"), want: []int64{2, 3, 4}},
		"what later commits are counted from stays":      {pile: "s^ c " + times(11, "s"), want: []int64{2, 3, 4}},
		"no commits are counted from a message alone":    {pile: "s^message c " + times(11, "s"), want: []int64{2, 1, 3}},
		"what a record restored stays":                   {pile: "c c " + times(9, "s") + "s<2", want: []int64{1, 3}},
		"what is under way stays":                        {pile: "p c " + times(10, "s"), want: []int64{2, 3}},
		"a state that is young stays":                    {pile: "c~ c " + times(10, "s"), want: []int64{2, 3}},
		"superseded for nine minutes":                    {pile: times(11, "c"), age: -61 * time.Minute},
		"superseded for ten minutes":                     {pile: times(12, "c"), age: -61 * time.Minute, want: []int64{1}},
		"the oldest of each kind":                        {pile: times(3, "c") + issues(104), want: []int64{1, 2, 3, 4, 5, 6, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			records := pile(t, tt.pile)
			untold := 0
			for _, d := range records {
				if NeverTold(d) {
					untold++
				}
			}
			keeps, limit := tt.keeps, tt.limit
			if keeps == 0 {
				keeps = 5
			}
			if limit == 0 {
				limit = many
			}
			got := revisions(mergeable(records, untold, keeps, limit, now.Add(tt.age)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("mergeable() (-want +got):\n%s", diff)
			}
		})
	}
}
