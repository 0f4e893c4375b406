// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// OpCloudID is the Op of an Error of the site's own host. It is asked for the cloud id, and for nothing else.
const OpCloudID = "look up cloud id"

// cloudIDs knows the id of one site: the configured one, or the one that the site tells.
type cloudIDs struct {
	configured string
	host       string
	url        string
	http       *http.Client
	now        func() time.Time
	hide       scrubber
	cache      *cached[string]
}

func newCloudIDs(cfg Config, hc *http.Client) *cloudIDs {
	return &cloudIDs{
		configured: cfg.CloudID,
		host:       cfg.Host,
		url:        cfg.tenantURL(),
		http:       hc,
		now:        cfg.Now,
		hide:       newScrubber(append(proxySecrets(), cfg.ClientSecret)...),
		cache:      newCached[string](),
	}
}

// CloudID returns the configured cloud id, or the one that the site tells, which is cached until the API answers 404
// to it. Errors are NotFound (the site moved, or there is none at that host), AddressNotAllowed, Blocked, Throttled, or
// Unavailable (also for a suspended site).
func (c *Client) CloudID(ctx context.Context) (string, error) {
	return c.site.get(ctx)
}

func (s *cloudIDs) get(ctx context.Context) (string, error) {
	if s.configured != "" {
		return s.configured, nil
	}
	id, err := s.cache.get(ctx, func(*string) bool { return true }, s.lookup)
	if err != nil {
		return "", s.wrap(err)
	}
	return *id, nil
}

// refresh asks the site anew, and leaves what is cached alone where that fails.
func (s *cloudIDs) refresh(ctx context.Context) (string, error) {
	if s.configured != "" {
		return s.configured, nil
	}
	id, err := s.lookup(ctx)
	if err != nil {
		return "", s.wrap(err)
	}
	s.cache.value.Store(id)
	return *id, nil
}

// drop forgets an id that the API does not know, so that the next call asks the site again.
func (s *cloudIDs) drop(id string) {
	if held := s.cache.value.Load(); held != nil && *held == id {
		s.cache.drop(held)
	}
}

// wrap makes an Error of what is not one yet: a context that ended while another caller was asking the site.
func (s *cloudIDs) wrap(err error) error {
	var typed *Error
	if errors.As(err, &typed) {
		return err
	}
	return unreachable(OpCloudID, s.host, err, s.hide)
}

func (s *cloudIDs) lookup(ctx context.Context) (*string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, unreachable(OpCloudID, s.host, err, s.hide)
	}
	req.Header.Set("Accept", "application/json")
	res, err := exchange(s.http, req)
	if err != nil {
		return nil, unreachable(OpCloudID, s.host, err, s.hide)
	}
	res.hide = s.hide
	if res.status != http.StatusOK {
		return nil, s.refusal(res)
	}
	var tenant struct {
		CloudID string `json:"cloudId"`
	}
	if json.Unmarshal(res.body, &tenant) != nil || !cloudIDPattern.MatchString(tenant.CloudID) {
		return nil, unreadable(OpCloudID, s.host, res, "the answer holds no cloud id")
	}
	return &tenant.CloudID, nil
}

func (s *cloudIDs) refusal(res *answer) *Error {
	e := refusal(OpCloudID, s.host, res, s.now)
	switch e.Kind {
	case Redirected:
		e.Kind = NotFound
		// Where to is not repeated: it is whatever the other side wrote there.
		e.Messages = []string{s.host + " redirects elsewhere: was the site renamed?"}
	case NotFound:
		e.Messages = []string{"there is no Jira site at " + s.host}
	case AddressNotAllowed, Blocked:
	case Throttled:
		if res.status == http.StatusServiceUnavailable {
			e.Kind = Unavailable
			e.Messages = []string{s.host + " is suspended, or down for a moment"}
		}
	default: // nothing is said of a credential, since none is sent
		e.Kind = Unavailable
	}
	return e
}
