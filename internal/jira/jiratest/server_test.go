// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestAServerListensWhereItIsTold(t *testing.T) {
	one := start(t).site
	if !strings.HasPrefix(one.Host(), "127.0.0.1:") || one.URL() != "http://"+one.Host() || one.CAPEM() != nil {
		t.Errorf("got %s at %s, want http on 127.0.0.1", one.URL(), one.Host())
	}
	if _, err := jiratest.Start(jiratest.WithAddress(one.Host())); err == nil {
		t.Error("got no error for an address that is taken")
	}
	one.Close()
	http.DefaultClient.CloseIdleConnections()
	again := start(t, jiratest.WithAddress(one.Host())).site
	if again.Host() != one.Host() {
		t.Errorf("got %s, want %s again", again.Host(), one.Host())
	}
}

func TestTheCertificateIsGoodForItsNames(t *testing.T) {
	site, err := jiratest.Start(jiratest.WithTLS("jira.test", "127.0.0.2"))
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(site.CAPEM()) {
		t.Fatal("the authority's certificate cannot be read")
	}
	if !strings.HasPrefix(site.URL(), "https://") {
		t.Errorf("got %s, want https", site.URL())
	}
	for name, want := range map[string]bool{
		"127.0.0.1": true, "localhost": true, "jira.test": true, "127.0.0.2": true, "other.test": false,
	} {
		conn, err := tls.Dial("tcp", site.Host(), &tls.Config{RootCAs: roots, ServerName: name})
		if (err == nil) != want {
			t.Errorf("%s: got %v, want it to be good: %t", name, err, want)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

func TestAClosedServerIsGone(t *testing.T) {
	site := start(t).site
	site.Close()
	if conn, err := net.Dial("tcp", site.Host()); err == nil {
		_ = conn.Close()
		t.Error("somebody still listens")
	}
}

func TestAnotherMethodIsRefused(t *testing.T) {
	c := start(t)
	if status, _ := c.send(http.MethodPut, c.site.URL()+"/oauth/token", "", ""); status != http.StatusNotFound {
		t.Errorf("got %d, want 404", status)
	}
}
