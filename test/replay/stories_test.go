// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/oracle"
	"github.com/rollcall-dev/rollcall/test/recording"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestStories shows a manager every state of every recording, and compares what it told Jira with the story that a
// person has read, and with the oracle.
func TestStories(t *testing.T) {
	for _, tape := range tapes() {
		t.Run(tape.file, func(t *testing.T) {
			s := &story{m: newManager("the", makeSite(), oracle.Rules{})}
			s.m.prompt = true
			s.m.tell = func(news string) { s.line(news) }
			s.play(tape)
			if s.m.problem != "" {
				t.Errorf("%s\n\n%s", s.m.problem, s.text(tape.moments[0].Title))
			}
			golden(t, tape.file, s.text(tape.moments[0].Title))
		})
	}
}

// story is a recording as it is told: what the cluster did, and what Jira was told, in one order. It has no times, so
// that it stays the same where the recording is made anew.
type story struct {
	m       *manager
	history []*sight
	last    oracle.Status
	down    bool
	rows    strings.Builder
	open    string
}

func (s *story) play(t tape) {
	for i, moment := range t.moments {
		now := moment.At
		if !s.down {
			s.m.wake(now)
		}
		if moment.Do != "" {
			s.check(now)
			s.cluster(moment.Do)
		}
		if seen := t.sights[i]; seen != nil {
			s.history = append(s.history, seen)
			s.milestone(seen)
			if !s.down {
				s.m.observe(seen, now)
			}
		}
		s.turn(moment.Manager, now)
		if moment.Rest {
			s.check(now)
		}
	}
	end := t.moments[len(t.moments)-1].At.Add(time.Minute)
	s.m.wake(end)
	s.check(end)
	s.flush("")
}

func (s *story) check(now time.Time) {
	if !s.down {
		s.m.now = now
		s.m.checkTruth()
	}
}

// turn plays what happens to the manager.
func (s *story) turn(what string, now time.Time) {
	n := len(s.history)
	switch what {
	case recording.Down:
		s.down, s.m.prompt = true, false
		s.m.stop(now)
	case recording.Up, recording.Restart:
		s.down = false
		s.m.stop(now)
		s.m.observe(s.history[n-1], now)
	case recording.Silent:
		s.m.silent, s.m.prompt = true, false
	case recording.Answered:
		s.m.silent = false
		s.m.deliver()
	case recording.First:
		s.m.stop(now)
		s.m.lagged = true
		s.m.observe(&sight{}, now)
	case recording.Previous:
		s.m.stop(now)
		s.m.lagged = true
		s.m.observe(s.history[n-2], now)
	case recording.CatchUp:
		s.m.observe(s.history[n-1], now)
	}
}

// milestone tells what the cluster did by itself.
func (s *story) milestone(seen *sight) {
	before := s.last
	if !seen.ok || seen.status.Unproven {
		return
	}
	now := seen.status
	s.last = now
	phase := map[oracle.Phase]string{
		oracle.Rolling: "rolls out", oracle.Waiting: "waits for a person", oracle.Finished: "is finished", oracle.Failed: "has failed",
	}[now.Phase]
	if now.Empty {
		phase = "is to run no pod"
	}
	if before.Revision != now.Revision || before.Phase != now.Phase {
		s.cluster(fmt.Sprintf("- revision %d %s", now.Revision, phase))
	}
}

func (s *story) cluster(text string) {
	if text != "" {
		s.flush("")
		s.open = text
	}
}

func (s *story) line(news string) { s.flush(news) }

func (s *story) flush(told string) {
	if s.open != "" || told != "" {
		s.rows.WriteString(strings.TrimRight(fmt.Sprintf("%-70s  %s", s.open, told), " ") + "\n")
	}
	s.open = ""
}

func (s *story) text(title string) string {
	var last []*v1alpha1.JiraDeployment
	for _, updates := range s.m.told {
		last = append(last, updates[len(updates)-1])
	}
	slices.SortFunc(last, func(a, b *v1alpha1.JiraDeployment) int { return int(a.Spec.Sequence - b.Spec.Sequence) })
	text := fmt.Sprintf("%s\n\n%-70s  %s\n%s\nIn the end Jira shows:\n", title, "what the cluster did", "what Jira is told", s.rows.String())
	for _, d := range last {
		text += "  " + entry(d) + "\n"
	}
	if len(last) == 0 {
		text += "  nothing\n"
	}
	return text
}
