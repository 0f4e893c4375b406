// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// Config is what a Resolver needs. All of it is required but for Loopback.
type Config struct {
	// Client reads JiraSites, and the metadata of Secrets (PartialObjectMetadata), from the cache.
	Client client.Reader
	// APIReader reads a Secret from the API server.
	APIReader client.Reader
	// Namespace is the operator's own, the only one whose Secrets are read.
	Namespace string
	// Transport makes a transport that trusts the certificates in caPEM as well; it may be nil. They are a Secret's ca.crt:
	// what the manager trusts itself is added by this function.
	Transport func(caPEM []byte) (http.RoundTripper, error)
	// UserAgent names the program in every request: "rollcall/1.4".
	UserAgent string
	// Loopback allows http to loopback addresses, for tests and demos.
	Loopback bool
	Metrics  *metrics.Metrics
	Now      func() time.Time
}

// Asker is who is woken once there is another answer: an Event about Object goes to Wake. Object.Namespace is also whose
// turn it is.
type Asker struct {
	Wake   chan<- event.GenericEvent
	Object types.NamespacedName
}

const (
	// maxAnswers is how many answers are kept. One takes 2 KB, and 20 KB with 500 issue keys.
	maxAnswers = 4096
	// maxWaiting is how many questions wait in sum.
	maxWaiting = 10_000
	// fullRetry is when to ask again a question that did not fit.
	fullRetry = time.Minute
	// stepTimeout ends one step of a question, which may take several requests.
	stepTimeout = 3 * time.Minute
)

// Resolver answers questions. It is safe for concurrent use.
type Resolver struct {
	now     func() time.Time
	metrics *metrics.Metrics
	solver  *solver
	answers *lru.Cache // of *known, by record.Question

	mutex sync.Mutex
	queue *queue
	// wakes are those who are to be woken.
	wakes map[Asker]struct{}
	// work and alarm hold one element while there is something new to begin, or somebody to wake.
	work, alarm chan struct{}
}

// New returns a Resolver. It asks nobody before Start.
func New(cfg Config) (*Resolver, error) {
	if cfg.Client == nil || cfg.APIReader == nil || cfg.Namespace == "" || cfg.Transport == nil || cfg.Metrics == nil || cfg.Now == nil {
		return nil, errors.New("configure resolver: a client, a namespace, a transport, metrics and a clock are required")
	}
	return &Resolver{
		now: cfg.Now, metrics: cfg.Metrics, solver: &solver{cfg: cfg, clients: newClients(cfg)}, answers: lru.New(maxAnswers),
		queue: newQueue(maxWaiting), wakes: map[Asker]struct{}{},
		work: make(chan struct{}, 1), alarm: make(chan struct{}, 1),
	}, nil
}

// Ask returns what is known: NoSource at once where there is nobody to ask, such as for an image of a registry that is not
// listed. Where nothing is known, or a failure whose time is over, the question is put into the queue, and the asker is woken
// once it has another answer. RetryAfter is zero where the asker is woken, or where there is nothing to wait for.
func (r *Resolver) Ask(question record.Question, asker Asker) record.Answer {
	if message := r.solver.nobody(question); message != "" {
		return record.Answer{Reason: v1alpha1.ReasonNoSource, Message: message}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now, kept := r.now(), r.known(question)
	if kept != nil && !r.isDue(kept, now) {
		return kept.at(now)
	}
	answer := record.Answer{Reason: v1alpha1.ReasonResolving, Message: "Registry and repository are being asked."}
	if kept != nil {
		answer = kept.answer
	}
	taken, dropped := r.queue.ask(question, asker, now, r.solver.start)
	answer.RetryAfter = 0
	if !taken {
		answer.RetryAfter = fullRetry
	}
	if dropped != nil {
		r.wake(dropped)
	}
	signal(r.work)
	return answer
}

// Start asks what is in the queue until ctx ends. It is a manager.Runnable; only the leader asks.
func (r *Resolver) Start(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { r.wakeAskers(ctx) })
	for {
		r.dispatch(ctx, &running)
		select {
		case <-ctx.Done():
			return nil
		case <-r.work:
		}
	}
}

// dispatch begins what may begin.
func (r *Resolver) dispatch(ctx context.Context, running *sync.WaitGroup) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.now()
	for _, f := range r.queue.held(now) {
		r.settle(f, f.held(now))
	}
	for _, b := range r.queue.begin(now) {
		running.Go(func() { r.run(ctx, b) })
	}
}

// run does one step of a question.
func (r *Resolver) run(ctx context.Context, b begun) {
	limited, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	out := b.flight.step.run(limited)

	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.queue.end(b)
	if ctx.Err() != nil {
		return // the manager ends: that is no answer
	}
	if out.hold > 0 {
		r.queue.hold(b.lane, out.why, out.answer.RetryAfter > 0, r.now().Add(out.hold))
	}
	if out.next != nil {
		r.queue.goOn(b.flight, *out.next)
	} else {
		r.settle(b.flight, out)
	}
	signal(r.work)
}

// settle keeps an answer, and has the askers woken.
func (r *Resolver) settle(f *flight, out outcome) {
	now := r.now()
	r.answers.Add(f.question, keep(f.question, out, r.known(f.question), now))
	r.metrics.SourceResolved(out.answer.Reason, now.Sub(f.asked))
	r.metrics.SourceAnswers(r.answers.Len())
	r.queue.forget(f)
	r.wake(f)
}

func (r *Resolver) wake(f *flight) {
	for asker := range f.askers {
		if asker.Wake != nil {
			r.wakes[asker] = struct{}{}
		}
	}
	signal(r.alarm)
}

// wakeAskers sends the Events. It is the only place that waits for who reads them.
func (r *Resolver) wakeAskers(ctx context.Context) {
	for {
		r.mutex.Lock()
		wakes := r.wakes
		r.wakes = map[Asker]struct{}{}
		r.mutex.Unlock()
		for asker := range wakes {
			object := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: asker.Object.Namespace, Name: asker.Object.Name}}
			select {
			case <-ctx.Done():
				return
			case asker.Wake <- event.GenericEvent{Object: object}:
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-r.alarm:
		}
	}
}

// signal says that there is something new. Where nobody heard the last one yet, that one does.
func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
