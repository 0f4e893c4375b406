// SPDX-License-Identifier: Apache-2.0

package image

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/sync/semaphore"
)

// registry is one listed host, and what is known about it.
type registry struct {
	host   string // as in image references, with a port where that is not the scheme's: ghcr.io, 127.0.0.1:5000
	scheme string
	paths  []string // what of it is listed: "" for all, acme for acme and acme/checkout
	guard  *guard
	// slots bounds how many images are read at a time.
	slots *semaphore.Weighted

	mu sync.Mutex
	// challenge is how the registry wants to be asked, once it refused a request. Nil: it did not.
	challenge *transport.Challenge
	// held is why the registry is not asked until heldUntil.
	held      *Error
	heldUntil time.Time
}

// parseListed reads an entry of Config.Registries: a host, with a port where it has one, and the beginning of a path where only
// a part is listed. The scheme is https; http is allowed for loopback, and then said.
func parseListed(entry string) (scheme, host, path string, err error) {
	scheme, rest, found := strings.Cut(entry, "://")
	if !found {
		scheme, rest = "https", entry
	}
	host, path, _ = strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	if hubNames[host] {
		host = dockerHub
	}
	u, err := url.Parse(scheme + "://" + host)
	switch {
	case err != nil || u.Host != host || !hostName.MatchString(u.Hostname()) && !loopback(u.Hostname()):
		return "", "", "", fmt.Errorf("registry %q is no host name", withoutUser(entry))
	case scheme == "http" && !loopback(u.Hostname()):
		return "", "", "", fmt.Errorf("registry %q: http is for loopback alone", entry)
	case scheme != "http" && scheme != "https":
		return "", "", "", fmt.Errorf("registry %q: its scheme is neither https nor http", entry)
	case path != "" && !repositoryName.MatchString(path):
		return "", "", "", fmt.Errorf("registry %q: its path is no beginning of a repository's name", entry)
	}
	return scheme, host, path, nil
}

// withoutUser keeps a password that somebody wrote before the host out of an error.
func withoutUser(entry string) string {
	return entry[strings.LastIndex(entry, "@")+1:]
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// lists says whether a repository is listed.
func (r *registry) lists(repository name.Repository) bool {
	return slices.ContainsFunc(r.paths, func(path string) bool { return below(path, repository.RepositoryStr()) })
}

// below says whether a repository is below a path. It counts by whole parts: acme is not the beginning of acme-evil.
func below(path, repository string) bool {
	return path == "" || path == repository || strings.HasPrefix(repository, path+"/")
}

// Listed says whether an image may be asked where these entries are Config.Registries. It reads the texts alone.
func Listed(registries []string, image string) bool {
	ref, failed := Reference{Image: image}.parse()
	if failed != nil {
		return false
	}
	return slices.ContainsFunc(registries, func(entry string) bool {
		_, host, path, err := parseListed(entry)
		return err == nil && host == ref.Context().RegistryStr() && below(path, ref.Context().RepositoryStr())
	})
}

// tokenServer says whether credentials for the registry may be given to this URL, which the registry named as where it takes
// them: its own host, a listed token server, or the same site at the usual port, as auth.docker.io is of index.docker.io.
func (r *registry) tokenServer(u *url.URL) bool {
	switch {
	case u.User != nil, u.Scheme != "https" && (r.scheme != "http" || u.Scheme != "http" || !loopback(u.Hostname())):
		return false
	case u.Host == r.host, r.guard.tokenServers[u.Host]:
		return true
	}
	return u.Port() == "" && sameSite(u.Hostname(), hostOnly(r.host))
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// sameSite says whether two hosts are below one name that somebody registered. It is true for names of public registries
// alone: below cluster.local everybody in a cluster has a name, and below 0.0.1 lie many addresses.
func sameSite(a, b string) bool {
	suffix, public := publicsuffix.PublicSuffix(a)
	if !public && !strings.Contains(suffix, ".") {
		return false
	}
	siteA, errA := publicsuffix.EffectiveTLDPlusOne(a)
	siteB, errB := publicsuffix.EffectiveTLDPlusOne(b)
	return errors.Join(errA, errB) == nil && siteA == siteB
}

// hold leaves the registry alone for a while, and answers with why.
func (r *registry) hold(reason *Error, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held, r.heldUntil = reason, until
}

// whyHeld returns why the registry is left alone at present, and for how much longer.
func (r *registry) whyHeld(now time.Time) *Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil || !now.Before(r.heldUntil) {
		return nil
	}
	held := *r.held
	held.RetryAfter = r.heldUntil.Sub(now)
	return &held
}

func (r *registry) knownChallenge() *transport.Challenge {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.challenge
}

func (r *registry) learn(challenge *transport.Challenge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.challenge = challenge
}

// answered is a transport that has its answer already. The library reads challenges in answers to its own first request alone;
// ours is an answer to the question itself, which saves that request.
type answered struct{ *http.Response }

func (a answered) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.StatusCode, Header: a.Header, Body: http.NoBody, Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}
