// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// sender is a cluster of the fleet: the product's queue and pace, served as the site's controller does it.
type sender struct {
	pace    *Pace
	queue   *Queue
	jira    func(now time.Time) error
	random  *rand.Rand
	pending []Record
	made    int
	// backlog is how many records wait at all times. A sender without one gets a record every so often, and waited is how
	// long each waited for its request.
	backlog  int
	every    time.Duration
	next     time.Time
	arrivals []time.Time
	waited   []time.Duration
	// until is when a site that failed is probed again; zero where it works.
	until time.Time
	// taken and refused are what became of its requests.
	taken, refused int
}

func newSender(now time.Time, ceiling, backlog int, every time.Duration, random *rand.Rand, jira func(time.Time) error) *sender {
	s := &sender{
		pace: NewPace(ceiling, now, random.Float64), random: random, jira: jira, backlog: backlog, every: every, next: now,
		queue: NewQueue("acme", func(r Record) Message { return FromDeployment(r.(*v1alpha1.JiraDeployment), browse) }),
	}
	return s
}

// work brings the records that are due. All have one key in Jira, each in a namespace of its own: so that each is a request.
func (s *sender) work(now time.Time) {
	for s.backlog > len(s.pending) || s.every > 0 && !s.next.After(now) {
		s.made++
		d := makeRecord("web", "SHOP-1").Namespace(fmt.Sprint("shop-", s.made%max(s.backlog, 500))).Obj()
		d.UID = types.UID(fmt.Sprint(s.made))
		s.pending, s.arrivals = append(s.pending, d), append(s.arrivals, s.next)
		if s.every > 0 {
			s.next = s.next.Add(time.Duration(s.random.ExpFloat64() * float64(s.every)))
		}
	}
}

// pass makes one pass, and returns when the next one is due.
func (s *sender) pass(now time.Time) time.Time {
	s.work(now)
	due := now.Add(max(time.Millisecond, s.deliver(now)))
	if s.every > 0 && s.next.Before(due) {
		due = s.next
	}
	return due
}

func (s *sender) deliver(now time.Time) time.Duration {
	if left := s.until.Sub(now); left > 0 {
		return left
	}
	if !s.until.IsZero() && s.probe(now) != nil {
		return s.until.Sub(now)
	}
	if left := s.pace.Delay(now); left > 0 {
		return left
	}
	if left := s.queue.Wait(now); left > 0 {
		return left
	}
	s.queue.Sync(s.pending, now)
	batch, left := s.queue.Next(now)
	if len(batch.Bodies) == 0 {
		return left
	}
	err := s.ask(now)
	if s.pace.Limited(batch, err, now) {
		return s.pace.Delay(now)
	}
	if err != nil && s.probe(now) != nil {
		return s.until.Sub(now)
	}
	var reply *Reply
	if err == nil {
		s.pace.Answered(nil, now)
		reply = s.settled(batch, now)
	}
	s.queue.Settle(batch, reply, err, now)
	return 0
}

// settled has Jira take a batch, and the cache show it.
func (s *sender) settled(batch Batch, now time.Time) *Reply {
	var result jira.Result[jira.DeploymentKey]
	for _, e := range batch.entries {
		for i, d := range s.pending {
			if d.GetUID() == e.message.Source.UID {
				result.Accepted = append(result.Accepted, keyOf(d))
				s.waited = append(s.waited, now.Sub(s.arrivals[i]))
				s.pending, s.arrivals = append(s.pending[:i:i], s.pending[i+1:]...), append(s.arrivals[:i:i], s.arrivals[i+1:]...)
				break
			}
		}
	}
	return ReplyOf(&result)
}

func keyOf(r Record) jira.DeploymentKey {
	spec := r.(*v1alpha1.JiraDeployment).Spec
	return jira.DeploymentKey{PipelineID: spec.Pipeline.ID, EnvironmentID: spec.Environment.ID, DeploymentSequenceNumber: spec.Sequence}
}

// probe asks whether the site works, and waits where it does not.
func (s *sender) probe(now time.Time) error {
	err := s.ask(now)
	s.pace.Answered(err, now)
	if s.until = (time.Time{}); err != nil {
		s.until = now.Add(max(time.Second, NewSiteError(err).RetryAfter, s.pace.Delay(now)))
	}
	return err
}

func (s *sender) ask(now time.Time) error {
	s.pace.Take(now)
	err := s.jira(now)
	if err != nil {
		s.refused++
	} else {
		s.taken++
	}
	return err
}
