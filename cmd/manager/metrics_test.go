// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rollcall-dev/rollcall/internal/options"
)

// reviews is an API server that knows two tokens, and counts what it is asked.
type reviews struct{ tokens, access atomic.Int64 }

func (s *reviews) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	var answer any
	var err error
	switch r.URL.Path {
	case "/apis/authentication.k8s.io/v1/tokenreviews":
		s.tokens.Add(1)
		review := &authenticationv1.TokenReview{}
		err = json.NewDecoder(r.Body).Decode(review)
		switch review.Spec.Token {
		case "prometheus", "pod":
			review.Status = authenticationv1.TokenReviewStatus{Authenticated: true, User: authenticationv1.UserInfo{Username: review.Spec.Token}}
		default:
			review.Status.Error = "invalid bearer token"
		}
		answer = review
	case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
		s.access.Add(1)
		review := &authorizationv1.SubjectAccessReview{}
		err = json.NewDecoder(r.Body).Decode(review)
		review.Status.Allowed = review.Spec.User == "prometheus" && review.Spec.NonResourceAttributes.Verb == "get"
		answer = review
	default:
		http.NotFound(w, r)
		return
	}
	if err == nil {
		err = json.NewEncoder(w).Encode(answer)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
}

// serveMetrics serves metrics as the manager does, and returns where.
func serveMetrics(t *testing.T, api *reviews) string {
	t.Helper()
	ctrl.SetLogger(logr.Discard())
	upstream := httptest.NewServer(api)
	t.Cleanup(upstream.Close)
	server, err := metricsserver.NewServer(metricsOptions(options.Options{MetricsAddress: "127.0.0.1:0"}), &rest.Config{Host: upstream.URL, QPS: -1}, upstream.Client())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- server.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve metrics: %v", err)
		}
	})
	for range 500 {
		if address := server.(interface{ GetBindAddr() string }).GetBindAddr(); address != "" {
			return address
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server of metrics does not listen")
	return ""
}

// scraper asks for metrics over one connection, and returns the status.
func scraper(t *testing.T, address string) func(method, token string) int {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // the server made the certificate itself
	t.Cleanup(transport.CloseIdleConnections)
	return func(method, token string) int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, "https://"+address+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode
	}
}

func TestMetricsAreNotServedByHTTP2(t *testing.T) {
	address := serveMetrics(t, &reviews{})
	dial := func(offered ...string) (net.Conn, error) {
		dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: offered}}
		return dialer.DialContext(t.Context(), "tcp", address)
	}
	connection, err := dial("h2", "http/1.1")
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if got := connection.(*tls.Conn).ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("offered both the server speaks %q, want http/1.1", got)
	}
	if connection, err := dial("h2"); err == nil {
		connection.Close()
		t.Error("offered HTTP/2 alone the server takes it, want it refused")
	}
}

func TestATenantWithGarbageCostsTheAPIServerLittle(t *testing.T) {
	const requests = 1000
	for name, garbage := range map[string]func(i int) (method, token string){
		"a token each time that nobody made":         func(i int) (string, string) { return http.MethodGet, fmt.Sprint("garbage", i) },
		"one token that nobody made":                 func(int) (string, string) { return http.MethodGet, "garbage" },
		"a pod's own token, and a method of its own": func(i int) (string, string) { return fmt.Sprint("GET", i), "pod" },
	} {
		t.Run(name, func(t *testing.T) {
			api := &reviews{}
			ask := scraper(t, serveMetrics(t, api))
			if got := ask(http.MethodGet, "prometheus"); got != http.StatusOK {
				t.Fatalf("the reader got %d, want 200", got)
			}
			begun := time.Now()
			statuses := map[int]int{}
			for i := range requests {
				statuses[ask(garbage(i))]++
			}
			most := int64(1 + requestsAtOnce + requestsPerSecond*int(time.Since(begun)/time.Second+1))
			if tokens, access := api.tokens.Load(), api.access.Load(); tokens > most || access > most {
				t.Errorf("%d requests cost %d TokenReviews and %d SubjectAccessReviews, want at most %d of each", requests, tokens, access, most)
			}
			if statuses[http.StatusOK] > 0 || statuses[http.StatusTooManyRequests] < requests-int(most) {
				t.Errorf("the answers are %v, want no 200, and 429 for all but %d", statuses, most)
			}
			if got := ask(http.MethodGet, "prometheus"); got != http.StatusOK {
				t.Errorf("the reader then got %d, want 200", got)
			}
		})
	}
}

// A token that was taken back may no more than one that nobody made.
func TestAReaderHasALimitToo(t *testing.T) {
	api := &reviews{}
	ask := scraper(t, serveMetrics(t, api))
	begun := time.Now()
	statuses := map[int]int{}
	for range 100 {
		statuses[ask(http.MethodGet, "prometheus")]++
	}
	most := 1 + requestsAtOnce + requestsPerSecond*int(time.Since(begun)/time.Second+1)
	if statuses[http.StatusOK] > most || statuses[http.StatusTooManyRequests] == 0 {
		t.Errorf("100 requests at once got %v, want 200 at most %d times", statuses, most)
	}
	if got := api.tokens.Load(); got != 1 {
		t.Errorf("they cost %d TokenReviews, want 1: the API server's answer is remembered", got)
	}
}
