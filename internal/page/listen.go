// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// Server is a page that is listened for.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// The limits of a request. Answers that last, of /events, extend theirs themselves.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
)

// ErrAddress says that an address is not one of loopback.
var ErrAddress = errors.New("the page has no login, so that it listens on 127.0.0.1 or ::1 alone")

// Listen listens on loopback, 127.0.0.1 or ::1, and refuses any other address: what the page shows is what its user may read,
// without a login. Port 0 is a free one.
func Listen(ctx context.Context, address string, port int, source Source, now func() time.Time) (*Server, error) {
	ip, err := netip.ParseAddr(address)
	if err != nil || (ip != netip.AddrFrom4([4]byte{127, 0, 0, 1}) && ip != netip.IPv6Loopback()) {
		return nil, fmt.Errorf("address %q: %w", address, ErrAddress)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(ip.String(), strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	handler, err := New(source, now, listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return &Server{listener: listener, http: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return ctx }, // it ends what lasts
	}}, nil
}

// URL is the page's address.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Serve answers until the context that was given to Listen ends.
func (s *Server) Serve(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the page: %w", err)
	case <-ctx.Done():
	}
	const grace = 2 * time.Second
	ended, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.http.Shutdown(ended); err != nil {
		return s.http.Close()
	}
	return nil
}
