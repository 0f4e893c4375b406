package workload

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func TestASkippedRolloutIsCountedOnce(t *testing.T) {
	s := skipped{}
	for _, step := range []struct {
		name     string
		uid      types.UID
		revision int64
		site     string
		want     bool
	}{
		{"the first observation", "uid-1", 1, "acme", true},
		{"a second observation", "uid-1", 1, "acme", false},
		{"the same at another site", "uid-1", 1, "globex", true},
		{"the next revision", "uid-1", 2, "acme", true},
		{"the next revision again", "uid-1", 2, "acme", false},
		{"created again under the same name", "uid-3", 2, "acme", true},
		{"the other site, still", "uid-1", 1, "globex", false},
	} {
		r := &rollout.Rollout{Workload: rollout.Workload{UID: step.uid}, Revision: step.revision}
		if got := s.first(r, step.site); got != step.want {
			t.Errorf("%s: first() = %v, want %v", step.name, got, step.want)
		}
	}
}
