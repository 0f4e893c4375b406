// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/rollcall-dev/rollcall/internal/supported"
)

// clockTolerance is by how much clocks may differ. The header has whole seconds.
const clockTolerance = 10 * time.Second

// serverDate keeps the time that the API server's last answer has in its header.
type serverDate struct {
	mu   sync.Mutex
	last time.Time
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (d *serverDate) around(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		answer, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
			d.mu.Lock()
			d.last = date
			d.mu.Unlock()
		}
		return answer, nil
	})
}

func (d *serverDate) get() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// server looks at the version of the API server, and compares its clock with ours.
func (t *target) server() ([]Finding, error) {
	const check = "API server"
	before := t.now()
	info, err := t.discovery.ServerVersion()
	if err != nil {
		return nil, err
	}
	after := t.now()
	if date := t.date.get(); !date.IsZero() {
		t.ahead = date.Sub(before.Add(after.Sub(before) / 2)).Round(time.Second)
	}
	if _, err := version.ParseGeneric(info.GitVersion); err != nil {
		return []Finding{failed(check, "", "says that its version is %q", info.GitVersion)}, nil
	}
	if supported.CheckKubernetes(info.GitVersion) != nil {
		return []Finding{failed(check, "upgrade Kubernetes: older ones do not take the CRDs", "Kubernetes %s; the oldest that is supported is %s", info.GitVersion, supported.Kubernetes)}, nil
	}
	return []Finding{ok(check, "Kubernetes %s; the oldest that is supported is %s", info.GitVersion, supported.Kubernetes)}, nil
}

// clock says by how much the API server's clock differs from that of this machine.
func (t *target) clock(context.Context) []Finding {
	const check = "clock"
	switch {
	case t.date.get().IsZero():
		return []Finding{{Check: check, Status: Unseen, Message: "the API server's answers have no time"}}
	case t.ahead.Abs() > clockTolerance:
		return []Finding{failed(check, "set both by NTP: tokens and leases are judged by the time, and Jira shows it", "%s", apart(t.ahead))}
	}
	return []Finding{ok(check, "%s", apart(t.ahead))}
}

func apart(ahead time.Duration) string {
	switch {
	case ahead.Abs() <= time.Second:
		return "the API server's and this machine's agree"
	case ahead > 0:
		return fmt.Sprintf("the API server's is %s ahead of this machine's", ahead)
	}
	return fmt.Sprintf("the API server's is %s behind this machine's", -ahead)
}

// serverTime is what time it is at the API server.
func (t *target) serverTime() time.Time { return t.now().Add(t.ahead) }
