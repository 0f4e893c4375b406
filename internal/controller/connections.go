package controller

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// wakeBuffer is how many wake-ups of another controller may be under way before their sender waits.
const wakeBuffer = 1024

// wakes carries the names of JiraSites from one controller to another.
type wakes chan event.TypedGenericEvent[string]

func (w wakes) send(site string) {
	w <- event.TypedGenericEvent[string]{Object: site}
}

// Connections are the ways to the sites: the site controller opens, proves and closes them, the delivery
// controller sends over them and says when they fail.
type Connections struct {
	transport http.RoundTripper
	userAgent string
	now       func() time.Time

	// opened wakes the delivery controller: the site can be sent to. changed wakes the site controller: a
	// connection failed or recovered.
	opened, changed wakes

	mu     sync.Mutex
	bySite map[string]*connection
}

// NewConnections returns no connections. All that will be go over the transport and name the user agent.
func NewConnections(transport http.RoundTripper, userAgent string, now func() time.Time) *Connections {
	return &Connections{
		transport: transport,
		userAgent: userAgent,
		now:       now,
		opened:    make(wakes, wakeBuffer),
		changed:   make(wakes, wakeBuffer),
		bySite:    map[string]*connection{},
	}
}

// open returns the connection of a site: the one that is there, where it was made of the same configuration,
// else a new one that has yet to be proved.
func (c *Connections) open(site string, cfg jira.Config) (*connection, error) {
	cfg.Transport, cfg.UserAgent, cfg.Now = c.transport, c.userAgent, c.now
	fingerprint := fingerprintOf(cfg)
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn := c.bySite[site]; conn != nil && conn.fingerprint == fingerprint {
		return conn, nil
	}
	client, err := jira.New(cfg)
	if err != nil {
		delete(c.bySite, site)
		return nil, fmt.Errorf("make Jira client: %w", err)
	}
	conn := &connection{
		client: client, fingerprint: fingerprint, window: outbox.NewWindow(), pace: newPace(), leftOut: leftOut{},
		backoff: outbox.NewBackoff(),
	}
	c.bySite[site] = conn
	return conn, nil
}

func (c *Connections) close(site string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.bySite, site)
}

// edition tells the specs of JiraSites apart: also of one that was deleted and created again.
type edition struct {
	uid        types.UID
	generation int64
}

func editionOf(site *v1alpha1.JiraSite) edition {
	return edition{site.UID, site.Generation}
}

// openFor returns the connection of a site, if it is open for an edition of its spec.
func (c *Connections) openFor(site string, e edition) *connection {
	c.mu.Lock()
	conn := c.bySite[site]
	c.mu.Unlock()
	if conn == nil || !conn.isOpenFor(e) {
		return nil
	}
	return conn
}

// fingerprintOf tells configurations apart without keeping the secret.
func fingerprintOf(cfg jira.Config) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %d",
		cfg.Host, cfg.CloudID, cfg.APIURL, cfg.ClientID, cfg.ClientSecret, cfg.RequestsPerMinute))
}

// connection is the way to one site with one credential.
type connection struct {
	client      *jira.Client
	fingerprint [sha256.Size]byte

	// window, pace and leftOut belong to the delivery controller, which works on one pass of a site at a time.
	window  outbox.Window
	pace    *pace
	leftOut leftOut

	mu sync.Mutex
	// admitted is the edition of the JiraSite that the connection is open for, provedAt when it last worked;
	// both are zero where it is not proved.
	admitted edition
	provedAt time.Time
	// backoff gives the waits of a connection that fails; trouble is why it does, and until when nothing
	// is sent.
	backoff wait.Backoff
	trouble *outbox.Trouble
	until   time.Time
}

// prove notes that a probe went through.
func (c *connection) prove(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provedAt, c.backoff = now, outbox.NewBackoff()
}

// admit lets deliveries over the connection begin, for an edition of the JiraSite. It returns whether that is
// news.
func (c *connection) admit(e edition) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	news := c.admitted != e
	c.admitted = e
	return news
}

func (c *connection) isOpenFor(e edition) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.admitted == e
}

// provedSince says whether the connection worked at or after that time.
func (c *connection) provedSince(when time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.provedAt.IsZero() && !c.provedAt.Before(when)
}

// disprove notes that a probe failed, and returns how long to wait before the next.
func (c *connection) disprove(err error) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provedAt, c.admitted = time.Time{}, edition{}
	return max(c.backoff.Step(), outbox.RetryAfter(err))
}

// fail notes that a delivery failed, and returns how long to wait before the next, and whether there is another
// advice to give.
func (c *connection) fail(err error, now time.Time) (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	after := max(c.backoff.Step(), outbox.RetryAfter(err))
	c.until = now.Add(after)
	trouble := outbox.TroubleOf(err)
	news := c.trouble == nil || c.trouble.Reason != trouble.Reason || c.trouble.Kind != trouble.Kind
	if news { // another message alone (a port, a time) is not worth a write
		c.trouble = &trouble
	}
	return after, news
}

// recover notes that a delivery went through, and returns whether that is news.
func (c *connection) recover(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	news := c.trouble != nil
	c.trouble, c.until, c.provedAt, c.backoff = nil, time.Time{}, now, outbox.NewBackoff()
	return news
}

// forgive forgets the trouble of a connection over which nothing is left to send, once its wait is over: a probe has to
// tell. It returns whether there was any.
func (c *connection) forgive(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trouble == nil || now.Before(c.until) {
		return false
	}
	c.trouble, c.until, c.provedAt = nil, time.Time{}, time.Time{}
	return true
}

// delay returns how long nothing may be sent.
func (c *connection) delay(now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, c.until.Sub(now))
}

func (c *connection) troubled() *outbox.Trouble {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}
