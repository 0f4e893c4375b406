// SPDX-License-Identifier: Apache-2.0

package jiratest

import "time"

// defaultTokenLifetime is the shortest that was seen at Atlassian.
const defaultTokenLifetime = 15 * time.Minute

type options struct {
	address        string
	tls            bool
	tlsNames       []string
	cloudID        string
	now            func() time.Time
	tokenLifetime  time.Duration
	audience       string
	storeDelay     time.Duration
	maxDeployments int
	seed           int64
}

// Option changes how a Server starts.
type Option func(*options)

// WithAddress listens on host:port instead of a free port of 127.0.0.1.
func WithAddress(address string) Option {
	return func(o *options) { o.address = address }
}

// WithTLS serves https, with a certificate of the server's own authority (CAPEM) for 127.0.0.1, localhost and the
// names and IP addresses given.
func WithTLS(names ...string) Option {
	return func(o *options) { o.tls, o.tlsNames = true, names }
}

// WithCloudID sets the site's id; otherwise it is random.
func WithCloudID(id string) Option {
	return func(o *options) { o.cloudID = id }
}

// WithClock replaces the clock that tokens expire by, that the store delay is measured by, and that everything
// received is stamped with. Delays of faults take real time.
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.now = now }
}

// WithTokenLifetime sets how long a token is good for; otherwise 15 minutes. It is told to the client in seconds.
func WithTokenLifetime(d time.Duration) Option {
	return func(o *options) { o.tokenLifetime = d }
}

// WithAudience sets what tokens have to be asked for; otherwise api.atlassian.com.
func WithAudience(audience string) Option {
	return func(o *options) { o.audience = audience }
}

// WithStoreDelay lets what was accepted be seen only after a while.
func WithStoreDelay(d time.Duration) Option {
	return func(o *options) { o.storeDelay = d }
}

// WithMaxDeployments answers 413 to a submission of more than n items; otherwise only the body's size is limited.
func WithMaxDeployments(n int) Option {
	return func(o *options) { o.maxDeployments = n }
}

// WithSeed makes faults with a probability repeatable.
func WithSeed(seed int64) Option {
	return func(o *options) { o.seed = seed }
}
