package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// caughtUp says, from the manager's own metrics, whether it has looked at as many Deployments as there are, has
// nothing left in its queue, and may send to Jira.
func caughtUp(metrics string, deployments int) bool {
	const queue = `="workload-deployments"`
	return sum(metrics, "controller_runtime_reconcile_total", queue) >= float64(deployments) &&
		sum(metrics, "workqueue_depth", queue) == 0 &&
		sum(metrics, "controller_runtime_active_workers", queue) == 0 &&
		sum(metrics, "rollcall_site_ready", siteName) == 1
}

// scrape reads metrics; none where they are not served yet.
func scrape(ctx context.Context, address string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return ""
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return string(text)
}

// sum adds up the series of a metric whose labels hold a text.
func sum(metrics, name, label string) float64 {
	total := 0.0
	for line := range strings.Lines(metrics) {
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

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
