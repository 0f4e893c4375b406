// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/rollcall-dev/rollcall/internal/image"
)

func TestARegistryIsAskedByHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	server.StartTLS()
	t.Cleanup(server.Close)
	// The server's certificate is for example.com and 127.0.0.1, so that it stands for a public registry and one on loopback.
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, _ := net.SplitHostPort(address); strings.HasSuffix(host, "nowhere.invalid") {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
		}
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	trusting := &http.Transport{DialContext: dial, TLSClientConfig: server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()}
	ref := name.MustParseReference("example.com/acme/checkout:1.0")
	if err := remote.Push(ref, labelled(1), remote.WithTransport(trusting)); err != nil {
		t.Fatal(err)
	}
	distrusting := trusting.Clone()
	distrusting.TLSClientConfig.RootCAs = x509.NewCertPool()
	loopback := strings.TrimPrefix(server.URL, "https://")
	for _, tc := range []struct {
		host      string
		transport http.RoundTripper
		says      string
	}{
		{"example.com", trusting, ""},
		{loopback, trusting, ""},
		{"example.com", distrusting, "its certificate is of an unknown authority"},
		{"example.net", trusting, "its certificate is for another name"},
		{"nowhere.invalid", trusting, "its name cannot be resolved"},
	} {
		client, err := image.New(image.Config{Registries: []string{tc.host}, Transport: tc.transport, Now: newClock().now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Source(t.Context(), image.Reference{Image: tc.host + "/acme/checkout:1.0"})
		if tc.says == "" && err != nil || tc.says != "" && (!errors.Is(err, image.ErrUnreachable) || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v, want %q", tc.host, err, tc.says)
		}
	}
}

func TestARegistryThatSpeaksHTTPAloneIsNotAskedByHTTP(t *testing.T) {
	fake := newFakeRegistry(t)
	ref := fake.push(t, "acme/checkout:1.0", labelled(1))
	client := fake.client(t, func(c *image.Config) { c.Registries = []string{fake.Host} })
	if _, err := client.Source(t.Context(), image.Reference{Image: ref}); !errors.Is(err, image.ErrUnreachable) {
		t.Errorf("%v, want %v", err, image.ErrUnreachable)
	}
	if requests := fake.Taken(); len(requests) != 0 {
		t.Errorf("it got %v", requests)
	}
}
