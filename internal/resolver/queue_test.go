// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	k8stypes "k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// hosts stand in for all hosts: a function answers each request, or lets it wait.
type hosts struct {
	mu      sync.Mutex
	arrived []string
	answer  func(*http.Request) (int, error)
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.arrived = append(h.arrived, r.URL.Host+r.URL.Path)
	h.mu.Unlock()
	code, err := h.answer(r)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if code == http.StatusTooManyRequests {
		header.Set("Retry-After", "120")
	}
	return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// seen returns how many requests came for what begins so.
func (h *hosts) seen(prefix string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, path := range h.arrived {
		if strings.HasPrefix(path, prefix) {
			n++
		}
	}
	return n
}

// through has a world ask these hosts.
func (w *world) through(h *hosts) *world {
	w.cfg.Transport = func([]byte) (http.RoundTripper, error) { return h, nil }
	w.resolver.solver.clients = newClients(w.cfg)
	return w
}

func never(r *http.Request) (int, error) {
	<-r.Context().Done()
	return 0, r.Context().Err()
}

func at(host string, i int) record.Question {
	return record.Question{Repository: fmt.Sprintf("https://%s/acme/shop-%d", host, i), Revision: strings.Repeat("ab", 20)}
}

func TestASlowHostHoldsUpNoOther(t *testing.T) {
	h := &hosts{answer: func(r *http.Request) (int, error) {
		if r.URL.Host == "slow.example" {
			return never(r)
		}
		return http.StatusNotFound, nil
	}}
	w := newWorld(t, allows("https://slow.example", "https://fast.example")).through(h).start()
	for i := range 100 {
		w.ask(at("slow.example", i), "ns", "web")
	}
	if got := w.await(at("fast.example", 0), "ns"); got.Reason != v1alpha1.ReasonUnauthorized {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
}

func TestASlowRegistryHoldsUpNoOther(t *testing.T) {
	h := &hosts{answer: func(r *http.Request) (int, error) {
		if r.URL.Host == "slow.example" {
			return never(r)
		}
		return http.StatusNotFound, nil
	}}
	w := newWorld(t, func(c *v1alpha1.Commits) { c.Registries = []string{"slow.example", "fast.example"} }).through(h).start()
	for i := range 100 {
		w.ask(record.Question{Image: fmt.Sprintf("slow.example/shop-%d:1.0", i)}, "ns", "web")
	}
	if got := w.await(record.Question{Image: "fast.example/shop:1.0"}, "ns"); got.Reason != v1alpha1.ReasonRevisionNotFound {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
}

// All that the busy namespace has under way hangs. The other's question is asked at once all the same.
func TestANamespaceWithAThousandQuestionsHoldsUpNoOther(t *testing.T) {
	h := &hosts{answer: func(r *http.Request) (int, error) {
		if strings.HasPrefix(r.URL.Path, "/acme/shop-1000000") {
			return http.StatusNotFound, nil
		}
		return never(r)
	}}
	w := newWorld(t, allows("https://git.example")).through(h).start()
	for i := range 1000 {
		w.ask(at("git.example", i), "busy", "web")
	}
	w.eventually("the busy namespace has its share", func() bool { return h.seen("git.example") >= perLane-1 })
	if got := w.await(at("git.example", 1_000_000), "single"); got.Reason != v1alpha1.ReasonUnauthorized {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
	if got := h.seen("git.example/acme/shop-"); got > perLane+2 {
		t.Errorf("%d requests, though nothing of the busy namespace is answered", got)
	}
}

// A question of the busy namespace that another one asks as well is asked in the other's turn.
func TestAQuestionOfTwoNamespacesWaitsInTheShorterLine(t *testing.T) {
	q := newQueue(maxWaiting)
	first := func(record.Question) step { return step{lane: laneName{"acme", "https://git.example"}} }
	for i := range 1000 {
		q.ask(at("git.example", i), Asker{Object: k8stypes.NamespacedName{Namespace: "busy"}}, time.Time{}, first)
	}
	q.ask(at("git.example", 999), Asker{Object: k8stypes.NamespacedName{Namespace: "single"}}, time.Time{}, first)
	var begun []int
	for _, b := range q.begin(time.Time{}) {
		i := slices.IndexFunc([]int{0, 1, 2, 999}, func(i int) bool { return at("git.example", i) == b.flight.question })
		begun = append(begun, i)
	}
	slices.Sort(begun)
	if !slices.Equal(begun, []int{0, 1, 2, 3}) || q.total != 996 || q.waiting["single"] != 0 {
		t.Errorf("begun are %v, %d wait", begun, q.total)
	}
}

func TestNamespacesTakeTurns(t *testing.T) {
	l := newLane()
	for i := range 3 {
		for _, namespace := range []string{"a", "b"} {
			l.add(namespace, &flight{question: at(namespace, i)})
		}
	}
	l.add("c", &flight{question: at("c", 0)})
	var turns []string
	for range 7 {
		f, namespace := l.next()
		l.remove(namespace, f)
		l.end(namespace)
		turns = append(turns, namespace)
	}
	if got := strings.Join(turns, ""); got != "abcabab" {
		t.Errorf("turns are %s, want abcabab", got)
	}
	if f, _ := l.next(); f != nil || !l.isIdle(time.Time{}) {
		t.Error("somebody waits yet")
	}
}

var errDial = errors.New("dial tcp: no route to host")

func TestAnUnreachableHostIsAskedOnceForAll(t *testing.T) {
	h := &hosts{answer: func(r *http.Request) (int, error) {
		if r.URL.Host == "down.example" {
			return 0, errDial
		}
		return http.StatusNotFound, nil
	}}
	w := newWorld(t, allows("https://down.example", "https://up.example")).through(h)
	for i := range 1000 {
		w.ask(at("down.example", i), "ns", "web")
	}
	w.start()
	if got := w.await(at("up.example", 0), "other"); got.Reason != v1alpha1.ReasonUnauthorized {
		t.Errorf("the other host: %s: %s", got.Reason, got.Message)
	}
	w.eventually("all are answered", func() bool { return len(w.resolver.queue.flights) == 0 })
	if got := h.seen("down.example"); got == 0 || got > 2*perLane {
		t.Errorf("%d requests to a host that is down, want no more than begin at once", got)
	}
	for i := range 1000 {
		got := w.ask(at("down.example", i), "ns", "web")
		if got.Reason != v1alpha1.ReasonUnreachable || got.RetryAfter <= 0 || got.RetryAfter > holdFor || got.Source.Repository != at("down.example", i).Repository {
			t.Fatalf("answer %d: %+v", i, got)
		}
		if strings.Contains(got.Message, "shop-") && !strings.Contains(got.Message, at("down.example", i).Repository) {
			t.Fatalf("answer %d names the repository of another question: %s", i, got.Message)
		}
	}
	before := h.seen("down.example")
	w.clock.pass(holdFor)
	for i := range 1000 {
		w.ask(at("down.example", i), "ns", "web")
	}
	w.eventually("all are answered once more", func() bool { return len(w.resolver.queue.flights) == 0 })
	if got := h.seen("down.example") - before; got == 0 || got > 2*perLane {
		t.Errorf("%d requests after %s, want no more than begin at once", got, holdFor)
	}
	if got := w.ask(at("down.example", 999), "ns", "web"); got.RetryAfter != 2*holdFor {
		t.Errorf("the second failure holds for %s, want %s", got.RetryAfter, 2*holdFor)
	}
}

func TestAHostThatWantsFewerRequestsIsLeftAlone(t *testing.T) {
	h := &hosts{answer: func(*http.Request) (int, error) { return http.StatusTooManyRequests, nil }}
	w := newWorld(t, allows("https://git.example")).through(h)
	for i := range 1000 {
		w.ask(at("git.example", i), "ns", "web")
	}
	w.start()
	w.eventually("all are answered", func() bool { return len(w.resolver.queue.flights) == 0 })
	if got := h.seen("git.example"); got > 2*perLane {
		t.Errorf("%d requests to a host that wants fewer", got)
	}
	if got := w.ask(at("git.example", 999), "ns", "web"); got.Reason != v1alpha1.ReasonUnreachable || got.RetryAfter != 2*time.Minute {
		t.Errorf("answer %+v, want the server's two minutes", got)
	}
}

// What goes wrong with a repository of one namespace is no trouble of the host's.
func TestABrokenRepositoryHoldsUpNoOther(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (int, error){
		"it fails":     func(*http.Request) (int, error) { return http.StatusBadGateway, nil },
		"it is a page": func(*http.Request) (int, error) { return http.StatusOK, nil },
		"it moved":     func(*http.Request) (int, error) { return http.StatusFound, nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := &hosts{answer: func(r *http.Request) (int, error) {
				if strings.HasPrefix(r.URL.Path, "/acme/shop-7") {
					return answer(r)
				}
				return http.StatusNotFound, nil
			}}
			w := newWorld(t, allows("https://git.example")).through(h).start()
			if got := w.await(at("git.example", 7), "broken"); got.Reason != v1alpha1.ReasonUnreachable {
				t.Errorf("the broken one: %s: %s", got.Reason, got.Message)
			}
			if got := w.await(at("git.example", 1), "fine"); got.Reason != v1alpha1.ReasonUnauthorized {
				t.Errorf("the other one: %s: %s", got.Reason, got.Message)
			}
		})
	}
}

func TestWhatDoesNotFitIsAskedAgainInAMinute(t *testing.T) {
	w := newWorld(t, allows("https://git.example"))
	w.resolver.queue = newQueue(10)
	for i := range 20 {
		want := time.Duration(0)
		if i >= 10 {
			want = fullRetry
		}
		if got := w.ask(at("git.example", i), "busy", fmt.Sprint("web-", i)); got.Reason != v1alpha1.ReasonResolving || got.RetryAfter != want {
			t.Errorf("question %d: %+v, want retry after %s", i, got, want)
		}
	}
	for i := range 5 {
		if got := w.ask(at("git.example", 100+i), "single", "web"); got.RetryAfter != 0 {
			t.Errorf("the other namespace's question %d does not fit: %+v", i, got)
		}
	}
	if len(w.resolver.wakes) != 5 {
		t.Errorf("%d are woken to hear that they were dropped, want 5", len(w.resolver.wakes))
	}
	if _, ok := w.resolver.wakes[w.asker("busy", "web-9")]; !ok {
		t.Error("the newest question of the namespace with most is not the one that was dropped")
	}
	if got := w.ask(at("git.example", 9), "busy", "web-9"); got.RetryAfter != fullRetry {
		t.Errorf("the dropped question fits again: %+v", got)
	}
	if got := w.ask(at("git.example", 0), "busy", "another"); got.RetryAfter != 0 {
		t.Errorf("a question that waits already: %+v", got)
	}
}

// Two namespaces with as many questions do not drop each other's in turn.
func TestANamespaceDropsItsOwnWhereAnotherHasAsMany(t *testing.T) {
	for range 20 {
		w := newWorld(t, allows("https://git.example"))
		w.resolver.queue = newQueue(10)
		for i := range 5 {
			w.ask(at("git.example", i), "a", "web")
			w.ask(at("git.example", 100+i), "b", "web")
		}
		w.ask(at("git.example", 200), "c", "web") // drops one of a or b
		for _, namespace := range []string{"a", "b"} {
			if w.resolver.queue.waiting[namespace] == 4 {
				w.resolver.wakes = map[Asker]struct{}{}
				if got := w.ask(at("git.example", 300), namespace, "web"); got.RetryAfter != fullRetry || len(w.resolver.wakes) != 0 {
					t.Fatalf("answer %+v, and %d others are woken", got, len(w.resolver.wakes))
				}
			}
		}
	}
}

func TestAskersAreBounded(t *testing.T) {
	w := newWorld(t, allows("https://git.example"))
	for i := range maxAskers {
		if got := w.ask(at("git.example", 0), "busy", fmt.Sprint("web-", i)); got.RetryAfter != 0 {
			t.Fatalf("asker %d: %+v", i, got)
		}
	}
	if got := w.ask(at("git.example", 0), "busy", "one more"); got.RetryAfter != fullRetry {
		t.Errorf("one asker more: %+v, want to ask again", got)
	}
	if got := w.ask(at("git.example", 1), "single", "web"); got.RetryAfter != fullRetry || len(w.resolver.queue.flights) != 2 {
		t.Errorf("another namespace: %+v; %d questions wait, want 2", got, len(w.resolver.queue.flights))
	}
}

// Whatever happens, no question is lost and the sums are right.
func TestTheQueueLosesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	q := newQueue(30)
	now := time.Time{}
	var underway []begun
	lanes := []laneName{{}, {"acme", "a"}, {"acme", "b"}}
	first := func(record.Question) step { return step{lane: lanes[random.IntN(3)]} }
	for range 20_000 {
		switch random.IntN(6) {
		case 0, 1, 2:
			asker := Asker{Object: k8stypes.NamespacedName{Namespace: fmt.Sprint(random.IntN(4)), Name: fmt.Sprint(random.IntN(3))}}
			q.ask(at("git.example", random.IntN(60)), asker, now, first)
		case 3:
			underway = append(underway, q.begin(now)...)
		case 4:
			if len(underway) == 0 {
				continue
			}
			b := underway[0]
			underway = underway[1:]
			q.end(b)
			if random.IntN(2) == 0 {
				q.goOn(b.flight, step{lane: lanes[random.IntN(3)]})
			} else {
				q.forget(b.flight)
			}
			if random.IntN(10) == 0 {
				q.hold(b.lane, "", false, now.Add(time.Second))
			}
		case 5:
			now = now.Add(300 * time.Millisecond)
			for _, f := range q.held(now) {
				q.forget(f)
			}
		}
		checkQueue(t, q, underway)
	}
}

func checkQueue(t *testing.T, q *queue, underway []begun) {
	t.Helper()
	waits, entries, askers, busy := map[*flight]bool{}, 0, 0, 0
	for _, l := range q.lanes {
		busy += l.busy()
		for namespace, flights := range l.waiting {
			entries += len(flights)
			for _, f := range flights {
				waits[f] = true
				if !slices.Contains(f.namespaces, namespace) || f.underway {
					t.Fatalf("a question waits for %s, whose it is not, or is under way", namespace)
				}
			}
		}
	}
	for _, f := range q.flights {
		askers += len(f.askers)
		if waits[f] == f.underway {
			t.Fatalf("a question waits: %t, is under way: %t", waits[f], f.underway)
		}
	}
	sum := 0
	for _, n := range q.waiting {
		sum += n
	}
	if entries != q.total || sum != q.total || askers != q.askers || busy != len(underway) || q.total > 30+4*3*4 {
		t.Fatalf("%d entries, %d by namespace, total %d; %d askers of %d; %d busy of %d", entries, sum, q.total, askers, q.askers, busy, len(underway))
	}
}
