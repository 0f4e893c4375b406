// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	k8stypes "k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/record"
)

func TestAThousandWorkloadsCostOneQuestion(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := repository(t, git, "acme/shop", "SHOP-1", "SHOP-2")
	q := record.Question{Repository: shop.url, Revision: shop.last()}
	if got := newWorld(t, allows(git.URL)).solve(q); got.Reason != v1alpha1.ReasonResolved {
		t.Fatalf("answer %s: %s", got.Reason, got.Message)
	}
	once := len(git.Requests())

	w := newWorld(t, allows(git.URL)).start()
	var asking sync.WaitGroup
	var resolving atomic.Int32
	for i := range 1000 {
		asking.Go(func() {
			for range 2 { // a second time, as by another Event
				if w.ask(q, fmt.Sprint("ns-", i%10), fmt.Sprint("web-", i)).Reason == v1alpha1.ReasonResolving {
					resolving.Add(1)
				}
			}
		})
	}
	asking.Wait()
	w.await(q, "ns-0")
	if got := len(git.Requests()) - once; got != once {
		t.Errorf("a thousand questions cost %d requests, and one costs %d", got, once)
	}
	if resolving.Load() == 0 {
		t.Error("nobody had to wait: the test shows nothing")
	}
}

func TestEveryAskerIsWokenOnce(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, allows(git.URL))
	q := record.Question{Repository: shop.url, Revision: shop.last()}
	another := make(chan event.GenericEvent, 10)
	w.resolver.Ask(w.of(q), Asker{Wake: another, Object: k8stypes.NamespacedName{Namespace: "ns-1", Name: "web-1"}})
	for i := range 100 {
		for range 2 {
			if got := w.ask(q, "ns-1", fmt.Sprint("web-", i)); got.Reason != v1alpha1.ReasonResolving || got.RetryAfter != 0 {
				t.Fatalf("answer %+v, want Resolving", got)
			}
		}
	}
	w.start()
	woken := map[string]int{}
	for range 100 {
		select {
		case e := <-w.wakes:
			woken[e.Object.GetNamespace()+"/"+e.Object.GetName()]++
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of 100 are woken", len(woken))
		}
	}
	<-another
	if len(woken) != 100 || woken["ns-1/web-42"] != 1 || len(w.wakes) != 0 || len(another) != 0 {
		t.Errorf("%d askers are woken, and %d twice", len(woken), len(w.wakes))
	}
	if got := w.ask(q, "ns-1", "web-1"); got.Reason != v1alpha1.ReasonResolved {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
}

// door lets requests of a test pass, or not.
type door struct {
	mu     sync.Mutex
	handle func(http.ResponseWriter, *http.Request) bool
}

func (d *door) set(handle func(http.ResponseWriter, *http.Request) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handle = handle
}

func (d *door) pass(w http.ResponseWriter, r *http.Request) bool {
	d.mu.Lock()
	handle := d.handle
	d.mu.Unlock()
	return handle != nil && handle(w, r)
}

func TestWhatIsKnownIsNotAskedAgain(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, allows(git.URL+"/acme")).start()
	for _, q := range []record.Question{
		{Repository: shop.url, Revision: shop.last()}, {Repository: git.URL + "/other/shop", Revision: "main"}, {Image: "nginx:1.27"},
	} {
		first := w.await(q, "ns")
		requests := len(git.Requests())
		w.clock.pass(1000 * time.Hour)
		if diff := cmp.Diff(first, w.ask(q, "ns", "web")); diff != "" {
			t.Errorf("another answer (-first +now):\n%s", diff)
		}
		if first.RetryAfter != 0 || len(git.Requests()) != requests {
			t.Errorf("%s: retry after %s, and %d requests more", first.Reason, first.RetryAfter, len(git.Requests())-requests)
		}
	}
}

func TestAFailureIsTriedAgainLaterAndLater(t *testing.T) {
	var d door
	git := gitServer(t, gittest.Options{Before: d.pass})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	d.set(status(500))
	w := newWorld(t, allows(git.URL)).start()
	q := record.Question{Repository: shop.url, Revision: shop.last()}

	got := w.await(q, "ns")
	for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		if got.Reason != v1alpha1.ReasonUnreachable || got.RetryAfter != want {
			t.Fatalf("failure %d: %s, retry after %s, want %s", i+1, got.Reason, got.RetryAfter, want)
		}
		requests := len(git.Requests())
		w.clock.pass(want - time.Second)
		if early := w.ask(q, "ns", "web"); early.RetryAfter != time.Second || len(git.Requests()) != requests {
			t.Errorf("a second before its time: retry after %s, %d requests more", early.RetryAfter, len(git.Requests())-requests)
		}
		w.clock.pass(time.Second)
		time.Sleep(10 * time.Millisecond)
		if len(git.Requests()) != requests {
			t.Error("it is asked again, and nobody asked")
		}
		got = w.again(q, got)
	}
	d.set(nil)
	w.clock.pass(time.Hour)
	if got = w.again(q, got); got.Reason != v1alpha1.ReasonResolved {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
}

