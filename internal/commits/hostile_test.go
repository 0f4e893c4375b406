// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/commits"
)

const (
	secret = "s3cr3t-t0ken/with+signs="
	idA    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	idB    = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// noTransport fails a test that sends anything.
type noTransport struct{ t *testing.T }

func (n noTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s is sent", r.Method, r.URL)
	return nil, http.ErrUseLastResponse
}

// pkt writes a line.
func pkt(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// advertise answers the first request of a client as a Git server does.
func advertise(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	_, _ = io.WriteString(w, text)
}

func result(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
}

// hostile is a server that answers what it likes once it has a client's confidence.
func hostile(t *testing.T, post http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			advertise(w, pkt("version 2\n")+pkt("fetch=shallow filter\n")+pkt("ls-refs\n")+"0000")
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		post(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// ask puts the question base..head to a server, with a credential and small limits.
func ask(t *testing.T, server *httptest.Server, base string) (*commits.Result, error) {
	t.Helper()
	client := newClient(t, commits.Config{
		Credential: func(context.Context, *url.URL) (commits.Credential, error) { return commits.Basic("git", secret), nil },
		Limits:     commits.Limits{ResponseBytes: 1 << 20, MemoryBytes: 1 << 20, Timeout: 6 * time.Second, Idle: 3 * time.Second},
	})
	return client.Between(t.Context(), commits.Range{Repository: server.URL + "/acme/shop", Base: base, Head: idB})
}

func packHead(count uint32) string {
	return string(binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), count))
}

func TestAHostileAnswerIsAnErrorInTime(t *testing.T) {
	ready := pkt("acknowledgments\n") + pkt("ACK "+idA+"\n") + pkt("ready\n") + "0001"
	say := func(parts ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			result(w)
			_, _ = io.WriteString(w, strings.Join(parts, ""))
		}
	}
	endless := func(before, piece string, pause time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			result(w)
			_, err := io.WriteString(w, before)
			for err == nil && r.Context().Err() == nil {
				if _, err = io.WriteString(w, piece); pause > 0 {
					_ = http.NewResponseController(w).Flush()
					time.Sleep(pause)
				}
			}
		}
	}
	for name, tt := range map[string]struct {
		post http.HandlerFunc
		want error
	}{
		"nothing":                    {say(), commits.ErrUnreachable},
		"a flush alone":              {say("0000"), commits.ErrUnreachable},
		"a length that is none":      {say("zzzz"), commits.ErrUnreachable},
		"a length of three":          {say("0003"), commits.ErrUnreachable},
		"a length above the largest": {say("fff1", strings.Repeat("a", 70_000)), commits.ErrUnreachable},
		"a line that is cut":         {say("0100packfile"), commits.ErrUnreachable},
		"sections without end":       {endless("", strings.Repeat(pkt("acknowledgments\n")+"0001", 100), 0), commits.ErrTooLarge},
		"acknowledgments without end": {
			endless(pkt("acknowledgments\n"), strings.Repeat(pkt("ACK "+idA+"\n"), 100), 0), commits.ErrTooLarge,
		},
		"a pack that is none":          {say(ready, pkt("packfile\n"), pkt("\x01PACKED LUNCH"), "0000"), commits.ErrUnreachable},
		"an empty pack":                {say(ready, pkt("packfile\n"), "0000"), commits.ErrUnreachable},
		"a channel that is none":       {say(ready, pkt("packfile\n"), pkt("\x07"+packHead(1)), "0000"), commits.ErrUnreachable},
		"four billion objects":         {say(ready, pkt("packfile\n"), pkt("\x01"+packHead(1<<32-1)), "0000"), commits.ErrUnreachable},
		"progress without end":         {endless(ready+pkt("packfile\n"), pkt("\x02"+strings.Repeat("Counting objects\r", 100)), 0), commits.ErrTooLarge},
		"signs of life without end":    {endless(ready+pkt("packfile\n"), strings.Repeat(pkt("\x01"), 1000), 0), commits.ErrTooLarge},
		"data without end":             {endless(ready+pkt("packfile\n")+pkt("\x01"+packHead(9)+"\xb0\x01"), pkt("\x01"+strings.Repeat("a", 1000)), 0), commits.ErrUnreachable},
		"silence":                      {endless(ready, "", 50*time.Millisecond), commits.ErrUnreachable},
		"a byte now and then":          {endless(ready+pkt("packfile\n")+"fff0\x02", "a", 50*time.Millisecond), commits.ErrUnreachable},
		"a refusal":                    {say(pkt("ERR upload-pack: not our ref " + idB)), commits.ErrRevisionNotFound},
		"a refusal inside the pack":    {say(ready, pkt("packfile\n"), pkt("\x03not our ref "+idB)), commits.ErrRevisionNotFound},
		"a refusal with a credential":  {say(pkt("ERR " + secret)), commits.ErrUnreachable},
		"a page":                       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>"+secret) }, commits.ErrUnreachable},
		"something that is not HTTP":   {notHTTP, commits.ErrUnreachable},
		"a bomb of gzip":               {zipped, commits.ErrUnreachable},
		"a redirect to another host":   {redirectTo("https://evil.example/" + secret), commits.ErrNotAllowed},
		"a server error":               {status(500), commits.ErrUnreachable},
		"a refusal of the credential":  {status(401), commits.ErrUnauthorized},
		"a lack of permission":         {status(403), commits.ErrUnauthorized},
		"a repository that is gone":    {status(404), commits.ErrRepositoryNotFound},
		"a wish to be left alone":      {status(429), commits.ErrUnreachable},
		"more than HTTP itself allows": {headers, commits.ErrUnreachable},
	} {
		for _, base := range []string{"", idA} {
			t.Run(fmt.Sprintf("%s, base %.1q", name, base), func(t *testing.T) {
				t.Parallel()
				started := time.Now()
				got, err := ask(t, hostile(t, tt.post), base)
				if took := time.Since(started); took > 20*time.Second {
					t.Errorf("it took %s", took)
				}
				checkError(t, err, tt.want)
				if got != nil {
					t.Errorf("there is a result: %+v", got)
				}
			})
		}
	}
}

