// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/internal/page"
	"github.com/rollcall-dev/rollcall/internal/page/pagetest"
	"github.com/rollcall-dev/rollcall/internal/page/view"
)

const address = "127.0.0.1:8080"

// still is a source that changes where a test says so.
type still struct {
	mu       sync.Mutex
	snapshot page.Snapshot
	changed  chan struct{}
}

func newStill(r view.Records) *still {
	return &still{snapshot: page.Snapshot{Records: r}, changed: make(chan struct{})}
}

func (s *still) Snapshot() page.Snapshot { return s.snapshot }

func (s *still) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *still) change() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

func noon() time.Time { return pagetest.Noon }

// get asks a page; change changes the request before.
func get(t *testing.T, source page.Source, target string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	handler, err := page.New(source, noon, address)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Host = address
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	for target, want := range map[string][]string{
		"/": {
			"<title>Where is it? - Rollcall</title>", `href="https://acme.atlassian.net/browse/SHOP-12" target="_blank" rel="noopener noreferrer"`,
			`data-issue="SHOP-15" data-environment="production" data-pipeline="demo/shop-prod/Deployment/web" data-state="rolled_back"`,
			"119 of 120 tests", "<b>6</b> issues", "all namespaces",
		},
		"/?issue=SHOP-12":                      {"Where is SHOP-12?", `value="SHOP-12"`, "Clear"},
		"/?since=yesterday":                    {"since=yesterday is no span of time"},
		"/services":                            {"<b>1.5.0</b>; this lacks", ">SHOP-15</a>", `<span class="group">shop/</span>web`},
		"/services?issue=SHOP-11":              {"all that shop-staging has"},
		"/timeline":                            {"Thursday, 26 November 2026", "Build shop-build #1", "to Production"},
		"/undelivered":                         {"Jira has everything.", "acme.atlassian.net"},
		"/records/deployment/shop-prod/web-21": {"revision 21", "kubectl -n shop-prod describe jiradeployment web-21", "rolled back"},
		"/records/build/shop-ci/build-1":       {"kubectl -n shop-ci describe jirabuild build-1"},
		"/static/page.js":                      {"EventSource"},
		"/static/page.css":                     {"prefers-color-scheme"},
	} {
		t.Run(target, func(t *testing.T) {
			g := NewWithT(t)
			w := get(t, newStill(pagetest.Story()), target, nil)
			g.Expect(w.Code).To(Equal(http.StatusOK))
			for _, text := range want {
				g.Expect(w.Body.String()).To(ContainSubstring(text))
			}
		})
	}
	for _, target := range []string{"/records/deployment/shop-prod/none", "/records/secret/shop-prod/web-1", "/other", "/static/none.js"} {
		NewWithT(t).Expect(get(t, newStill(pagetest.Story()), target, nil).Code).To(Equal(http.StatusNotFound), target)
	}
}

func TestAnEmptyPageSaysWhatToDo(t *testing.T) {
	g := NewWithT(t)
	empty := newStill(view.Records{})
	empty.snapshot.Scope, empty.snapshot.Notices = "shop-dev", []string{"You may not read jirabuilds."}
	body := get(t, empty, "/", nil).Body.String()
	g.Expect(body).To(ContainSubstring("kubectl rollcall why SHOP-12"))
	g.Expect(body).To(ContainSubstring("namespace <b>shop-dev</b>"))
	g.Expect(body).To(ContainSubstring("You may not read jirabuilds."))
	g.Expect(get(t, empty, "/?state=failed", nil).Body.String()).To(ContainSubstring("Nothing matches the filter"))
}

// A browser leaves out the port of http.
func TestPort80(t *testing.T) {
	g := NewWithT(t)
	handler, err := page.New(newStill(view.Records{}), noon, "127.0.0.1:80")
	g.Expect(err).NotTo(HaveOccurred())
	for host, want := range map[string]int{"127.0.0.1": 200, "localhost": 200, "127.0.0.1:80": 200, "evil.example": 421, "127.0.0.1:8080": 421} {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Host = host
		handler.ServeHTTP(w, r)
		g.Expect(w.Code).To(Equal(want), host)
	}
}

