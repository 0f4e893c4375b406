// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// A text on the metadata is there or not, and if it is, it was there when the former record was made, or is new.
const (
	absent    = "absent"
	unchanged = "unchanged"
	changed   = "changed"
)

// placed writes a text on the metadata of a rollout, and of the former one where it is unchanged.
func placed(how, name, text string, now, former *rolloutBuilder) {
	switch how {
	case unchanged:
		now.Annotation(name, text)
		former.Annotation(name, text)
	case changed:
		now.Annotation(name, text)
		former.Annotation(name, "SHOP-99 before")
	}
}

// Where rules about texts meet: what stands on the pod template, and what is listed and written in the metadata.
func TestWhichTextSpeaksOfARevision(t *testing.T) {
	for _, listedOnTemplate := range []bool{false, true} {
		for _, ownText := range []bool{false, true} {
			for _, list := range []string{absent, unchanged, changed} {
				for _, text := range []string{absent, unchanged, changed} {
					name := fmt.Sprintf("listed on the template %t, own text %t, list %s, text %s", listedOnTemplate, ownText, list, text)
					t.Run(name, func(t *testing.T) {
						r, former := makeRollout("web").Revision(2).Template("B"), makeRollout("web")
						if listedOnTemplate {
							r.Keys("SHOP-1")
						}
						if ownText {
							r.TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-2: mend it")
						}
						placed(list, v1alpha1.AnnotationIssueKeys, "SHOP-3", r, former)
						placed(text, v1alpha1.AnnotationChangeCause, "SHOP-4", r, former)
						want := ""
						switch {
						case listedOnTemplate:
							want = "SHOP-1"
						case list == changed:
							want = "SHOP-3"
						case ownText:
							want = "SHOP-2"
						case text == changed:
							want = "SHOP-4"
						case list == unchanged:
							want = "SHOP-3"
						}
						site := makeSite("acme").Compiled(t)
						got := site.evidence(r.Obj().Sources, fingerprints(site.take(former.Obj())), shipped{}, nil)
						if keys := strings.Join(got.keys, " "); keys != want {
							t.Errorf("keys are %q, want %q", keys, want)
						}
						if still := want == "SHOP-3" && list == unchanged; got.still != still {
							t.Errorf("still = %t, want %t", got.still, still)
						}
					})
				}
			}
		}
	}
}

