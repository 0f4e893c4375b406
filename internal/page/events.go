// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// The pace of /events.
const (
	// quiet is how long changes are gathered: a rollout of a hundred Deployments is one event, not a hundred.
	quiet = 500 * time.Millisecond
	// beat is how often the page is renewed where nothing changes, because it says how long ago things were.
	beat = 30 * time.Second
	// maxStreams is how many pages may follow at once.
	maxStreams = 32
)

// events tells a page that something changed (server-sent events). The page then asks for itself once more, with its own filter.
func (p *handler) events(w http.ResponseWriter, r *http.Request) {
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "Too many pages follow already: close some.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	for name := "ready"; ; {
		changed := p.source.Changed() // before the event: what changes while the page asks is another one
		if p.send(w, control, name) != nil || r.Method == http.MethodHead || !pause(r.Context(), quiet) {
			return
		}
		select {
		case <-changed:
			name = "changed"
		case <-time.After(beat):
			name = "beat"
		case <-r.Context().Done():
			return
		}
	}
}

// pause waits, and says whether the page is still there.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// send sends an event. The deadline of the answer begins anew, so that only a page that does not read loses its stream.
func (p *handler) send(w http.ResponseWriter, control *http.ResponseController, name string) error {
	if err := control.SetWriteDeadline(p.now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("extend deadline: %w", err)
	}
	if _, err := fmt.Fprintf(w, "event: %s\ndata: -\n\n", name); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	return control.Flush()
}
