package workload

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func TestARolloutCountsOnce(t *testing.T) {
	observation := func(name string, uid types.UID, revision int64) *rollout.Rollout {
		return &rollout.Rollout{Workload: rollout.Workload{Namespace: "shop", Name: name, UID: uid}, Revision: revision}
	}
	var c counts
	for _, step := range []struct {
		name    string
		rollout *rollout.Rollout
		site    string
		want    bool
	}{
		{"the first observation", observation("web", "uid-1", 1), "acme", true},
		{"a second observation", observation("web", "uid-1", 1), "acme", false},
		{"the same at another site", observation("web", "uid-1", 1), "globex", true},
		{"another workload", observation("pay", "uid-2", 1), "acme", true},
		{"the next revision", observation("web", "uid-1", 2), "acme", true},
		{"the next revision again", observation("web", "uid-1", 2), "acme", false},
		{"created again under the same name", observation("web", "uid-3", 2), "acme", true},
		{"the other workload, still", observation("pay", "uid-2", 1), "acme", false},
		{"the other site, still", observation("web", "uid-1", 1), "globex", false},
	} {
		if got := c.first(step.rollout, step.site); got != step.want {
			t.Errorf("%s: first() = %v, want %v", step.name, got, step.want)
		}
	}
}

func TestCountsForgetAWorkloadThatIsGone(t *testing.T) {
	var c counts
	web := &rollout.Rollout{Workload: rollout.Workload{Namespace: "shop", Name: "web", UID: "uid-1"}, Revision: 1}
	c.first(web, "acme")
	c.forget(client.ObjectKey{Namespace: "pay", Name: "web"})
	if c.first(web, "acme") {
		t.Error("a workload of the same name in another namespace is gone, and this one counts again")
	}
	c.forget(client.ObjectKey{Namespace: "shop", Name: "web"})
	if len(c.last) > 0 {
		t.Errorf("%d workloads are remembered, want none", len(c.last))
	}
	if !c.first(web, "acme") {
		t.Error("a workload that was forgotten does not count")
	}
}
