// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
)

// transport counts requests, and notes whether the host can be reached at all.
type transport struct {
	next http.RoundTripper
	// hosts are those that are listed, and have their own name in metrics.
	hosts   map[string]bool
	counted func(host, outcome string)
	// unreached says that no connection was made for the last request: DNS, network, TLS or a proxy failed.
	unreached atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	host := "other"
	if t.hosts[request.URL.Host] {
		host = request.URL.Host
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	response, err := t.next.RoundTrip(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	t.unreached.Store(err != nil && !connected.Load())
	if err != nil {
		t.counted(host, "error")
		return nil, err
	}
	t.counted(host, strconv.Itoa(response.StatusCode/100)+"xx")
	return response, nil
}

// close lets go of connections that nobody uses.
func (t *transport) close() {
	if idle, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}
