package controller

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

const connectionSecret = "s3cr3t-of-the-test"

// noon is the time in the tests of connections, a minute its unit.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func workingConfig(change ...func(*jira.Config)) jira.Config {
	cfg := jira.Config{
		Host: "acme.atlassian.net", APIURL: "https://api.atlassian.com", ClientID: "client-1", ClientSecret: connectionSecret, RequestsPerMinute: 900,
	}
	for _, f := range change {
		f(&cfg)
	}
	return cfg
}

func newConnections() *Connections {
	return NewConnections(http.DefaultTransport, "rollcall/test", func() time.Time { return noon })
}

// openConnection opens the connection of the site acme.
func openConnection(t *testing.T, c *Connections, cfg jira.Config) *connection {
	t.Helper()
	conn, err := c.open("acme", cfg)
	if err != nil {
		t.Fatalf("open() error = %v", err)
	}
	return conn
}

func throttled(after time.Duration) error {
	return fmt.Errorf("deliver: %w", &jira.Error{Op: "submit deployments", Host: "api.atlassian.com", Kind: jira.Throttled, RetryAfter: after})
}

func unavailable(message string) error {
	return &jira.Error{Op: "submit deployments", Host: "api.atlassian.com", Kind: jira.Unavailable, Messages: []string{message}}
}

func TestAConnectionLastsAsLongAsItsConfiguration(t *testing.T) {
	tests := map[string]struct {
		change   func(*jira.Config)
		wantSame bool
	}{
		"the same configuration":  {func(*jira.Config) {}, true},
		"a rotated secret":        {func(c *jira.Config) { c.ClientSecret = "rotated" }, false},
		"another client id":       {func(c *jira.Config) { c.ClientID = "client-2" }, false},
		"another host":            {func(c *jira.Config) { c.Host = "globex.atlassian.net" }, false},
		"a cloud id":              {func(c *jira.Config) { c.CloudID = "11223344-a1b2" }, false},
		"another API URL":         {func(c *jira.Config) { c.APIURL = "https://gateway.acme.io" }, false},
		"another rate":            {func(c *jira.Config) { c.RequestsPerMinute = 60 }, false},
		"a quote moved elsewhere": {func(c *jira.Config) { c.ClientID, c.ClientSecret = `client-1" "s3cr3t`, "of-the-test" }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newConnections()
			before := openConnection(t, c, workingConfig())
			before.prove(noon)
			before.admit(edition{generation: 1})
			after := openConnection(t, c, workingConfig(tt.change))
			if (before == after) != tt.wantSame {
				t.Errorf("the same connection: %v, want %v", before == after, tt.wantSame)
			}
			if stillOpen := c.openFor("acme", edition{generation: 1}) != nil; stillOpen != tt.wantSame {
				t.Errorf("open for deliveries: %v, want %v: a new connection has yet to be proved", stillOpen, tt.wantSame)
			}
		})
	}
}

func TestAConfigurationThatIsWrongClosesTheConnection(t *testing.T) {
	c := newConnections()
	openConnection(t, c, workingConfig()).admit(edition{generation: 1})
	conn, err := c.open("acme", workingConfig(func(cfg *jira.Config) { cfg.Host = "https://acme.atlassian.net/" }))
	if err == nil || conn != nil || !strings.Contains(err.Error(), "make Jira client: ") {
		t.Errorf("open() = %v, %v; want an error", conn, err)
	}
	if c.openFor("acme", edition{generation: 1}) != nil {
		t.Error("the connection of the former configuration is still open")
	}
}

func TestConnectionsBelongToSites(t *testing.T) {
	c := newConnections()
	openConnection(t, c, workingConfig()).admit(edition{generation: 1})
	if c.openFor("globex", edition{generation: 1}) != nil {
		t.Error("globex is open, which nobody opened")
	}
	c.close("globex")
	if c.openFor("acme", edition{generation: 1}) == nil {
		t.Error("acme was closed with globex")
	}
	c.close("acme")
	if c.openFor("acme", edition{generation: 1}) != nil {
		t.Error("acme is open after it was closed")
	}
}

func TestAConnectionIsOpenForTheGenerationOfItsSite(t *testing.T) {
	c := newConnections()
	conn := openConnection(t, c, workingConfig())
	if c.openFor("acme", edition{generation: 1}) != nil {
		t.Error("a new connection is open, and nobody has proved it")
	}
	for _, step := range []struct {
		generation int64
		wantNews   bool
	}{{1, true}, {1, false}, {2, true}, {2, false}} {
		if got := conn.admit(edition{generation: step.generation}); got != step.wantNews {
			t.Errorf("admit(%d) is news: %v, want %v", step.generation, got, step.wantNews)
		}
		if got := c.openFor("acme", edition{generation: step.generation}); got != conn {
			t.Errorf("the connection for generation %d = %v, want the one that was opened", step.generation, got)
		}
	}
	if c.openFor("acme", edition{generation: 1}) != nil || c.openFor("acme", edition{generation: 3}) != nil {
		t.Error("the connection is open for generations that it was not opened for last")
	}
}

