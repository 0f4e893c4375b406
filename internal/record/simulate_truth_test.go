package record

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// phase is how a rollout stands, as the cluster itself knows it.
type phase string

const (
	phaseRolling  phase = "rolling"
	phasePaused   phase = "paused"
	phaseFinished phase = "finished"
	phaseFailed   phase = "failed"
	// phaseStalled: no progress since the revision before failed. The controller says nothing new of that.
	phaseStalled phase = "stalled"
)

// fact is what is true of a workload at a moment.
type fact struct {
	uid types.UID
	// revision is the number that the workload has, of the template and hash that are that number's.
	revision       int64
	template, hash string
	// between says that the workload has a template that has no number yet, or is kept from having pods: nothing
	// is true of that but what was before.
	between bool
	// observed says that its controller has seen what people want.
	observed bool
	// seen says that there is a sign of the revision by which people know it: a pod, that there can be none, or that none is wanted.
	seen bool
	// blurred says that no pods are wanted, or none can be created, or that it is paused: then a number cannot be
	// told from that of a revision before.
	blurred bool
	// empty says that no pods are wanted.
	empty bool
	// timeless says that no condition tells when something happened.
	timeless bool
	keys     []string
	phase    phase
}

// release is what people call one: a template that reached the pods, or did not, and its restarts. Where it comes
// back after others it is another release.
type release struct {
	uid         types.UID
	template    string
	hash        string
	first, last int64 // revisions
	keys        []string
	keyed       bool // it ever had keys, or restores one that had
	seen        bool
	blurred     bool // when it began
	timeless    bool // no condition is its own: there is none, or that of one before it without a record may be taken for it
	emptied     bool // after it had failed, or may have
	finished    bool
	phase       phase // now
	began       time.Time
	since       time.Time // it finished, or failed; zero where no condition tells
}

// truth is what there is to tell of a workload: its releases, oldest first. It knows nothing of records.
type truth struct {
	// restarts says that a restart is a release of its own.
	restarts bool
	// keeps is of how many releases there are records.
	keeps    int
	uid      types.UID // of the workload that is there
	between  bool      // its last fact was
	empty    bool      // so was it
	blurred  bool      // a fact between the last release and the next was
	releases []release
}

func (t *truth) see(f fact, now time.Time) {
	t.uid, t.between, t.empty = f.uid, f.between, f.empty
	if f.uid == "" || f.revision == 0 || f.between {
		t.blurred = t.blurred || f.blurred
		return
	}
	current := t.current()
	if current == nil || current.last != f.revision {
		current = t.begin(f, now)
	}
	if !f.observed {
		return
	}
	if late := !current.keyed && current.seen; late && len(f.keys) > 0 {
		current.timeless = true // what the conditions tell of the time before is another's, or nothing
	}
	current.keys, current.keyed = f.keys, current.keyed || len(f.keys) > 0
	if f.empty && current.phase == phaseFailed {
		f.phase = phaseFailed // to want no pods any more is no success
	}
	current.emptied = current.emptied || f.empty && (current.phase == phaseFailed || current.phase == phaseStalled)
	ends := f.phase == phaseFinished || f.phase == phaseFailed
	if ends && f.phase != current.phase && !current.finished {
		current.since = now
		if f.timeless || current.timeless || !current.keyed {
			current.since = time.Time{}
		}
	}
	// A success before there were keys is not remembered: no record could.
	current.phase, current.seen = f.phase, current.seen || f.seen
	current.finished = current.finished || f.phase == phaseFinished && current.keyed
}

// current returns the release of the workload that is there; nil where it has none.
func (t *truth) current() *release {
	if n := len(t.releases); n > 0 && t.releases[n-1].uid == t.uid {
		return &t.releases[n-1]
	}
	return nil
}

// begin notes a new revision: a restart of the release before, or a new one. One that nobody could see leaves no
// trace; nor do releases without keys between two of one template, unless they cut the first of them off.
func (t *truth) begin(f fact, now time.Time) *release {
	if n := len(t.releases); n > 0 && !t.releases[n-1].seen {
		t.releases = t.releases[:n-1]
	}
	keyed := len(t.releases)
	for keyed > 0 && !t.releases[keyed-1].keyed {
		keyed--
	}
	for _, n := range []int{len(t.releases), keyed} {
		if n == 0 || !t.continues(t.releases[n-1], f, n < len(t.releases)) {
			continue
		}
		t.releases = t.releases[:n]
		t.releases[n-1].last = f.revision
		return &t.releases[n-1]
	}
	n := len(t.releases)
	t.releases = append(t.releases, release{
		keyed: t.restores(f),
		began: now, timeless: f.timeless || n > 0 && (!t.releases[n-1].keyed || t.releases[n-1].blurred),
		uid: f.uid, template: f.template, hash: f.hash, first: f.revision, last: f.revision, phase: phaseRolling, blurred: t.blurred || f.blurred,
	})
	t.blurred = false
	return &t.releases[len(t.releases)-1]
}

// restores says whether a revision restores a release with keys, among those that records are kept of.
func (t *truth) restores(f fact) bool {
	kept := 0
	for _, r := range slices.Backward(t.releases) {
		if r.uid != f.uid || kept == t.keeps {
			return false
		}
		if r.keyed && r.template == f.template {
			return true
		}
		if r.keyed {
			kept++
		}
	}
	return false
}

func (t *truth) continues(r release, f fact, cutOff bool) bool {
	if r.uid != f.uid || r.template != f.template || t.restarts {
		return false
	}
	return !cutOff || r.finished || r.phase == phaseFailed
}

// states returns the states that may be told of the current release, the best first. Success is final; whoever missed
// it knows of the failure before, or sees what the pods did since. While it is kept from having pods, or another template waits behind it, nothing
// tells more of it than what was told before.
func (t *truth) states(attentive bool) []v1alpha1.DeploymentState {
	r := t.current()
	now := map[phase]v1alpha1.DeploymentState{
		phaseFinished: v1alpha1.StateSuccessful,
		phaseFailed:   v1alpha1.StateFailed,
		phaseStalled:  v1alpha1.StateFailed,
		phasePaused:   v1alpha1.StatePending,
		phaseRolling:  v1alpha1.StateInProgress,
	}[r.phase]
	switch {
	case r.finished && attentive && !r.emptied:
		return []v1alpha1.DeploymentState{v1alpha1.StateSuccessful}
	case r.finished, (t.empty || r.emptied) && !attentive: // who sees no pods wanted does not know of a failure before
		return []v1alpha1.DeploymentState{v1alpha1.StateSuccessful, now, v1alpha1.StateFailed}
	case t.between:
		return []v1alpha1.DeploymentState{now, v1alpha1.StatePending, v1alpha1.StateInProgress, v1alpha1.StateFailed}
	}
	return []v1alpha1.DeploymentState{now}
}

// carried holds, by the hash of a template, which keys the workload was ever seen with beside it.
type carried map[string]map[string]bool

func (c carried) note(s sight) {
	if s.uid == "" {
		return
	}
	if c[s.hash] == nil {
		c[s.hash] = map[string]bool{}
	}
	for _, key := range s.keys {
		c[s.hash][key] = true
	}
}

// strange returns a key that does not belong to the template; empty where there is none.
func (c carried) strange(hash string, keys []string) string {
	if i := slices.IndexFunc(keys, func(key string) bool { return !c[hash][key] }); i >= 0 {
		return fmt.Sprintf("%s is no key of template %s", keys[i], hash)
	}
	return ""
}
