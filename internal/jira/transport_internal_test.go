// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAProxyThatCannotBeParsedIsNotQuoted(t *testing.T) {
	proxy := quietly(func(*http.Request) (*url.URL, error) {
		return nil, fmt.Errorf("invalid proxy address %q", "http://user:hunter2@:x")
	})
	if u, err := proxy(nil); u != nil || err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, %v; want an error without the password", u, err)
	}
}
