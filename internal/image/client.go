// SPDX-License-Identifier: Apache-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
	"k8s.io/utils/lru"
)

// Config says which registries a Client may ask, and with what.
type Config struct {
	// Registries are the hosts that may be asked: ghcr.io, docker.io, registry.example.com:5000. A path lists only what is
	// below it: ghcr.io/acme. http://127.0.0.1:5000 is asked by http, which is for loopback alone.
	Registries []string
	// TokenServers are hosts, with ports where they have one, that any listed registry may name as where it takes credentials.
	// A registry's own host, and hosts of its site, need not be listed.
	TokenServers []string
	// Keychain has the credentials. Nil: there are none, and public images are read.
	Keychain authn.Keychain
	// Transport carries every request. Nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Limits bound what one image may cost.
	Limits Limits
	// CacheSize is how many answers are kept; zero means 4096. One takes some 500 bytes, and 4 KiB at most.
	CacheSize int
	// UserAgent goes out with every request; empty means "rollcall".
	UserAgent string
	// Now is the clock. It is required.
	Now func() time.Time
}

// Limits bound what one image may cost. Zero means the default of each.
type Limits struct {
	// Timeout ends the reading of one image: 30 s.
	Timeout time.Duration
	// Bytes bounds one answer: 4 MiB, which is what registries accept as a manifest.
	Bytes int64
	// Values bounds the JSON values in one answer, and with them the entries of an index: 50,000.
	Values int64
	// Concurrent bounds how many images of one registry are read at a time: 4.
	Concurrent int64
}

func (l Limits) withDefaults() Limits {
	defaults := Limits{Timeout: 30 * time.Second, Bytes: 4 << 20, Values: 50_000, Concurrent: 4}
	if l.Timeout > 0 {
		defaults.Timeout = l.Timeout
	}
	if l.Bytes > 0 {
		defaults.Bytes = l.Bytes
	}
	if l.Values > 0 {
		defaults.Values = l.Values
	}
	if l.Concurrent > 0 {
		defaults.Concurrent = l.Concurrent
	}
	return defaults
}

// maxSessions bounds how many repositories a Client is signed in to. Another one costs a token more.
const maxSessions = 256

// Client reads what images say, and remembers it. It is safe for concurrent use, and prints without its credentials.
type Client struct {
	registries map[string]*registry // by host
	keychain   authn.Keychain
	limits     Limits
	now        func() time.Time
	answers    *lru.Cache // of *answer, by reference
	sessions   *lru.Cache // of *session, by repository
	beginning  sync.Mutex // of a session, so that a repository has one
	flights    singleflight.Group
}

// New checks a configuration and returns the client for it. It sends nothing. Its errors hold no credential.
func New(cfg Config) (*Client, error) {
	if cfg.Now == nil {
		return nil, errors.New("configure image client: it needs a clock")
	}
	if cfg.CacheSize <= 0 {
		cfg.CacheSize = 4096
	}
	if cfg.Keychain == nil {
		cfg.Keychain = authn.NewMultiKeychain() // of none
	}
	c := &Client{
		registries: map[string]*registry{}, keychain: cfg.Keychain, limits: cfg.Limits.withDefaults(), now: cfg.Now,
		answers: lru.New(cfg.CacheSize), sessions: lru.New(maxSessions),
	}
	tokenServers := map[string]bool{}
	for _, entry := range cfg.TokenServers {
		_, host, path, err := parseListed(entry)
		if err != nil || path != "" {
			return nil, fmt.Errorf("configure image client: token server %q is no host name", withoutUser(entry))
		}
		tokenServers[host] = true
	}
	for _, entry := range cfg.Registries {
		if err := c.list(entry, cfg, maps.Clone(tokenServers)); err != nil {
			return nil, fmt.Errorf("configure image client: %w", err)
		}
	}
	return c, nil
}

// list adds an entry of Config.Registries.
func (c *Client) list(entry string, cfg Config, tokenServers map[string]bool) error {
	scheme, host, path, err := parseListed(entry)
	if err != nil {
		return err
	}
	r := c.registries[host]
	if r == nil {
		r = &registry{host: host, scheme: scheme, slots: semaphore.NewWeighted(c.limits.Concurrent)}
		r.guard = &guard{
			registry: r, tokenServers: tokenServers, next: cfg.Transport, userAgent: cfg.UserAgent, limits: c.limits, now: c.now,
		}
		if r.guard.next == nil {
			r.guard.next = http.DefaultTransport
		}
		if r.guard.userAgent == "" {
			r.guard.userAgent = "rollcall"
		}
		c.registries[host] = r
	}
	if r.scheme != scheme {
		return fmt.Errorf("registry %q is listed by http and by https", host)
	}
	r.paths = append(r.paths, path)
	return nil
}

// Source returns what an image says about its source. It is empty where the image says nothing; the caller may still find a
// commit in the tag (FromTag), or have the repository configured. A Source with a repository alone may be joined with the
// tag's commit, if that repository has it.
//
// The error is an *Error, or that of ctx. Calls at the same time for the same reference share one reading, which goes on where
// the caller that began it gives up.
func (c *Client) Source(ctx context.Context, of Reference) (Source, error) {
	ref, failed := of.parse()
	if failed != nil {
		return Source{}, failed
	}
	r := c.registries[ref.Context().RegistryStr()]
	if r == nil || !r.lists(ref.Context()) {
		return Source{}, &Error{Reason: ErrRegistryNotListed, Image: ref.Context().Name()}
	}
	if known, ok := c.known(ref, of.ReadAfter); ok {
		return known.result()
	}
	flight := c.flights.DoChan(ref.Name()+of.ReadAfter.String(), func() (any, error) {
		if known, ok := c.known(ref, of.ReadAfter); ok {
			return known, nil
		}
		return c.ask(context.WithoutCancel(ctx), r, ref), nil
	})
	select {
	case <-ctx.Done():
		return Source{}, ctx.Err()
	case landed := <-flight:
		return landed.Val.(*answer).result()
	}
}

// Format writes how many registries are listed, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "image.Client of %d registries", len(c.registries))
}

// Size returns how many answers are kept.
func (c *Client) Size() int { return c.answers.Len() }

// ask reads an image when it is its turn.
func (c *Client) ask(ctx context.Context, r *registry, ref name.Reference) *answer {
	if err := r.slots.Acquire(ctx, 1); err != nil {
		return &answer{err: &Error{Reason: ErrUnreachable, Image: ref.Context().Name()}}
	}
	defer r.slots.Release(1)
	ctx, cancel := context.WithTimeout(ctx, c.limits.Timeout)
	defer cancel()
	begun := c.now()
	source, err := c.read(ctx, r, ref)
	if err != nil {
		return c.failed(ref, classify(err).about(ref.Context().Name()))
	}
	return c.found(ref, source, begun)
}
