// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestLabelsOfANewRecord(t *testing.T) {
	long := strings.Repeat("a", 51) + ".b" + strings.Repeat("c", 200) // the cut falls behind the dot
	tests := map[string]struct {
		site    *siteBuilder
		rollout *rolloutBuilder
		want    map[string]string
	}{
		"say what it is the record of": {
			site: makeSite("acme"), rollout: makeRollout("web"),
			want: map[string]string{
				"app.kubernetes.io/managed-by": "rollcall",
				"rollcall.dev/site":            "acme", "rollcall.dev/environment-type": "production",
				"rollcall.dev/workload-kind": "Deployment", "rollcall.dev/workload-name": "web",
			},
		},
		"end in a hash where a name is too long for a label": {
			site: makeSite(long + "-site"), rollout: makeRollout(long).Namespace("shop"),
			want: map[string]string{
				"app.kubernetes.io/managed-by": "rollcall",
				"rollcall.dev/site":            strings.Repeat("a", 51) + "-" + hash(long+"-site"), "rollcall.dev/environment-type": "unmapped",
				"rollcall.dev/workload-kind": "Deployment", "rollcall.dev/workload-name": strings.Repeat("a", 51) + "-" + hash(long),
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := recordOf(t, tt.site, tt.rollout.Keys("SHOP-1")).Labels
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLabelValue(t *testing.T) {
	for name, tt := range map[string]struct{ name, want string }{
		"a short name stays":                   {"web", "web"},
		"a name of 63 characters stays":        {strings.Repeat("a", 63), strings.Repeat("a", 63)},
		"a name of 64 characters is cut":       {strings.Repeat("a", 64), strings.Repeat("a", 52) + "-" + hash(strings.Repeat("a", 64))},
		"a name that no label takes is hashed": {"the web", hash("the web")},
		"so is one that is cut in a letter":    {strings.Repeat("ü", 100), hash(strings.Repeat("ü", 100))},
		"what ends in a dot gets a hash":       {"web.", "web-" + hash("web.")},
	} {
		t.Run(name, func(t *testing.T) {
			got := labelValue(tt.name)
			if got != tt.want {
				t.Errorf("labelValue(%q) = %q, want %q", tt.name, got, tt.want)
			}
			if wrong := validation.IsValidLabelValue(got); len(wrong) > 0 {
				t.Errorf("labelValue(%q) = %q, which is no label: %v", tt.name, got, wrong)
			}
		})
	}
}

func TestLabelsAreKeptRight(t *testing.T) {
	var (
		first  = makeRollout("web").Keys("SHOP-1")
		second = makeRollout("web").Keys("SHOP-1").Revision(2).Template("B").Successful(at(20))
	)
	bare := func(b *rolloutBuilder) *recordBuilder {
		return makeRecord(b).Labels(map[string]string{"team": "shop"})
	}
	whole := map[string]string{
		"team": "shop", "app.kubernetes.io/managed-by": "rollcall", "rollcall.dev/site": "acme",
		"rollcall.dev/workload-kind": "Deployment", "rollcall.dev/workload-name": "web", "rollcall.dev/environment-type": "production",
	}
	with := func(labels map[string]string, name, value string) map[string]string {
		changed := map[string]string{name: value}
		for key, value := range labels {
			if _, ok := changed[key]; !ok {
				changed[key] = value
			}
		}
		return changed
	}
	tests := map[string]struct {
		observation *observationBuilder
		want        []map[string]string // of the records that are updated
	}{
		"a record that has them is not written": {
			observation: observe(first).Records(makeRecord(first)),
		},
		"a label of somebody else is none of ours": {
			observation: observe(first).Records(makeRecord(first).Labels(whole)),
		},
		"the record of the current revision gets them at once": {
			observation: observe(first).Records(bare(first)),
			want:        []map[string]string{whole},
		},
		"one that was changed is put right": {
			observation: observe(first).Records(makeRecord(first).Labels(with(whole, v1alpha1.LabelSite, "globex"))),
			want:        []map[string]string{whole},
		},
		"an earlier record waits": {
			observation: observe(second).Records(bare(first), makeRecord(second)),
		},
		"an earlier record gets them when it is written": {
			observation: observe(second).Records(bare(first).State(v1alpha1.StateInProgress, at(1)), makeRecord(second)),
			want:        []map[string]string{whole},
		},
		"so does one whose workload is gone": {
			observation: observeNothing().Records(bare(first)),
			want:        []map[string]string{whole},
		},
		"another type of the environment is another label": {
			observation: observe(first).NamespaceLabel(v1alpha1.KeyEnvironmentType, "staging").Records(makeRecord(first)),
			want:        []map[string]string{with(makeRecord(first).Obj().Labels, v1alpha1.LabelEnvironmentType, "staging")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []map[string]string
			for _, next := range plan(t, makeSite("acme"), tt.observation).Update {
				got = append(got, next.Labels)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("labels of the updated records (-want +got):\n%s", diff)
			}
		})
	}
}