func TestWhoIsAnswered(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"its address":                     {nil, 200},
		"localhost":                       {host("localhost:8080"), 200},
		"HEAD":                            {method(http.MethodHead), 200},
		"the page itself":                 {header("Sec-Fetch-Site", "same-origin"), 200},
		"its user":                        {header("Sec-Fetch-Site", "none"), 200},
		"its own origin":                  {header("Origin", "http://127.0.0.1:8080"), 200},
		"a name that leads here":          {host("evil.example:8080"), 421},
		"a name without a port":           {host("127.0.0.1"), 421},
		"another port":                    {host("127.0.0.1:8081"), 421},
		"a name that ends as ours":        {host("localhost:8080.evil.example"), 421},
		"no name":                         {host(""), 421},
		"another site":                    {header("Sec-Fetch-Site", "cross-site"), 403},
		"another port of this machine":    {header("Sec-Fetch-Site", "same-site"), 403},
		"a word that is not known":        {header("Sec-Fetch-Site", "x"), 403},
		"another origin":                  {header("Origin", "https://evil.example"), 403},
		"another port, in an old browser": {header("Origin", "http://127.0.0.1:9"), 403},
		"a sandboxed page":                {header("Origin", "null"), 403},
		"POST":                            {method(http.MethodPost), 405},
		"PUT":                             {method(http.MethodPut), 405},
		"PATCH":                           {method(http.MethodPatch), 405},
		"DELETE":                          {method(http.MethodDelete), 405},
		"OPTIONS":                         {method(http.MethodOptions), 405},
		"TRACE":                           {method(http.MethodTrace), 405},
	} {
		for _, target := range []string{"/", "/timeline", "/static/page.js", "/records/build/shop-ci/build-1"} {
			t.Run(name+target, func(t *testing.T) {
				g := NewWithT(t)
				w := get(t, newStill(pagetest.Story()), target, c.change)
				g.Expect(w.Code).To(Equal(c.want))
				g.Expect(w.Header().Get("Content-Security-Policy")).To(HavePrefix("default-src 'none'; script-src 'self'; "))
				g.Expect(w.Header().Get("X-Content-Type-Options")).To(Equal("nosniff"))
				g.Expect(w.Header()).NotTo(HaveKey("Access-Control-Allow-Origin"))
				if c.want != 200 {
					g.Expect(w.Body.String()).NotTo(ContainSubstring("SHOP-"), "who is refused sees nothing")
				}
			})
		}
	}
}

func TestListensOnLoopbackAlone(t *testing.T) {
	g := NewWithT(t)
	for _, address := range []string{"0.0.0.0", "::", "", "192.168.0.1", "10.0.0.1", "example.com", "localhost", "127.0.0.2", "::ffff:127.0.0.1", "127.0.0.1:80"} {
		_, err := page.Listen(t.Context(), address, 0, newStill(view.Records{}), noon)
		g.Expect(err).To(MatchError(page.ErrAddress), address)
	}
}

// serve serves a page until the test ends, and returns its address.
func serve(t *testing.T, source page.Source) string {
	t.Helper()
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	server, err := page.Listen(ctx, "127.0.0.1", 0, source, time.Now)
	g.Expect(err).NotTo(HaveOccurred())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			g.Expect(err).NotTo(HaveOccurred())
		case <-time.After(5 * time.Second):
			t.Error("the server does not end, though nobody may use it any more")
		}
	})
	return server.URL()
}

// ask makes a request, and returns the status, the type and the body of the answer, which is closed when the test ends.
func ask(t *testing.T, url string) (int, string, io.Reader) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer.StatusCode, answer.Header.Get("Content-Type"), answer.Body
}

func TestChangesAreTold(t *testing.T) {
	g := NewWithT(t)
	source := newStill(pagetest.Story())
	_, kind, stream := ask(t, serve(t, source)+"events")
	g.Expect(kind).To(Equal("text/event-stream"))
	events := make(chan string, 100)
	go func() {
		for lines := bufio.NewScanner(stream); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- name
			}
		}
	}()
	g.Eventually(events).Should(Receive(Equal("ready")))
	for range 50 {
		source.change()
	}
	g.Eventually(events, 5*time.Second).Should(Receive(Equal("changed")), "also what changed right after an event is told")
	g.Consistently(events, 700*time.Millisecond).ShouldNot(Receive(), "fifty changes are one event")
	source.change()
	g.Eventually(events, 5*time.Second).Should(Receive(Equal("changed")))
}

func TestFollowersAreBounded(t *testing.T) {
	g := NewWithT(t)
	url := serve(t, newStill(view.Records{})) + "events"
	for range 32 {
		status, _, _ := ask(t, url)
		g.Expect(status).To(Equal(http.StatusOK))
	}
	status, _, _ := ask(t, url)
	g.Expect(status).To(Equal(http.StatusServiceUnavailable))
}

// Rows and links are bounded, however many records there are.
func TestThePageIsBounded(t *testing.T) {
	g := NewWithT(t)
	source := newStill(pagetest.Many(3000))
	for _, target := range []string{"/", "/services", "/timeline", "/undelivered"} {
		w := get(t, source, target, nil)
		g.Expect(w.Code).To(Equal(http.StatusOK))
		g.Expect(strings.Count(w.Body.String(), "data-row")).To(BeNumerically("<=", 100), target)
	}
	second := get(t, source, "/?page=2", nil).Body.String()
	g.Expect(second).To(ContainSubstring("101 to 200 of 1450"))
	g.Expect(second).To(ContainSubstring(`rel="prev" href="?"`))
	g.Expect(second).To(ContainSubstring(`rel="next" href="?page=3"`))
}

// BenchmarkPage10000 makes a page of 10,000 records: it reads them, decides, and writes HTML.
func BenchmarkPage10000(b *testing.B) {
	source := newStill(pagetest.Many(10_000))
	handler, err := page.New(source, noon, address)
	if err != nil {
		b.Fatal(err)
	}
	for _, target := range []string{"/", "/services", "/timeline", "/undelivered", "/?issue=SHOP-12"} {
		b.Run(fmt.Sprintf("%q", target), func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, target, nil)
				r.Host = address
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if n, _ := io.Copy(io.Discard, w.Body); w.Code != http.StatusOK || n == 0 {
					b.Fatalf("%d with %d bytes", w.Code, n)
				}
			}
		})
	}
}
