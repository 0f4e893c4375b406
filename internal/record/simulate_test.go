package record

import (
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// A simulated rollout: a cluster with one workload, which behaves as the real one does, and managers that observation at
// it as the workload controller does. Each manager has records and a Jira of its own, so that one run of the
// cluster tells what is made of it by one that sees everything, one that sleeps, one that restarts reports.
//
//	verbs: apply, scale, undo, pause ...                                             memory
//	   |                                                                               |
//	workload: API server, controller, pods --sight--> manager: rollout --> Plan --> records --> memoryJira
//	   |                                                                |                          |
//	   +------ fact: what is true ------> truth ---------------> invariants <----------------------+
//
// Another kind of workload is another implementation of workload, with its verbs.

// workload is a simulated workload: what its controller and its pods make of what people want.
type workload interface {
	// step does the next thing that is due, and sets the clock to when it happens. It returns false where
	// nothing is due until then.
	step(until time.Time) bool
	// show returns what the API server shows at the moment.
	show() sight
}

// sight is what a observation at a workload shows, and what is true of it.
type sight struct {
	// version tells one state of the object from another.
	version int
	// uid is the workload's; empty where there is none.
	uid types.UID
	// rollout is what is made of the object; nil where there is nothing to say of it.
	rollout *rollout.Rollout
	// hash is that of the template that the object has, and keys are the issue keys that it names.
	hash string
	keys []string
	fact fact
}

// clock is the cluster's.
type clock struct{ now time.Time }

// world is a cluster and those who observation at it.
type world struct {
	clock    *clock
	workload workload
	managers []*manager
	script   script
	// history is what the object was like, oldest first.
	history []sight
	// carried holds the keys that each template was ever seen with.
	carried carried
}

func newWorld(c *clock, w workload, managers ...*manager) *world {
	world := &world{clock: c, workload: w, managers: managers, carried: carried{}}
	for _, m := range managers {
		m.carried = world.carried
		m.tell = func(news string) { world.script.told(c.now, m, news) }
	}
	return world
}

// do plays a verb, whose words are the story's.
func (w *world) do(text string, verb func()) {
	w.script.cluster(w.clock.now, text)
	if verb != nil {
		verb()
	}
	w.watch()
}

// watch shows a changed object to all managers.
func (w *world) watch() {
	s := w.workload.show()
	var before sight
	if n := len(w.history); n > 0 {
		before = w.history[n-1]
	}
	if before.version == s.version {
		return
	}
	if text := milestones(before.fact, s.fact); text != "" {
		w.script.cluster(w.clock.now, text)
	}
	w.history = append(w.history, s)
	w.carried.note(s)
	for _, m := range w.managers {
		m.truth.see(s.fact, w.clock.now)
		if m.up {
			m.observation(s)
		}
	}
}

// proceed lets the next thing happen: in the cluster, or that a manager wakes. It returns false where there is nothing
// until then.
func (w *world) proceed(until time.Time) bool {
	var sleeper *manager
	for _, m := range w.managers {
		if m.up && !m.wakeAt.IsZero() && !m.wakeAt.After(until) {
			sleeper, until = m, m.wakeAt
		}
	}
	if w.workload.step(until) {
		w.watch()
		return true
	}
	if sleeper == nil {
		return false
	}
	if w.clock.now.Before(until) {
		w.clock.now = until
	}
	sleeper.observation(w.now())
	return true
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	until := w.clock.now.Add(d)
	for w.proceed(until) {
	}
	w.clock.now = until
}

// steps lets so many things happen, however long they take.
func (w *world) steps(n int) {
	for range n {
		if !w.proceed(w.clock.now.Add(patience)) {
			return
		}
	}
}

// patience is longer than any deadline of the simulated workloads.
const patience = time.Hour

// settle lets everything happen that happens by itself.
func (w *world) settle() {
	for w.proceed(w.clock.now.Add(patience)) {
	}
}

// now returns what the object is like.
func (w *world) now() sight {
	w.watch()
	return w.history[len(w.history)-1]
}

// observeAgain makes a manager observation where nothing changed, as it does after a restart.
func (w *world) observeAgain(m *manager) {
	m.observation(w.now())
}

// observeBehind makes a manager that starts see what a lagging API server shows it: a state of the past, some of those
// after it, and the present one. It does not lag by a whole life of a workload that is there again.
func (w *world) observeBehind(m *manager, back int, rng *rand.Rand) {
	now := w.now()
	seen := w.history[max(0, len(w.history)-1-back):]
	for i, s := range seen {
		if (now.uid == "" || s.uid == now.uid) && (i == 0 || rng.IntN(3) == 0) {
			m.observation(s)
		}
	}
	w.observeAgain(m)
}

// problem returns the first thing that is wrong, with the story of the manager that it is wrong for.
func (w *world) problem(title string) error {
	for _, m := range w.managers {
		if m.problem != "" {
			return fmt.Errorf("%s manager: %s\n\n%s", m.name, m.problem, w.script.text(title, m))
		}
	}
	return nil
}
