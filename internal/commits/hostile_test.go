package commits_test

import (
	"net/http"
	"testing"
)

// noTransport fails a test that sends anything.
type noTransport struct{ t *testing.T }

func (n noTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s is sent", r.Method, r.URL)
	return nil, http.ErrUseLastResponse
}
