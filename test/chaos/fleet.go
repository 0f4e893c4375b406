// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rollcall-dev/rollcall/test/manager"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// reconnection is how long a manager may take to see anything after the API server came back: its watches are tried
// again after waits that double.
const reconnection = 30 * time.Second

// restartDelay is how long a manager that ended by itself stays away.
const restartDelay = time.Second

// fleet is the managers, and when one of them was at work.
type fleet struct {
	binary, dir string
	flags       []string
	attention   *oracle.Attention

	mu       sync.Mutex
	members  []*member
	started  int
	retired  int       // how many ended by themselves: they lost their lease, or found no API server
	resumeAt time.Time // no watch is relied on before
	outage   bool
}

// member is a manager that runs, or ran.
type member struct {
	process *manager.Process
	log     string
	metrics string // where it serves them
	atWork  bool
	endedAt time.Time // by itself
}

// start starts managers until there are n.
func (f *fleet) start(n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.members) < n {
		m, err := f.launch()
		if err != nil {
			return err
		}
		f.members = append(f.members, m)
	}
	return nil
}

func (f *fleet) launch() (*member, error) {
	f.started++
	address, err := manager.FreeAddress()
	if err != nil {
		return nil, err
	}
	m := &member{log: filepath.Join(f.dir, fmt.Sprintf("manager-%03d.log", f.started)), metrics: address}
	m.process, err = manager.Start(f.binary, m.log, append(slices.Clone(f.flags), "--metrics-bind-address="+address, "--metrics-secure=false")...)
	return m, err
}

// grace is how long a manager that is at work may take to notice something: one that has just begun goes through all there
// is, and an API server that was restarted may take seconds for a write.
const grace = 10 * time.Second

// noticed says whether a manager must have noticed a fact.
func (f *fleet) noticed(fact oracle.Fact) bool { return f.attention.Noticed(fact, grace) }

// watch observes who is at work, and replaces those that ended by themselves, until the context ends.
func (f *fleet) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * polling):
		}
		if err := f.tick(time.Now()); err != nil {
			return err
		}
	}
}

func (f *fleet) tick(now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	attentive := false
	for _, m := range f.members {
		if err := f.attend(m, now); err != nil {
			return err
		}
		attentive = attentive || m.atWork
	}
	if attentive && !f.outage && now.After(f.resumeAt) {
		f.attention.Begin(now)
	}
	return nil
}

// attend observes one manager. One that ended by itself is started again, as a kubelet would.
func (f *fleet) attend(m *member, now time.Time) error {
	select {
	case <-m.process.Ended():
	default:
		if !m.atWork {
			log, err := os.ReadFile(m.log)
			m.atWork = err == nil && atWork(log)
		}
		return nil
	}
	switch {
	case m.endedAt.IsZero():
		if m.atWork {
			f.attention.End(now)
		}
		m.endedAt, m.atWork = now, false
		f.retired++
	case now.Sub(m.endedAt) > restartDelay:
		replacement, err := f.launch()
		if err != nil {
			return err
		}
		*m = *replacement
	}
	return nil
}

// controllers are those that have to run before a manager is at work, by the names that its log has. They stand here
// only.
var controllers = []string{"site", "workload-deployments", "workload-statefulsets", "workload-daemonsets", "run-jobs"}

// atWork says whether a manager's log tells that it leads, and that its caches are filled.
func atWork(log []byte) bool {
	missing := map[string]bool{}
	for _, name := range controllers {
		missing[name] = true
	}
	for line := range bytes.Lines(log) {
		if !bytes.Contains(line, []byte(`"Starting workers"`)) {
			continue
		}
		for name := range missing {
			if bytes.Contains(line, []byte(`"controller":"`+name+`"`)) {
				delete(missing, name)
			}
		}
	}
	return len(missing) == 0
}

// kill kills those of the managers that a blow is for, and starts others in their place. It returns how many.
func (f *fleet) kill(blow Blow) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	killed := 0
	for i, m := range f.targets(blow) {
		if !m {
			continue
		}
		if f.members[i].atWork {
			f.attention.End(time.Now())
		}
		f.members[i].process.Kill()
		replacement, err := f.launch()
		if err != nil {
			return killed, err
		}
		f.members[i] = replacement
		killed++
	}
	return killed, nil
}

// targets says of each manager whether a blow is for it. Where nobody leads, or nobody follows, it is for the first.
func (f *fleet) targets(blow Blow) []bool {
	hit := make([]bool, len(f.members))
	some := false
	for i, m := range f.members {
		hit[i] = blow == KillAll || !some && m.atWork == (blow == KillLeader)
		some = some || hit[i]
	}
	if !some {
		hit[0] = true
	}
	return hit
}

// interrupt does something during which the API server is not there.
func (f *fleet) interrupt(do func() error) error {
	f.mu.Lock()
	f.attention.End(time.Now())
	f.outage = true
	f.mu.Unlock()
	err := do()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outage, f.resumeAt = false, time.Now().Add(reconnection)
	return err
}

// stop ends all managers, and waits for them.
func (f *fleet) stop() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var first error
	for _, m := range f.members {
		if err := m.process.Stop(); err != nil && first == nil {
			first = err
		}
	}
	f.members = nil
	return first
}

// launched returns how many managers were started, retirements how many ended by themselves.
func (f *fleet) launched() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.started
}

func (f *fleet) retirements() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.retired
}