// checkError wants an error of a cause that is one line, bounded, and shows no secret in any form.
func checkError(t *testing.T, err, want error) {
	t.Helper()
	var typed *commits.Error
	if !errors.As(err, &typed) || !errors.Is(err, want) {
		t.Fatalf("got %v, want an *Error of %v", err, want)
	}
	text := fmt.Sprintf("%v %+v %#v %+v", err, err, *typed, typed.Unwrap())
	if len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\n\r\x00") || !strings.HasPrefix(err.Error(), typed.Repository+": ") {
		t.Errorf("the error is no short line about a repository: %q", err)
	}
	request, _ := http.NewRequest(http.MethodGet, "/", nil)
	request.SetBasicAuth("git", secret)
	for _, form := range []string{secret, url.QueryEscape(secret), strings.TrimPrefix(request.Header.Get("Authorization"), "Basic "), "evil"} {
		if strings.Contains(text, form) {
			t.Errorf("%q is in %s", form, text)
		}
	}
}

func notHTTP(w http.ResponseWriter, r *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = io.WriteString(conn, r.Header.Get("Authorization")+" "+secret+"\r\n\r\n")
		_ = conn.Close()
	}
}

func zipped(w http.ResponseWriter, _ *http.Request) {
	result(w)
	w.Header().Set("Content-Encoding", "gzip")
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 10<<20))
	_ = z.Close()
	_, _ = w.Write(bomb.Bytes())
}

func headers(w http.ResponseWriter, _ *http.Request) {
	for i := range 2_000 {
		w.Header().Add("X-"+fmt.Sprint(i), strings.Repeat("a", 1000))
	}
	result(w)
}

func redirectTo(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.WriteHeader(code)
		_, _ = io.WriteString(w, secret)
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		for name, sameHost := range map[string]bool{"on the same host": true, "to another host": false} {
			t.Run(fmt.Sprintf("%d %s", code, name), func(t *testing.T) {
				var visits atomic.Int32
				elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
				defer elsewhere.Close()
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.HasPrefix(r.URL.Path, "/moved") {
						visits.Add(1)
					}
					to := elsewhere.URL
					if sameHost {
						to = ""
					}
					w.Header().Set("Location", to+"/moved/info/refs?service=git-upload-pack")
					w.WriteHeader(code)
				}))
				defer server.Close()
				_, err := ask(t, server, idA)
				checkError(t, err, commits.ErrNotAllowed)
				if n := visits.Load(); n != 0 {
					t.Errorf("the target was visited %d times, want never", n)
				}
				if sameHost != strings.Contains(err.Error(), "renamed") {
					t.Errorf("what to do is not said: %v", err)
				}
			})
		}
	}
}

func TestARetryIsAskedForInSeconds(t *testing.T) {
	_, err := ask(t, hostile(t, status(429)), idA)
	var typed *commits.Error
	if !errors.As(err, &typed) || typed.RetryAfter != 30*time.Second || typed.StatusCode != 429 {
		t.Errorf("got %+v, want 429 and 30 seconds", typed)
	}
}

func TestWhoGivesUpIsToldSo(t *testing.T) {
	server := hostile(t, func(w http.ResponseWriter, r *http.Request) { result(w); <-r.Context().Done() })
	client := newClient(t, commits.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := client.Between(ctx, commits.Range{Repository: server.URL + "/a", Base: idA, Head: idB})
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, commits.ErrUnreachable) {
		t.Errorf("got %v, want the deadline of the caller", err)
	}
}

// lsRefs answers with names.
func lsRefs(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		result(w)
		for _, line := range lines {
			_, _ = io.WriteString(w, pkt(line+"\n"))
		}
		_, _ = io.WriteString(w, "0000")
	}
}

// answering says what a server can do, and fails a test that asks for more.
type answering struct{ t *testing.T }

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		a.t.Errorf("%s %s is sent", r.Method, r.URL)
	}
	recorder := httptest.NewRecorder()
	advertise(recorder, pkt("version 2\n")+pkt("fetch=shallow filter\n")+pkt("ls-refs\n")+"0000")
	return recorder.Result(), nil
}