func TestAFailedProbeClosesAConnectionUntilTheNextGoesThrough(t *testing.T) {
	c := newConnections()
	conn := openConnection(t, c, workingConfig())
	conn.prove(noon)
	conn.admit(edition{generation: 1})
	if wait := conn.disprove(throttled(17 * time.Minute)); wait != 17*time.Minute {
		t.Errorf("wait = %s, want the 17 minutes that Jira asks for", wait)
	}
	if c.openFor("acme", edition{generation: 1}) != nil || conn.provedSince(noon.Add(-time.Hour)) {
		t.Error("a connection whose probe failed counts as proved, or is open")
	}
	if wait := conn.disprove(unavailable("boom")); wait < 2*time.Second || wait > 3*time.Second {
		t.Errorf("wait after the second failure = %s, want about 2s", wait)
	}
	if wait := conn.disprove(unavailable("boom")); wait < 4*time.Second || wait > 5*time.Second {
		t.Errorf("wait after the third failure = %s, want about 4s", wait)
	}
	conn.prove(noon)
	if !conn.admit(edition{generation: 1}) || c.openFor("acme", edition{generation: 1}) == nil {
		t.Error("that the connection is open again is no news, or it is not")
	}
}

func TestProvedSince(t *testing.T) {
	conn := openConnection(t, newConnections(), workingConfig())
	if conn.provedSince(time.Time{}) {
		t.Error("a new connection counts as proved")
	}
	conn.prove(noon)
	for minutes, want := range map[int]bool{-1: true, 0: true, 1: false} {
		if got := conn.provedSince(noon.Add(time.Duration(minutes) * time.Minute)); got != want {
			t.Errorf("proved since %d minutes later: %v, want %v", minutes, got, want)
		}
	}
	conn.recover(noon.Add(time.Hour))
	if !conn.provedSince(noon.Add(time.Hour)) {
		t.Error("a delivery that went through does not count as a proof")
	}
}

func TestAFailedDeliveryKeepsTheConnectionOpenAndWaits(t *testing.T) {
	c := newConnections()
	conn := openConnection(t, c, workingConfig())
	conn.prove(noon)
	conn.admit(edition{generation: 1})
	after, news := conn.fail(throttled(time.Minute), noon)
	if after != time.Minute || !news {
		t.Errorf("fail() = %s, %v; want the minute that Jira asks for, and news", after, news)
	}
	if c.openFor("acme", edition{generation: 1}) == nil {
		t.Error("the connection is closed")
	}
	if trouble := conn.troubled(); trouble == nil || trouble.Reason != v1alpha1.ReasonRateLimited {
		t.Errorf("trouble = %v, want %s", trouble, v1alpha1.ReasonRateLimited)
	}
	for seconds, want := range map[int]time.Duration{0: time.Minute, 45: 15 * time.Second, 60: 0, 90: 0} {
		if got := conn.delay(noon.Add(time.Duration(seconds) * time.Second)); got != want {
			t.Errorf("delay after %d s = %s, want %s", seconds, got, want)
		}
	}
}

func TestWhatOfATroubleIsNews(t *testing.T) {
	conn := openConnection(t, newConnections(), workingConfig())
	for _, step := range []struct {
		name       string
		err        error
		wantNews   bool
		wantReason string
	}{
		{"the first failure", unavailable("read tcp 10.0.0.1:41003: reset"), true, v1alpha1.ReasonUnreachable},
		{"the same", unavailable("read tcp 10.0.0.1:41003: reset"), false, v1alpha1.ReasonUnreachable},
		{"another port", unavailable("read tcp 10.0.0.1:41004: reset"), false, v1alpha1.ReasonUnreachable},
		{"another reason", throttled(time.Second), true, v1alpha1.ReasonRateLimited},
		{"another wait", throttled(2 * time.Second), false, v1alpha1.ReasonRateLimited},
		{"an error of no Jira's", errors.New("boom"), true, v1alpha1.ReasonUnreachable},
		{"the same reason, and other advice", &jira.Error{Op: "submit deployments", Kind: jira.Invalid}, true, v1alpha1.ReasonUnreachable},
		{"the same advice", &jira.Error{Op: "submit deployments", Kind: jira.Invalid, Messages: []string{"no"}}, false, v1alpha1.ReasonUnreachable},
	} {
		_, news := conn.fail(step.err, noon)
		if got := conn.troubled(); news != step.wantNews || got == nil || got.Reason != step.wantReason {
			t.Errorf("%s: news = %v, trouble = %v; want %v, %s", step.name, news, got, step.wantNews, step.wantReason)
		}
	}
}