// again asks once more what failed, waits to be woken, and returns the new answer. Until then the old one stands.
func (w *world) again(q record.Question, before record.Answer) record.Answer {
	w.t.Helper()
	for len(w.wakes) > 0 {
		<-w.wakes
	}
	if now := w.ask(q, "ns", "again"); now.Reason != before.Reason || now.Message != before.Message {
		w.t.Errorf("while it is asked again the answer is %+v, want the old one", now)
	}
	select {
	case <-w.wakes:
	case <-time.After(20 * time.Second):
		w.t.Fatal("nobody is woken")
	}
	return w.ask(q, "ns", "again")
}

func TestTheServerSaysWhenToComeBack(t *testing.T) {
	git := gitServer(t, gittest.Options{Before: status(503, "Retry-After", "300")})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, allows(git.URL)).start()
	got := w.await(record.Question{Repository: shop.url, Revision: shop.last()}, "ns")
	if got.Reason != v1alpha1.ReasonUnreachable || got.RetryAfter != 5*time.Minute {
		t.Errorf("answer %s, retry after %s, want 5m", got.Reason, got.RetryAfter)
	}
}

func TestASecretThatIsMendedIsTriedAtOnce(t *testing.T) {
	git := gitServer(t, gittest.Options{User: "rollcall", Password: "s3cret"})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	wrong := secret("git", git.URL, "username", "rollcall", "password", "old")
	other := secret("other", git.URL, "username", "rollcall", "password", "old")
	w := newWorld(t, opens(git.URL, "git"), wrong, other).start()
	q := record.Question{Repository: shop.url, Revision: shop.last()}

	got := w.await(q, "ns")
	if got.Reason != v1alpha1.ReasonUnauthorized || got.RetryAfter != 5*time.Minute {
		t.Fatalf("answer %s, retry after %s, want Unauthorized and 5m", got.Reason, got.RetryAfter)
	}
	requests := len(git.Requests())
	other.Data["password"] = []byte("s3cret")
	w.change(other)
	w.clock.pass(time.Minute)
	if got = w.ask(q, "ns", "web"); got.RetryAfter != 4*time.Minute || len(git.Requests()) != requests {
		t.Errorf("another Secret changed: retry after %s, %d requests more", got.RetryAfter, len(git.Requests())-requests)
	}
	wrong.Data["password"] = []byte("s3cret")
	w.change(wrong)
	if got = w.again(q, got); got.Reason != v1alpha1.ReasonResolved {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
}

func TestASecretThatIsMadeLaterIsTriedAtOnce(t *testing.T) {
	git := gitServer(t, gittest.Options{User: "rollcall", Password: "s3cret"})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, opens(git.URL, "git")).start()
	q := record.Question{Repository: shop.url, Revision: shop.last()}
	got := w.await(q, "ns")
	if err := w.client.Create(t.Context(), secret("git", git.URL, "username", "rollcall", "password", "s3cret")); err != nil {
		t.Fatal(err)
	}
	if got = w.again(q, got); got.Reason != v1alpha1.ReasonResolved {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
}

func TestAnotherSpecIsAnotherQuestion(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, opens(git.URL+"/other", "old"), secret("old", git.URL, "username", "u", "password", "s3cret")).start()
	q := record.Question{Repository: shop.url, Revision: shop.last()}
	w.await(record.Question{Repository: git.URL + "/other/x", Revision: "main"}, "ns")
	if got := w.await(q, "ns"); got.Reason != v1alpha1.ReasonRepositoryNotListed {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
	w.update(func(c *v1alpha1.Commits) { c.Repositories = []v1alpha1.CommitRepositories{{URL: git.URL + "/acme"}} })
	if got := w.await(q, "ns"); got.Reason != v1alpha1.ReasonResolved {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
	clients := w.resolver.solver.clients
	clients.mutex.Lock()
	defer clients.mutex.Unlock()
	if len(clients.made) != 1 || clients.made[laneName{"acme", git.URL + "/acme"}] == nil {
		t.Errorf("%d clients are kept, want the one that is listed: %v", len(clients.made), clients.made)
	}
}

// unlisted is a question that is answered without a request.
func unlisted(i int) record.Question { return at("elsewhere.example", i) }

func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t, allows("https://git.example")).start()
	for i := range maxAnswers + 100 {
		w.ask(unlisted(i), "ns", "web")
	}
	for last := w.ask(unlisted(-1), "ns", "web"); last.Reason == v1alpha1.ReasonResolving; {
		<-w.wakes
		last = w.ask(unlisted(-1), "ns", "web")
	}
	w.eventually("every question is answered", func() bool { return len(w.resolver.queue.flights) == 0 })
	r := w.resolver
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.answers.Len() != maxAnswers || r.queue.total != 0 || r.queue.askers != 0 || len(r.queue.waiting) != 0 {
		t.Errorf("%d answers are kept, %d questions wait, %d askers", r.answers.Len(), r.queue.total, r.queue.askers)
	}
}

