// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Dashboard is what a test, and the picture, need to know of the chart's dashboard.
type Dashboard struct {
	Title      string
	Editable   bool
	Templating struct{ List []Variable }
	Panels     []Panel
}

// Variable is a choice of the reader.
type Variable struct {
	Name, Label, Type, AllValue string
	Query                       json.RawMessage
	Datasource                  Source
	Multi, IncludeAll           bool
	Refresh                     int
}

// Source is where a panel or a query reads.
type Source struct{ UID string }

// Panel is one picture of the dashboard, or the title of a row of them.
type Panel struct {
	Type, Title, Description string
	Datasource               Source
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []Query
	FieldConfig              struct{ Defaults Field }
	Options                  struct{ TextMode string }
}

// Row says whether the panel is the title of a row.
func (p Panel) Row() bool { return p.Type == "row" }

// Field says how the values of a panel look.
type Field struct {
	Unit, NoValue string
	Custom        struct{ Stacking struct{ Mode string } }
	Mappings      []struct {
		Options map[string]struct{ Text, Color string }
	}
	Thresholds struct {
		Steps []struct {
			Color string
			Value *float64
		}
	}
}

// Query is one query of a panel.
type Query struct {
	Expr         string
	LegendFormat string
	Instant      bool
	Datasource   Source
}

// LoadDashboard reads the chart's dashboard. root is the folder of the repository.
func LoadDashboard(root string) (Dashboard, error) {
	var d Dashboard
	content, err := os.ReadFile(filepath.Join(root, "charts", "rollcall", "dashboards", "rollcall.json"))
	if err != nil {
		return d, fmt.Errorf("read dashboard: %w", err)
	}
	if err := json.Unmarshal(content, &d); err != nil {
		return d, fmt.Errorf("read dashboard: %w", err)
	}
	return d, nil
}

// Choice is what a reader of the dashboard chose: an install, and the time shown.
type Choice struct {
	Namespace string
	Range     time.Duration
}

// rateInterval is what Grafana makes of $__rate_interval where Prometheus scrapes each second.
const rateInterval = "15s"

// Of returns a query as Grafana sends it for the choice: all jobs, instances and sites, and no label cluster.
func (c Choice) Of(q Query) string {
	return strings.NewReplacer(
		"$cluster", "", "$namespace", c.Namespace, "$job", ".+", "$instance", ".+", "$site", ".+",
		"$__rate_interval", rateInterval, "$__range_s", fmt.Sprint(c.seconds()), "$__range", fmt.Sprintf("%ds", c.seconds()),
	).Replace(q.Expr)
}

func (c Choice) seconds() int { return int(c.Range.Seconds()) }