func TestADeliveryThatGoesThroughEndsTheTrouble(t *testing.T) {
	conn := openConnection(t, newConnections(), workingConfig())
	if conn.recover(noon) {
		t.Error("a recovery without trouble is news")
	}
	for range 5 {
		conn.fail(unavailable("boom"), noon)
	}
	if wait, _ := conn.fail(unavailable("boom"), noon); wait < 32*time.Second {
		t.Errorf("wait after five failures = %s, want it to have grown", wait)
	}
	if !conn.recover(noon) {
		t.Error("a recovery from trouble is no news")
	}
	if conn.recover(noon) {
		t.Error("a second recovery is news")
	}
	if conn.troubled() != nil || conn.delay(noon) != 0 {
		t.Errorf("trouble = %v, delay = %s; want none", conn.troubled(), conn.delay(noon))
	}
	if wait, _ := conn.fail(unavailable("boom"), noon); wait > 2*time.Second {
		t.Errorf("wait after a recovery = %s, want about a second", wait)
	}
}

// Where the last record that failed is deleted, no delivery will ever go through: a probe has to tell.
func TestATroubleIsForgivenOnceNothingIsLeftToSend(t *testing.T) {
	conn := openConnection(t, newConnections(), workingConfig())
	if conn.forgive(noon) {
		t.Error("there is trouble before there was any")
	}
	conn.prove(noon)
	conn.fail(throttled(time.Hour), noon)
	if later := noon.Add(59 * time.Minute); conn.forgive(later) || conn.troubled() == nil || conn.delay(later) != time.Minute {
		t.Errorf("trouble = %v, delay = %s before the hour is over that Jira asks for", conn.troubled(), conn.delay(later))
	}
	later := noon.Add(time.Hour)
	if !conn.forgive(later) || conn.troubled() != nil || conn.delay(later) != 0 {
		t.Errorf("trouble = %v, delay = %s after it was forgiven; want none", conn.troubled(), conn.delay(later))
	}
	if conn.provedSince(noon.Add(-time.Hour)) {
		t.Error("the connection counts as proved, although it failed last")
	}
}

func TestAConnectionKeepsNoSecret(t *testing.T) {
	conn := openConnection(t, newConnections(), workingConfig())
	fingerprint := fingerprintOf(workingConfig())
	if fingerprint != conn.fingerprint {
		// The transport, the user agent and the clock are those of all connections.
		t.Error("the fingerprint depends on more than the site and its credential")
	}
	for i := range len(connectionSecret) - 3 {
		if part := connectionSecret[i : i+4]; bytes.Contains(fingerprint[:], []byte(part)) {
			t.Errorf("the fingerprint holds %q of the secret", part)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		for form, value := range map[string]any{"connection": conn, "client": conn.client, "window": conn.window} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, connectionSecret) {
				t.Errorf("%s of a %s shows the secret: %s", verb, form, got)
			}
		}
	}
}

func TestAConnectionStartsWithAnOpenWindow(t *testing.T) {
	if got := openConnection(t, newConnections(), workingConfig()).window.Size(); got != outbox.MaxBatch {
		t.Errorf("window = %d, want %d", got, outbox.MaxBatch)
	}
}

func TestWakesNameTheirSite(t *testing.T) {
	c := newConnections()
	c.opened.send("acme")
	c.changed.send("globex")
	if got := (<-c.opened).Object; got != "acme" {
		t.Errorf("opened names %q, want acme", got)
	}
	if got := (<-c.changed).Object; got != "globex" {
		t.Errorf("changed names %q, want globex", got)
	}
}

// The site controller and the delivery controller use a connection at the same time. The race detector is
// the judge.
func TestConnectionsAreSafeForBothControllers(t *testing.T) {
	c := newConnections()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 50 {
				conn, err := c.open("acme", workingConfig(func(cfg *jira.Config) { cfg.RequestsPerMinute = 60 + i%2 }))
				if err != nil {
					t.Errorf("open() error = %v", err)
					return
				}
				conn.prove(noon)
				conn.admit(edition{generation: int64(i)})
			}
		})
		group.Go(func() {
			for i := range 50 {
				if conn := c.openFor("acme", edition{generation: int64(i)}); conn != nil {
					conn.fail(unavailable("boom"), noon)
					conn.delay(noon)
					conn.recover(noon)
				}
			}
		})
	}
	group.Wait()
	if conn := openConnection(t, c, workingConfig()); conn.troubled() != nil {
		t.Errorf("a new connection has the trouble of an old one: %v", conn.troubled())
	}
}

func TestASiteThatWasCreatedAnewIsAnother(t *testing.T) {
	c := newConnections()
	openConnection(t, c, workingConfig()).admit(edition{uid: "first", generation: 1})
	if c.openFor("acme", edition{uid: "second", generation: 1}) != nil {
		t.Error("records of the new site would go out over the old one's connection")
	}
}