// eventually waits until something is true of the Resolver's state.
func (w *world) eventually(what string, is func() bool) {
	w.t.Helper()
	for range 2000 {
		w.resolver.mutex.Lock()
		yes := is()
		w.resolver.mutex.Unlock()
		if yes {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Errorf("it is not true that %s", what)
}

func TestStartEndsWhatIsUnderWay(t *testing.T) {
	arrived := make(chan struct{}, 10)
	git := gitServer(t, gittest.Options{Before: func(_ http.ResponseWriter, r *http.Request) bool {
		arrived <- struct{}{}
		<-r.Context().Done()
		return true
	}})
	w := newWorld(t, allows(git.URL))
	q := record.Question{Repository: git.URL + "/acme/shop", Revision: "main"}
	w.ask(q, "ns", "web")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.resolver.Start(ctx) }()
	<-arrived
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Start() error = %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Start() does not end")
	}
	if w.resolver.answers.Len() != 0 || len(w.wakes) != 0 {
		t.Error("the end of the manager is kept as an answer")
	}
}

// Who does not read its channel keeps nobody's question waiting.
func TestAnAskerThatDoesNotListen(t *testing.T) {
	w := newWorld(t, allows("https://git.example")).start()
	deaf := Asker{Wake: make(chan event.GenericEvent), Object: k8stypes.NamespacedName{Namespace: "deaf", Name: "web"}}
	w.resolver.Ask(w.of(unlisted(0)), deaf)
	w.eventually("the first is answered", func() bool { return w.resolver.answers.Len() == 1 })
	for i := range 100 {
		w.ask(unlisted(i+1), "ns", "web")
	}
	w.eventually("the others are answered", func() bool { return w.resolver.answers.Len() == 101 })
}

func TestWhatIsMeasured(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, allows(git.URL)).start()
	w.await(record.Question{Repository: shop.url, Revision: shop.last()}, "ns")
	w.await(record.Question{Repository: git.URL + "/acme/none", Revision: "main"}, "ns")
	host := strings.TrimPrefix(git.URL, "http://")
	families, err := w.measured.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	want := map[string]float64{
		"rollcall_source_answers":                         2,
		"rollcall_source_requests_total " + host + " 2xx": 2,
		"rollcall_source_requests_total " + host + " 4xx": 2,
		"rollcall_source_resolve_seconds Resolved":        1,
		"rollcall_source_resolve_seconds Unauthorized":    1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// A tag moves. A workload that comes later, such as one in a new namespace, asks the same as one did before.
func TestWhatATagNamedIsForgotten(t *testing.T) {
	git, images := gitServer(t, gittest.Options{}), newRegistry(t)
	shop := repository(t, git, "acme/shop", "SHOP-1", "SHOP-2")
	push := func(commit string) string {
		return images.push(t, "acme/shop:latest", labelSource, shop.url, labelRevision, commit)
	}
	w := newWorld(t, func(c *v1alpha1.Commits) {
		allows(git.URL)(c)
		c.Registries = []string{images.URL}
	}).start()
	q := record.Question{Image: push(shop.ids[0])}
	if got := w.await(q, "ns").Source.Revision; got != shop.ids[0] {
		t.Fatalf("the revision is %s, want the first commit", got)
	}
	push(shop.ids[1])
	w.clock.pass(4 * time.Minute)
	if got := w.ask(q, "ns", "soon"); got.Source.Revision != shop.ids[0] || got.RetryAfter != 0 {
		t.Errorf("soon after, the revision is %q, asked again after %s; want what is remembered", got.Source.Revision, got.RetryAfter)
	}
	w.clock.pass(2 * time.Minute)
	if got := w.await(q, "later").Source.Revision; got != shop.ids[1] {
		t.Errorf("later the revision is %s, want the commit that the tag names now", got)
	}
	// A digest names the same for ever.
	images.Taken()
	byDigest := record.Question{Image: images.Host + "/acme/shop@" + images.digest(t, "acme/shop:latest")}
	w.await(byDigest, "ns")
	images.Taken()
	w.clock.pass(24 * time.Hour)
	if got := w.ask(byDigest, "ns", "tomorrow"); got.Reason != v1alpha1.ReasonResolved || len(images.Taken()) > 0 {
		t.Errorf("of a digest the answer is %s a day later, want what is remembered", got.Reason)
	}
}
