// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Metrics are what a manager serves at /metrics.
type Metrics string

// Scrape reads the metrics of a manager; none where they are not served yet.
func Scrape(ctx context.Context, address string) Metrics {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return ""
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return ""
	}
	return Metrics(text)
}

// Sum adds up the series of a metric whose labels hold a text.
func (m Metrics) Sum(name, label string) float64 {
	total := 0.0
	for line := range strings.Lines(string(m)) {
		labels, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok || !strings.HasPrefix(labels, name+"{") || !strings.Contains(labels, label) {
			continue
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			total += n
		}
	}
	return total
}

// Idle says whether the controllers whose names begin so have nothing to do. Where no metric is served, that is not known.
func (m Metrics) Idle(prefixes ...string) bool {
	for _, prefix := range prefixes {
		label := `controller="` + prefix
		if m.Sum("workqueue_depth", label) != 0 || m.Sum("controller_runtime_active_workers", label) != 0 {
			return false
		}
	}
	return m != ""
}

// FreeAddress returns an address of the loopback interface at which nobody listens.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