func TestOfTextsOnTheMetadataOnlyThoseThatChangedSpeakOfARevision(t *testing.T) {
	helm := func(version string) *rolloutBuilder {
		return makeRollout("web").Annotation(v1alpha1.AnnotationChangeCause, "release 1.4.0 (SHOP-12)").Label(v1alpha1.LabelVersion, version)
	}
	site := makeSite("acme").Compiled(t)
	got := site.evidence(helm("1.5.0-SHOP-14").Obj().Sources, fingerprints(site.take(helm("1.4.0").Obj())), shipped{}, nil)
	if diff := cmp.Diff([]string{"SHOP-14"}, got.keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestATextThatMovesToAnotherAnnotationIsANewOne(t *testing.T) {
	site := makeSite("acme").KeyAnnotations("acme.io/ticket").Compiled(t)
	before, after := makeRollout("web").Annotation("acme.io/ticket", "SHOP-1"), makeRollout("web").Annotation(v1alpha1.AnnotationBranch, "SHOP-1")
	if got := site.evidence(after.Obj().Sources, fingerprints(site.take(before.Obj())), shipped{}, nil); len(got.keys) != 1 {
		t.Errorf("keys are %v, want SHOP-1", got.keys)
	}
}

func TestAnEmptyListInTheMetadataSaysThatThereIsNothingToTell(t *testing.T) {
	site := makeSite("acme").Compiled(t)
	r := makeRollout("web").Annotation(v1alpha1.AnnotationIssueKeys, "").Images("shop/web:SHOP-1")
	for _, former := range []string{"", site.take(r.Obj())} {
		if got := site.evidence(r.Obj().Sources, fingerprints(former), shipped{}, nil); len(got.keys) > 0 {
			t.Errorf("keys are %v, want none", got.keys)
		}
	}
}

func TestTagsAndVersionsAreReadAsTheSiteWants(t *testing.T) {
	type reading = v1alpha1.KeyReading
	for _, tt := range []struct {
		tags, versions reading
		tag, version   string
		want           string
	}{
		{"", "", "dev-153", "qa-77-1f2e3d4", ""},
		{"", "", "1.2-web-42", "dev-1234567-1611906956", ""},
		{"", "", "1.2-WEB-42", "1.2-QA-7", "QA-7 WEB-42"},
		{v1alpha1.KeysExact, v1alpha1.KeysExact, "dev-153", "QA-7", "QA-7"},
		{v1alpha1.KeysAnyCase, v1alpha1.KeysExact, "dev-153", "qa-7", "DEV-153"},
		{v1alpha1.KeysExact, v1alpha1.KeysAnyCase, "dev-153", "qa-7", "QA-7"},
		{v1alpha1.KeysOff, v1alpha1.KeysOff, "DEV-153", "QA-7", ""},
		{v1alpha1.KeysOff, "", "DEV-153", "QA-7", "QA-7"},
	} {
		site := makeSite("acme").Projects("DEV", "QA", "WEB").ReadsTags(tt.tags, tt.versions).Compiled(t)
		r := makeRollout("web").Images("shop/web:"+tt.tag).TemplateLabel(v1alpha1.LabelVersion, tt.version)
		if got := strings.Join(site.evidence(r.Obj().Sources, "", shipped{}, nil).keys, " "); got != tt.want {
			t.Errorf("tag %s read %q and version %s read %q: keys are %q, want %q", tt.tag, tt.tags, tt.version, tt.versions, got, tt.want)
		}
		text := makeRollout("web").TemplateAnnotation(v1alpha1.AnnotationBranch, "feature/dev-153").TemplateLabel(v1alpha1.LabelCommit, "qa-77")
		if got := strings.Join(site.evidence(text.Obj().Sources, "", shipped{}, nil).keys, " "); got != "DEV-153 QA-77" {
			t.Errorf("a branch and a commit name %q, want DEV-153 QA-77 in whichever case", got)
		}
	}
}

func TestTheTagOfASidecarIsNoEvidence(t *testing.T) {
	r := makeRollout("web").Images("shop/web:1.0", "mesh.example/proxy:SHOP-16-rc")
	if got := makeSite("acme").Compiled(t).evidence(r.Obj().Sources, "", shipped{}, nil); len(got.keys) > 0 {
		t.Errorf("keys are %v, want none", got.keys)
	}
}

func TestEachDecisionIsExplained(t *testing.T) {
	r := makeRollout("web").Images("shop/web:web-42").
		TemplateAnnotation(v1alpha1.AnnotationCommitMessage, `Revert "WEB-12: b"`).
		Annotation(v1alpha1.AnnotationChangeCause, "WEB-9").Annotation(v1alpha1.AnnotationBranch, "web-14").
		Annotation(v1alpha1.AnnotationIssueKeys, "WEB-8")
	former := makeRollout("web").Annotation(v1alpha1.AnnotationChangeCause, "WEB-9").Annotation(v1alpha1.AnnotationIssueKeys, "WEB-8")
	site := makeSite("acme").Projects("WEB").Compiled(t)
	var got []Decision
	keys := site.evidence(r.Obj().Sources, fingerprints(site.take(former.Obj())), shipped{}, func(d Decision) { got = append(got, d) }).keys
	want := []Decision{
		{Rule: RuleOwn, Place: PlaceTemplate, Name: v1alpha1.AnnotationCommitMessage},
		{Rule: "Reverted", Place: PlaceTemplate, Name: v1alpha1.AnnotationCommitMessage, Key: "WEB-12", Start: 8, End: 14},
		{Rule: RuleOwn, Place: PlaceImage, Name: "shop/web:web-42"},
		{Rule: "LowerCase", Place: PlaceImage, Name: "shop/web:web-42", Key: "WEB-42", Start: 0, End: 6},
		{Rule: RuleChanged, Place: PlaceWorkload, Name: v1alpha1.AnnotationBranch},
		{Rule: "Key", Place: PlaceWorkload, Name: v1alpha1.AnnotationBranch, Key: "WEB-14", Start: 0, End: 6},
		{Rule: RuleUnchanged, Place: PlaceWorkload, Name: v1alpha1.AnnotationChangeCause},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"WEB-14"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// BenchmarkEvidence reads the texts of a workload, for somebody who asks why and for nobody.
func BenchmarkEvidence(b *testing.B) {
	r := makeRollout("web").Images("shop/web:1.4.0-348ac8f", "mesh/proxy:2").
		TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-12: mend the login").
		Annotation(v1alpha1.AnnotationChangeCause, "release 1.4.0 (SHOP-11)").Label(v1alpha1.LabelVersion, "1.4.0").Obj()
	site, _ := Compile(makeSite("acme").Projects("SHOP").Obj())
	for name, trace := range map[string]tracer{"unasked": nil, "explained": func(Decision) {}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				site.evidence(r.Sources, "", shipped{}, trace)
			}
		})
	}
}

func TestWhoAsksNothingPaysNothing(t *testing.T) {
	r := makeRollout("web").TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-12: mend it").Obj()
	site := makeSite("acme").Projects("SHOP").Compiled(t)
	unasked := testing.AllocsPerRun(100, func() { site.evidence(r.Sources, "", shipped{}, nil) })
	least := testing.AllocsPerRun(100, func() {
		var u union
		u.add(site.keys.Find("SHOP-12: mend it"))
	})
	if unasked > least+2 { // the union and its closures
		t.Errorf("%v allocations where nobody asks, want those of reading the text (%v)", unasked, least)
	}
}
