// SPDX-License-Identifier: Apache-2.0

// Command dashboard writes the Grafana dashboard of the chart, charts/rollcall/dashboards/rollcall.json, from the rows of
// panels in this folder: a title, a description, a unit and queries each. Run it in the root of the repository:
// go run ./hack/dashboard
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

const file = "charts/rollcall/dashboards/rollcall.json"

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "dashboard:", err)
		os.Exit(1)
	}
}

func write() error {
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(makeDashboard()); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return os.WriteFile(file, content.Bytes(), 0o644) //nolint:gosec // it is committed, for everybody to read
}
