package workload

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// skipped is which revision of a workload was counted last as one without a record, by site. A rollout is counted once,
// not with every pass.
type skipped map[string]revision

type revision struct {
	uid    types.UID
	number int64
}

// first says whether the revision is counted for the first time at a site.
func (s skipped) first(r *rollout.Rollout, site string) bool {
	now := revision{r.UID, r.Revision}
	before := s[site]
	s[site] = now
	return before != now
}
