// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestAPrivateAuthorityIsTrustedOnlyWhenGiven(t *testing.T) {
	site := startSite(t, jiratest.WithTLS())
	if err := submit(t, newClient(t, configOf(t, site))); err != nil {
		t.Errorf("got %v with the CA bundle, want none", err)
	}
	cfg := configOf(t, site)
	cfg.Transport = nil
	err := submit(t, newClient(t, cfg))
	if jira.KindOf(err) != jira.Unavailable || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v without the CA bundle, want an Unavailable about the certificate", err)
	}
}

func TestABundleWithoutACertificateIsRefused(t *testing.T) {
	for name, bundle := range map[string]string{"empty": "", "not PEM": "hello"} {
		t.Run(name, func(t *testing.T) {
			if _, err := jira.NewTransport([]byte(bundle)); err == nil || !strings.Contains(err.Error(), "no PEM certificate") {
				t.Errorf("got %v, want an error about the certificate", err)
			}
		})
	}
}

func TestHTTP2IsSpokenWhereTheOtherSideCan(t *testing.T) {
	site := startSite(t, jiratest.WithTLS())
	cfg := configOf(t, site)
	next := cfg.Transport
	var protocols []string
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if err == nil {
			protocols = append(protocols, res.Proto)
		}
		return res, err
	})
	if err := submit(t, newClient(t, cfg)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"HTTP/2.0", "HTTP/2.0", "HTTP/2.0"}, protocols); diff != "" {
		t.Errorf("protocols (-want +got):\n%s", diff)
	}
}

func TestResetsAndHalfBodiesOverHTTP2AreUnavailable(t *testing.T) {
	for name, fault := range map[string]jiratest.Fault{"reset": {Reset: true}, "half a body": {CutBody: true}} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t, jiratest.WithTLS())
			fault.Match = jiratest.Bulk
			site.Inject(fault)
			if err := submit(t, newClient(t, configOf(t, site))); jira.KindOf(err) != jira.Unavailable {
				t.Errorf("got %v, want Unavailable", err)
			}
		})
	}
}

func TestTheProxyOfTheEnvironmentIsUsed(t *testing.T) {
	transport, err := jira.NewTransport(nil)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"https://api.atlassian.com/": proxyOfTest, "https://127.0.0.1/": ""} {
		request := httptest.NewRequest(http.MethodGet, target, nil)
		proxy, err := transport.Proxy(request)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if proxy != nil {
			got = proxy.String()
		}
		if got != want {
			t.Errorf("the proxy for %s is %q, want %q", target, got, want)
		}
	}
}

func TestEverythingGoesThroughTheProxy(t *testing.T) {
	site := startSite(t, jiratest.WithTLS())
	proxy := &tunnel{}
	server := httptest.NewServer(proxy)
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := jira.NewTransport(site.CAPEM())
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	transport.Proxy = http.ProxyURL(address)
	cfg := configOf(t, site)
	cfg.Transport = transport
	if err := submit(t, newClient(t, cfg)); err != nil {
		t.Fatal(err)
	}
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if len(proxy.targets) == 0 || proxy.targets[0] != site.Host() {
		t.Errorf("the proxy was asked for %v, want %s", proxy.targets, site.Host())
	}
	if got := len(site.Deployments()); got != 1 {
		t.Errorf("Jira has %d deployments, want 1", got)
	}
}

// tunnel is a proxy that knows CONNECT alone.
type tunnel struct {
	mu      sync.Mutex
	targets []string
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.targets = append(p.targets, r.Host)
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = here.Close() }()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here) }()
	_, _ = io.Copy(here, there)
}

func TestTheUserAgentIsInEveryRequest(t *testing.T) {
	for configured, want := range map[string]string{"": "rollcall", "rollcall/1.2.3": "rollcall/1.2.3"} {
		site := startSite(t)
		cfg := configOf(t, site)
		cfg.UserAgent = configured
		if err := submit(t, newClient(t, cfg)); err != nil {
			t.Fatal(err)
		}
		requests := site.Requests()
		if len(requests) != 3 {
			t.Fatalf("got %d requests, want those for the site, the token and the submission", len(requests))
		}
		for _, r := range requests {
			if r.UserAgent != want {
				t.Errorf("%s %s: got user agent %q, want %q", r.Method, r.Path, r.UserAgent, want)
			}
		}
	}
}

// To https a proxy that refuses answers the CONNECT, and nothing else of it is seen.
func TestAProxyThatDoesNotConnectIsNamed(t *testing.T) {
	for status, want := range map[int]jira.ErrorKind{
		http.StatusForbidden: jira.Blocked, http.StatusProxyAuthRequired: jira.Blocked, http.StatusBadGateway: jira.Unavailable,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Server", "squid/6.6")
				w.WriteHeader(status)
			}))
			defer proxy.Close()
			site := startSite(t, jiratest.WithTLS())
			cfg := configOf(t, site)
			through := &url.URL{Scheme: "http", User: url.UserPassword("me", "hunter2"), Host: proxy.Listener.Addr().String()}
			cfg.Transport.(*http.Transport).Proxy = http.ProxyURL(through)
			err := asError(t, submit(t, newClient(t, cfg)))
			says := fmt.Sprintf("the proxy %s does not connect to %s: %d %s, says squid/6.6", through.Host, site.Host(), status, http.StatusText(status))
			if err.Kind != want || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %s, which says %s", err, want, says)
			}
		})
	}
}

// A proxy that sends back what it was told, in its own name, in a page or in something that is not HTTP, is quoted without the
// password, and so is one of whose certificate nobody knows.
func TestNoErrorShowsThePasswordOfTheProxy(t *testing.T) {
	ways := map[string]http.HandlerFunc{
		"its name": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Server", proxyPassword+" "+r.Header.Get("Proxy-Authorization"))
			w.WriteHeader(http.StatusProxyAuthRequired)
		},
		"a page": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, proxyPassword+" "+r.Header.Get("Proxy-Authorization"))
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://me:"+proxyPassword+"@elsewhere.test/"+r.Header.Get("Proxy-Authorization"))
			w.WriteHeader(http.StatusFound)
		},
		"something that is not HTTP": func(w http.ResponseWriter, _ *http.Request) { garbage(w, proxyPassword) },
		"a status that is none": func(w http.ResponseWriter, r *http.Request) {
			garbage(w, "HTTP/1.1 "+r.Header.Get("Proxy-Authorization"))
		},
	}
	for name, way := range ways {
		for scheme, start := range map[string]func(http.Handler) *httptest.Server{"http": httptest.NewServer, "https": httptest.NewTLSServer} {
			t.Run(name+" over "+scheme, func(t *testing.T) {
				proxy := start(way)
				defer proxy.Close()
				proxy.Config.ErrorLog = log.New(io.Discard, "", 0)
				site := startSite(t, jiratest.WithTLS())
				cfg := configOf(t, site)
				through := &url.URL{Scheme: scheme, User: url.UserPassword("me", proxyPassword), Host: proxy.Listener.Addr().String()}
				cfg.Transport.(*http.Transport).Proxy = http.ProxyURL(through)
				err := asError(t, submit(t, newClient(t, cfg)))
				basic := base64.StdEncoding.EncodeToString([]byte("me:" + proxyPassword))
				for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
					if text := fmt.Sprintf(verb, err); strings.Contains(text, "c4n4ry") || strings.Contains(text, basic) {
						t.Errorf("the password is in %s", text)
					}
				}
			})
		}
	}
}
