// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// plan returns the plan for an observation at a site, and checks what holds for every plan.
func plan(t *testing.T, site *siteBuilder, observation *observationBuilder) Plan {
	t.Helper()
	compiled := site.Compiled(t)
	got := compiled.Plan(observation.Obj())
	checkRecords(t, got)
	checkInputStays(t, compiled, observation)
	checkOrderOfRecordsDoesNotMatter(t, compiled, observation, got)
	checkNothingIsLeftToDo(t, compiled, observation, got)
	checkCrashesDoNotMatter(t, compiled, observation, got)
	return got
}

// checkRecords checks that an API server and Jira would take what a plan writes.
func checkRecords(t *testing.T, got Plan) {
	t.Helper()
	for _, record := range slices.Concat(got.Create, got.Update) {
		spec := record.Spec
		if problems := validation.IsDNS1123Subdomain(record.Name); len(problems) > 0 && len(spec.Workload.Name) <= 253 {
			t.Errorf("record name %q: %v", record.Name, problems)
		}
		if n := len(spec.IssueKeys) + len(spec.ServiceIDs); n < 1 && spec.Source == nil || n > 500 {
			t.Errorf("record %s has %d associations, want 1 to 500, or a source", record.Name, n)
		}
		for _, link := range []string{spec.URL, spec.Pipeline.URL} {
			if CheckURL(link) != nil {
				t.Errorf("record %s has the link %q, which is none", record.Name, link)
			}
		}
		for _, text := range []string{spec.DisplayName, spec.Description, spec.Pipeline.ID, spec.Pipeline.Name, spec.Environment.ID, spec.Environment.Name} {
			if n := len(utf16.Encode([]rune(text))); n < 1 || n > 255 {
				t.Errorf("record %s has a text of %d characters, want 1 to 255: %q", record.Name, n, text)
			}
		}
		if spec.State == "" || spec.LastUpdated.IsZero() || spec.LastUpdated.Nanosecond() != 0 {
			t.Errorf("record %s is %q since %s, want a state and whole seconds", record.Name, spec.State, spec.LastUpdated)
		}
	}
}

// checkInputStays checks that a plan changes none of the records that it was given: they belong to a cache.
// Nor may it hand them out, so that whoever writes a plan's records changes them.
func checkInputStays(t *testing.T, site *Site, observation *observationBuilder) {
	t.Helper()
	given, before := observation.Obj(), observation.Obj()
	got := site.Plan(given)
	if diff := cmp.Diff(before, given, cmpopts.IgnoreFields(Observation{}, "Ask")); diff != "" {
		t.Errorf("Plan changed its input (-before +after):\n%s", diff)
	}
	for _, record := range slices.Concat(got.Create, got.Update) {
		for _, texts := range [][]string{record.Spec.IssueKeys, record.Spec.ServiceIDs} {
			for i := range texts {
				texts[i] = "scribble"
			}
		}
		for name := range record.Annotations {
			record.Annotations[name] = "scribble"
		}
		record.Spec.Workload.Name = "scribble"
	}
	if diff := cmp.Diff(before, given, cmpopts.IgnoreFields(Observation{}, "Ask")); diff != "" {
		t.Errorf("a change of the plan's records changes its input (-before +after):\n%s", diff)
	}
}

func checkOrderOfRecordsDoesNotMatter(t *testing.T, site *Site, observation *observationBuilder, want Plan) {
	t.Helper()
	reversed := observation.Obj()
	slices.Reverse(reversed.Records)
	byName := cmpopts.SortSlices(func(a, b *v1alpha1.JiraDeployment) bool { return a.Name < b.Name })
	if diff := cmp.Diff(want, site.Plan(reversed), byName); diff != "" {
		t.Errorf("Plan depends on the order of the records (-given +reversed):\n%s", diff)
	}
}

// checkNothingIsLeftToDo checks that a plan is all there is to do: whoever observes again after it was carried
// out finds nothing.
func checkNothingIsLeftToDo(t *testing.T, site *Site, observation *observationBuilder, got Plan) {
	t.Helper()
	again := observation.Obj()
	again.Records = carriedOut(again.Records, got)
	if diff := cmp.Diff(Plan{}, site.Plan(again), cmpopts.IgnoreFields(Plan{}, "Unkeyed", "PerRevision", "RequeueAfter")); diff != "" {
		t.Errorf("Plan after Plan finds more to do (-want +got):\n%s", diff)
	}
}

// checkCrashesDoNotMatter checks that a plan which was carried out up to some step, and then anew, leads to
// the same records.
func checkCrashesDoNotMatter(t *testing.T, site *Site, observation *observationBuilder, got Plan) {
	t.Helper()
	want := carriedOut(observation.Obj().Records, got)
	for steps := range len(got.Update) + 1 {
		again := observation.Obj()
		again.Records = carriedOut(again.Records, Plan{Update: got.Update[:steps]})
		reached := carriedOut(again.Records, site.Plan(again))
		if diff := cmp.Diff(want, reached, cmpopts.IgnoreFields(v1alpha1.JiraDeployment{}, "Generation")); diff != "" {
			t.Errorf("a crash after %d updates leads elsewhere (-want +got):\n%s", steps, diff)
		}
	}
}

// carriedOut returns the records after a plan was carried out, as the API server would: what has a new spec
// has a new generation, and Jira has yet to answer.
func carriedOut(records []*v1alpha1.JiraDeployment, done Plan) []*v1alpha1.JiraDeployment {
	var after []*v1alpha1.JiraDeployment
	named := func(name string) func(*v1alpha1.JiraDeployment) bool {
		return func(d *v1alpha1.JiraDeployment) bool { return d.Name == name }
	}
	for _, record := range records {
		if slices.ContainsFunc(done.Delete, named(record.Name)) {
			continue
		}
		if i := slices.IndexFunc(done.Update, named(record.Name)); i >= 0 {
			next := done.Update[i].DeepCopy()
			if !equality.Semantic.DeepEqual(record.Spec, next.Spec) {
				next.Generation++
			}
			record = next
		}
		after = append(after, record)
	}
	for _, record := range copies(done.Create) {
		record.Generation = 1
		after = append(after, record)
	}
	slices.SortFunc(after, func(a, b *v1alpha1.JiraDeployment) int { return strings.Compare(a.Name, b.Name) })
	return after
}
