// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// mirrorVariable is the environment variable that names a server which has all files, in a folder for each host.
const mirrorVariable = "ROLLCALL_CONTROL_PLANE_MIRROR"

// patience is how long a server may be silent: before it takes a connection, before it answers, and in the middle of a file.
type patience struct{ dial, answer, stall time.Duration }

// short: a machine without a network is to lose a few seconds.
var short = patience{dial: 3 * time.Second, answer: 10 * time.Second, stall: 15 * time.Second}

// fetcher gets files over HTTP.
type fetcher struct {
	client *http.Client
	mirror string
	stall  time.Duration // how long the next bytes of a file may take

	read, size atomic.Int64 // bytes of the present file; size is 0 where it is not known
}

// unreachableError is a server that did not answer, or stopped in the middle of a file.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// newFetcher takes proxies and the mirror from the environment.
func newFetcher(wait patience) (*fetcher, error) {
	mirror := strings.TrimSuffix(os.Getenv(mirrorVariable), "/")
	if u, err := url.Parse(mirror); mirror != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		return nil, fmt.Errorf("read %s: set it to an address such as https://mirror.example/files", mirrorVariable)
	}
	proxy := httpproxy.FromEnvironment().ProxyFunc()
	return &fetcher{mirror: mirror, stall: wait.stall, client: &http.Client{
		Transport: &http.Transport{
			Proxy:                 func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
			DialContext:           (&net.Dialer{Timeout: wait.dial}).DialContext,
			TLSHandshakeTimeout:   wait.answer,
			ResponseHeaderTimeout: wait.answer,
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: stayEncrypted,
	}}, nil
}

// stayEncrypted follows redirects, but from https only to https.
func stayEncrypted(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("too many redirects")
	}
	if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return errors.New("it redirects to http")
	}
	return nil
}

// address is where a file is asked for: at its own host, or in the mirror's folder for that host.
func (f *fetcher) address(file string) string {
	if f.mirror == "" {
		return file
	}
	return f.mirror + "/" + strings.TrimPrefix(file, "https://")
}

// get writes a file to out.
func (f *fetcher) get(ctx context.Context, file string, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address(file), nil)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", file, err)
	}
	response, err := f.client.Do(request)
	if err != nil {
		return unreachableError{err}
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound:
		return errNotPublished
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("the server answers %s", response.Status)
	}
	f.read.Store(0)
	f.size.Store(max(0, response.ContentLength))
	watchdog := time.AfterFunc(f.stall, func() { cancel(fmt.Errorf("nothing came for %v", f.stall)) })
	defer watchdog.Stop()
	_, err = io.Copy(out, io.TeeReader(response.Body, writerFunc(func(b []byte) {
		watchdog.Reset(f.stall)
		f.read.Add(int64(len(b)))
	})))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return unreachableError{context.Cause(ctx)}
	default:
		return unreachableError{fmt.Errorf("it ended after %d bytes: %w", f.read.Load(), err)}
	}
}

// writerFunc is told of what is written.
type writerFunc func([]byte)

func (w writerFunc) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}
