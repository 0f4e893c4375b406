// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

const (
	// maxAnswer bounds the body of a success. The answer to a full request of 100 deployments takes some 30 KiB.
	maxAnswer = 1 << 20
	// maxErrorAnswer bounds the body of everything else.
	maxErrorAnswer = 64 << 10
)

// Client talks to one site with one credential. It is safe for concurrent use. It holds no secret in a field of its
// own, so that printing it, or something that holds it, shows none.
type Client struct {
	api    string // base URL of the API, without a trailing slash
	host   string // host of the API, for errors
	http   *http.Client
	now    func() time.Time
	tokens *tokenSource
	site   *cloudIDs
	// mayNotWrite says that the last submission was forbidden.
	mayNotWrite *atomic.Bool
}

// New checks a configuration and returns the client for it. It sends nothing. Its errors say what is wrong with the
// configuration, and never hold the secret.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure Jira client: %w", err)
	}
	if cfg.Transport == nil {
		transport, err := NewTransport(nil)
		if err != nil {
			return nil, err
		}
		cfg.Transport = transport
	}
	hc := newHTTPClient(cfg)
	return &Client{
		api:    cfg.APIURL,
		host:   hostOf(cfg.APIURL),
		http:   hc,
		now:    cfg.Now,
		tokens: newTokenSource(cfg, hc),
		site:   newCloudIDs(cfg, hc),

		mayNotWrite: &atomic.Bool{},
	}, nil
}

// call is one request to an API of the site.
type call struct {
	op     string
	api    api
	method string
	path   []string // below .../cloud/{cloudId}, not yet escaped
	body   []byte
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	hide   scrubber // for whatever is taken from the body
}

// send finds the site, sends the call there, and renews the token once if it is refused.
func (c *Client) send(ctx context.Context, what call) (*answer, error) {
	id, err := c.site.get(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.sendTo(ctx, id, what)
	if KindOf(err) == NotFound {
		c.site.drop(id)
	}
	return res, err
}

func (c *Client) sendTo(ctx context.Context, cloudID string, what call) (*answer, error) {
	token, err := c.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.attempt(ctx, cloudID, what, token)
	if !tokenRefused(err) {
		return res, err
	}
	c.tokens.drop(token)
	if token, err = c.tokens.get(ctx); err != nil {
		return nil, err
	}
	res, err = c.attempt(ctx, cloudID, what, token)
	if tokenRefused(err) {
		c.tokens.drop(token)
	}
	return res, err
}

// tokenRefused says whether another token may help: the old one ended, or is from before a permission was given.
func tokenRefused(err error) bool {
	kind := KindOf(err)
	return kind == Unauthorized || kind == ScopeMissing
}

// attempt sends the call once. Whatever the other side says passes through the scrubber of this token.
func (c *Client) attempt(ctx context.Context, cloudID string, what call, token *oauth2.Token) (*answer, error) {
	hide := c.tokens.scrubber(token)
	req, err := http.NewRequestWithContext(ctx, what.method, c.urlOf(cloudID, what), bytes.NewReader(what.body))
	if err != nil {
		return nil, unreachable(what.op, c.host, err, hide)
	}
	req.Header.Set("Accept", "application/json")
	if what.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	token.SetAuthHeader(req)
	res, err := exchange(c.http, req)
	if err != nil {
		return nil, unreachable(what.op, c.host, err, hide)
	}
	res.hide = hide
	if kindOfStatus(res.status) != Unknown {
		return nil, refusal(what.op, c.host, res, c.now)
	}
	return res, nil
}

// urlOf escapes every segment by itself: ids hold slashes.
func (c *Client) urlOf(cloudID string, what call) string {
	var b strings.Builder
	b.WriteString(c.api + "/jira/" + what.api.path + "/cloud/" + url.PathEscape(cloudID))
	for _, segment := range what.path {
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String()
}

// exchange sends a request and reads the whole answer, within bounds. Its error is the transport's: unscrubbed.
func exchange(hc *http.Client, req *http.Request) (*answer, error) {
	res, err := hc.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	success := kindOfStatus(res.StatusCode) == Unknown
	limit := int64(maxErrorAnswer)
	if success {
		limit = maxAnswer
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case !success:
		// The status alone is worth more than the reason why its body broke off.
		body = body[:min(int64(len(body)), limit)]
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("read answer: it is longer than %d bytes", limit)
	}
	return &answer{status: res.StatusCode, header: res.Header, body: body}, nil
}
