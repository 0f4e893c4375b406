// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func TestNameTellsRecordsApart(t *testing.T) {
	web := func() *rolloutBuilder { return makeRollout("web").Revision(7) }
	want := Name(web().Obj(), "acme")
	tests := map[string]struct {
		rollout  *rolloutBuilder
		site     string
		wantSame bool
	}{
		"the same revision, later":          {web().InProgress(at(9)).Template("B").Keys("SHOP-1"), "acme", true},
		"another revision":                  {web().Revision(8), "acme", false},
		"another site":                      {web(), "globex", false},
		"a workload that was created again": {web().UID("uid-2"), "acme", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Name(tt.rollout.Obj(), tt.site); (got == want) != tt.wantSame {
				t.Errorf("Name() = %s, the first was %s; want the same: %v", got, want, tt.wantSame)
			}
		})
	}
	if !strings.HasPrefix(want, "web-7-") {
		t.Errorf("Name() = %s, want it to begin with the workload and the revision", want)
	}
}

func TestNameIsOneThatKubernetesTakes(t *testing.T) {
	tests := map[string]struct {
		workload   string
		wantPrefix string
	}{
		"a short name":                        {"web", "web-"},
		"the longest name":                    {strings.Repeat("a", 253), strings.Repeat("a", 200) + "-"},
		"a long name that is cut at a dot":    {strings.Repeat("a", 199) + "." + strings.Repeat("b", 53), strings.Repeat("a", 199) + "-"},
		"a long name that is cut at a dash":   {strings.Repeat("a", 198) + "--" + strings.Repeat("b", 53), strings.Repeat("a", 198) + "-"},
		"a long name with dots in its middle": {strings.Repeat("ab.", 84) + "c", "ab.ab."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, revision := range []int64{1, 999_999} {
				got := Name(makeRollout(tt.workload).Revision(revision).Obj(), "acme")
				if problems := validation.IsDNS1123Subdomain(got); len(problems) > 0 || !strings.HasPrefix(got, tt.wantPrefix) {
					t.Errorf("Name() = %q (%d characters): %v; want one that begins with %q", got, len(got), problems, tt.wantPrefix)
				}
			}
		})
	}
}

func TestLongNamesThatShareTheirBeginningGetRecordsOfTheirOwn(t *testing.T) {
	one := Name(makeRollout(strings.Repeat("a", 230)+"1").UID("uid-1").Obj(), "acme")
	two := Name(makeRollout(strings.Repeat("a", 230)+"2").UID("uid-2").Obj(), "acme")
	if one == two {
		t.Errorf("Name() = %s for both", one)
	}
}

func TestSequence(t *testing.T) {
	sequence := func(created time.Time, revision int64) int64 {
		return Sequence(makeRollout("web").Created(created).Revision(revision).Obj())
	}
	if got, want := sequence(time.Unix(1_772_355_600, 999), 42), int64(1_772_355_600_000_042); got != want {
		t.Errorf("Sequence() = %d, want %d: the creation time in seconds, then the revision", got, want)
	}
	if first, second := sequence(at(0), 1), sequence(at(0), 2); second <= first {
		t.Errorf("Sequence() = %d for revision 2 after %d for revision 1, want it to rise", second, first)
	}
	if before, after := sequence(at(0), 900), sequence(at(1), 1); after <= before {
		t.Errorf("Sequence() = %d for a workload that was created again, after %d; want it to rise", after, before)
	}
	century := time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := sequence(century, 999_999); got >= 1<<53 {
		t.Errorf("Sequence() = %d in a hundred years, want it below 2^53", got)
	}
}

func TestIdentifier(t *testing.T) {
	long := strings.Repeat("a", 200)
	tests := map[string]struct {
		parts []string
		want  string
	}{
		"parts are joined":                  {[]string{"eu-1", "shop", "Deployment", "web"}, "eu-1/shop/Deployment/web"},
		"255 characters are taken":          {[]string{strings.Repeat("a", 250), "bbbb"}, strings.Repeat("a", 250) + "/bbbb"},
		"characters count, not bytes":       {[]string{strings.Repeat("ü", 255)}, strings.Repeat("ü", 255)},
		"an emoji is two characters":        {[]string{strings.Repeat("🚀", 128)}, strings.Repeat("🚀", 122) + "-" + hash(strings.Repeat("🚀", 128))},
		"256 are cut, and end in a hash":    {[]string{strings.Repeat("a", 250), "bbbbb"}, strings.Repeat("a", 244) + "-9f70f09c6c"},
		"longer ones have hashes of theirs": {[]string{long, long, "x"}, long + "/" + strings.Repeat("a", 43) + "-" + hash(long+"/"+long+"/x")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := identifier(tt.parts...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("identifier (-want +got):\n%s", diff)
			}
			if n := len(utf16.Encode([]rune(got))); n > 255 {
				t.Errorf("identifier() has %d characters, want at most 255", n)
			}
		})
	}
	if one, two := identifier(long, long, "1"), identifier(long, long, "2"); one == two {
		t.Errorf("identifier() = %s for two workloads", one)
	}
}

