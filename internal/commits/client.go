// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Limits bound what one question costs. A zero field means its default.
type Limits struct {
	// Commits is how many commits of a range are returned; 10,000 by default. Of a longer range the newest are.
	Commits int
	// ResponseBytes is how much of one answer is read, as it comes over the wire; 64 MiB by default.
	ResponseBytes int64
	// ObjectBytes is how large one commit or one folder may be; 4 MiB by default.
	ObjectBytes int64
	// MemoryBytes is how much of one answer is kept in memory at a time; 32 MiB by default.
	MemoryBytes int64
	// ResolveDepth is how far behind the tips of branches a short commit id is looked for; 1,000 by default.
	ResolveDepth int
	// Timeout ends one request with its answer; a minute by default.
	Timeout time.Duration
	// Idle ends an answer of which nothing arrives for so long; 15 seconds by default.
	Idle time.Duration
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Commits:       orDefault(l.Commits, 10_000),
		ResponseBytes: orDefault(l.ResponseBytes, 64<<20),
		ObjectBytes:   orDefault(l.ObjectBytes, 4<<20),
		MemoryBytes:   orDefault(l.MemoryBytes, 32<<20),
		ResolveDepth:  orDefault(l.ResolveDepth, 1_000),
		Timeout:       orDefault(l.Timeout, time.Minute),
		Idle:          orDefault(l.Idle, 15*time.Second),
	}
}

func orDefault[T int | int64 | time.Duration](value, standard T) T {
	if value == 0 {
		return standard
	}
	return value
}

// Config says how a Client asks.
type Config struct {
	// Transport carries every request: proxy, CA and connections are its business. It must not be nil.
	Transport http.RoundTripper
	// Credential returns what a request to a repository carries; nil means that none does. It gets the repository's URL in
	// its one spelling. What it returns goes to that URL's host and nowhere else.
	Credential func(ctx context.Context, repository *url.URL) (Credential, error)
	// Loopback allows http to loopback addresses, for tests and demos.
	Loopback bool
	// UserAgent names the program in every request: "rollcall/1.4".
	UserAgent string
	Limits    Limits
}

// Client asks Git servers. It is safe for concurrent use.
type Client struct {
	http       *http.Client
	credential func(context.Context, *url.URL) (Credential, error)
	loopback   bool
	agent      string
	limits     Limits

	mutex   sync.Mutex
	remotes map[string]remote // by the repository's URL: what its server can do
}

// maxRemotes bounds what is known of servers. Beyond it everything is forgotten, and asked again.
const maxRemotes = 1_000

// New returns a Client. It sends nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Transport == nil {
		return nil, errors.New("configure commits client: no transport")
	}
	credential := cfg.Credential
	if credential == nil {
		credential = func(context.Context, *url.URL) (Credential, error) { return Credential{}, nil }
	}
	return &Client{
		http: &http.Client{
			Transport:     cfg.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		credential: credential,
		loopback:   cfg.Loopback,
		agent:      orString(cfg.UserAgent, "rollcall"),
		limits:     cfg.Limits.withDefaults(),
		remotes:    map[string]remote{},
	}, nil
}

func orString(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}

// open reads a repository's URL.
func (c *Client) open(raw string) (repository, error) {
	repo, err := parseRepository(raw)
	if err != nil {
		return repository{}, err
	}
	if repo.scheme != "https" && !c.loopback {
		return repository{}, fail(ErrInvalid, "the repository's URL must be https")
	}
	return repo, nil
}
