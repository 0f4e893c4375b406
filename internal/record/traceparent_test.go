// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
)

// The spans of two pipelines.
const (
	parent      = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	otherParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

func TestWhatIsATraceparent(t *testing.T) {
	for text, want := range map[string]string{
		parent:                                  parent,
		otherParent:                             otherParent,
		"cc" + strings.TrimPrefix(parent, "00"): parent, // a later version, as this one writes it
		"cc" + strings.TrimPrefix(parent, "00") + "-and-what-else": parent,
		"ff" + strings.TrimPrefix(parent, "00"):                    "",
		parent + "-and-what-else":                                  "",
		strings.ToUpper(parent):                                    "",
		" " + parent:                                               "",
		parent[:54]:                                                "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01":  "",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01":  "",
		"$TRACEPARENT":                                             "",
		"":                                                         "",
		strings.Repeat("00-", 1<<16):                               "",
	} {
		if got := traceparent(text); got != want {
			t.Errorf("traceparent(%.80q) = %q, want %q", text, got, want)
		}
	}
}

func TestARecordContinuesTheTraceOfItsOwnPipeline(t *testing.T) {
	const name = v1alpha1.AnnotationTraceparent
	first := func() *rolloutBuilder { return makeRollout("web").Keys("SHOP-1") }
	second := func() *rolloutBuilder { return first().Revision(2).Template("b") }
	before := func(of string) *recordBuilder { return makeRecord(first().TemplateAnnotation(name, of)) }
	for desc, tt := range map[string]struct {
		rollout *rolloutBuilder
		records []*recordBuilder
		want    string
		says    string
	}{
		"nobody says":                                 {rollout: first()},
		"the pod template":                            {rollout: first().TemplateAnnotation(name, parent), want: parent},
		"the workload":                                {rollout: first().Annotation(name, parent), want: parent},
		"the pod template before the workload":        {rollout: first().TemplateAnnotation(name, parent).Annotation(name, otherParent), want: parent},
		"a release of another pipeline":               {rollout: second().TemplateAnnotation(name, otherParent), records: []*recordBuilder{before(parent)}, want: otherParent},
		"what a release before left there":            {rollout: second().TemplateAnnotation(name, parent), records: []*recordBuilder{before(parent)}},
		"what it left there on the workload":          {rollout: second().Annotation(name, parent), records: []*recordBuilder{before(parent)}},
		"a new one on the workload beside an old one": {rollout: second().TemplateAnnotation(name, parent).Annotation(name, otherParent), records: []*recordBuilder{before(parent)}, want: otherParent},
		"one that is none": {rollout: first().TemplateAnnotation(name, "$TRACEPARENT"),
			says: `rollcall.dev/traceparent is not used: "$TRACEPARENT" is not written as W3C Trace Context says. Write it as 00-<trace id>-<span id>-01.`},
		"one that is none beside one that is": {rollout: first().TemplateAnnotation(name, "-").Annotation(name, parent), want: parent,
			says: `rollcall.dev/traceparent is not used: "-" is not written as W3C Trace Context says. Write it as 00-<trace id>-<span id>-01.`},
	} {
		t.Run(desc, func(t *testing.T) {
			got := plan(t, makeSite("acme"), observe(tt.rollout).Records(tt.records...))
			if len(got.Create) != 1 {
				t.Fatalf("Plan() creates %d records, want 1", len(got.Create))
			}
			if parent := got.Create[0].Annotations[name]; parent != tt.want {
				t.Errorf("the record has %q, want %q", parent, tt.want)
			}
			said := ""
			for _, event := range got.Events {
				if event.Reason == v1alpha1.EventTraceparentIgnored {
					said += event.Note
				}
			}
			if said != tt.says {
				t.Errorf("Plan() says %q, want %q", said, tt.says)
			}
		})
	}
}

// A change of the record's spec would be another request to Jira.
func TestATraceparentThatChangesChangesNoRecord(t *testing.T) {
	const name = v1alpha1.AnnotationTraceparent
	rollout := makeRollout("web").Keys("SHOP-1").TemplateAnnotation(name, parent)
	for desc, later := range map[string]*rolloutBuilder{
		"as it was":        rollout,
		"of another trace": makeRollout("web").Keys("SHOP-1").TemplateAnnotation(name, otherParent),
		"one that is none": makeRollout("web").Keys("SHOP-1").TemplateAnnotation(name, "-"),
		"one that is gone": makeRollout("web").Keys("SHOP-1"),
		"on the workload":  makeRollout("web").Keys("SHOP-1").Annotation(name, otherParent),
	} {
		t.Run(desc, func(t *testing.T) {
			if got := plan(t, makeSite("acme"), observe(later).Records(makeRecord(rollout))); len(got.Create)+len(got.Update)+len(got.Events) != 0 {
				t.Errorf("Plan() = %+v, want nothing", got)
			}
		})
	}
}

func TestABuildContinuesTheTraceOfItsPipeline(t *testing.T) {
	const name = v1alpha1.AnnotationTraceparent
	site := makeSite("acme").Compiled(t)
	run := makeBuild("web").Keys("SHOP-1").Annotation(name, parent)
	if got := watch(run).Plan(t, site).Create.Annotations[name]; got != parent {
		t.Errorf("the record has %q, want %q", got, parent)
	}
	broken := makeBuild("web").Keys("SHOP-1").Annotation(name, "-")
	got := watch(broken).Plan(t, site)
	want := []BuildEvent{{v1alpha1.EventTraceparentIgnored,
		`rollcall.dev/traceparent is not used: "-" is not written as W3C Trace Context says. Write it as 00-<trace id>-<span id>-01.`}}
	if diff := cmp.Diff(want, got.Events); diff != "" || got.Create.Annotations[name] != "" {
		t.Errorf("the record has %q, and Events (-want +got):\n%s", got.Create.Annotations[name], diff)
	}
	if got := watch(broken.State(build.Successful, at(5))).Record(recorded(broken)).Plan(t, site).Events; got != nil {
		t.Errorf("it is said once more: %v", got)
	}
}