func TestCutNeverSplitsACharacter(t *testing.T) {
	tests := map[string]struct {
		text       string
		characters int
		want       string
	}{
		"a short text stays":               {"web", 5, "web"},
		"a text of just that length stays": {"web-1", 5, "web-1"},
		"a longer one is cut":              {"web-12", 5, "web-1"},
		"many bytes, few characters":       {"größe", 5, "größe"},
		"cut among characters":             {"grüße", 4, "grüß"},
		"an emoji is two characters":       {"🚀🚀🚀", 4, "🚀🚀"},
		"half an emoji is none":            {"🚀🚀🚀", 5, "🚀🚀"},
		"three bytes, one character":       {"€€", 2, "€€"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := cut(tt.text, tt.characters); got != tt.want {
				t.Errorf("cut(%q, %d) = %q, want %q", tt.text, tt.characters, got, tt.want)
			}
		})
	}
}

// A hash of joined parts must not be that of other parts which join to the same text.
func TestHashKeepsPartsApart(t *testing.T) {
	a := rollout.Rollout{Workload: rollout.Workload{Name: "web", UID: "1"}, Revision: 11}
	b := rollout.Rollout{Workload: rollout.Workload{Name: "web", UID: "11"}, Revision: 1}
	if Name(&a, "x")[len("web-11-"):] == Name(&b, "x")[len("web-1-"):] {
		t.Error("two revisions have the same hash")
	}
}

func TestPipelineIDNamesTheGroupOfAKind(t *testing.T) {
	tests := map[string]struct {
		apiVersion, kind, want string
	}{
		"Kubernetes' own":                      {"apps/v1", "StatefulSet", "eu-1/shop/StatefulSet/db"},
		"another version of it":                {"apps/v2", "StatefulSet", "eu-1/shop/StatefulSet/db"},
		"Argo's":                               {"argoproj.io/v1alpha1", "Rollout", "eu-1/shop/Rollout/db"},
		"OpenKruise has a StatefulSet as well": {"apps.kruise.io/v1beta1", "StatefulSet", "eu-1/shop/StatefulSet.apps.kruise.io/db"},
		"another version of that":              {"apps.kruise.io/v1", "StatefulSet", "eu-1/shop/StatefulSet.apps.kruise.io/db"},
		"the core group has no name":           {"v1", "Pod", "eu-1/shop/Pod/db"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			workload := &v1alpha1.WorkloadReference{APIVersion: tt.apiVersion, Kind: tt.kind, Name: "db", UID: "1"}
			if got := pipelineID("eu-1", "shop", workload); got != tt.want {
				t.Errorf("pipelineID() = %s, want %s", got, tt.want)
			}
		})
	}
}

// Two kinds of one name that were created in the same second are two deployments in Jira and two records.
func TestTwoKindsOfOneNameArePlannedApart(t *testing.T) {
	site := makeSite("acme").Compiled(t)
	plan := func(apiVersion string, uid types.UID) *v1alpha1.JiraDeployment {
		observation := observe(web(1, "a").UID(uid).InProgress(at(1))).At(at(1)).Obj()
		observation.Rollout.APIVersion = apiVersion
		created := site.Plan(observation).Create
		if len(created) != 1 {
			t.Fatalf("%d records are planned, want one", len(created))
		}
		return created[0]
	}
	ours, theirs := plan("apps/v1", "uid-1"), plan("apps.kruise.io/v1alpha1", "uid-2")
	if ours.Name == theirs.Name || ours.Spec.Pipeline.ID == theirs.Spec.Pipeline.ID {
		t.Errorf("records %s and %s of pipelines %s and %s, want them apart", ours.Name, theirs.Name, ours.Spec.Pipeline.ID, theirs.Spec.Pipeline.ID)
	}
	if GroupKind(ours.Spec.Workload) == GroupKind(theirs.Spec.Workload) {
		t.Errorf("both workloads are %s, want them apart", GroupKind(ours.Spec.Workload))
	}
}
