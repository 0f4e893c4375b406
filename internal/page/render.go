// SPDX-License-Identifier: Apache-2.0

package page

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/internal/page/view"
)

//go:embed templates
var templates embed.FS

// data is what a page is made of.
type data struct {
	View, Title string
	Views       []viewPage
	Snapshot    Snapshot
	Filter      view.Filter
	// Problem is what of the address was not understood.
	Problem  string
	Choices  view.Choices
	Counts   view.Counts
	Troubled []view.Site
	Now      time.Time
	Body     any
	// Workloads are those without a record, where the address asks for them; CanLook says that it may.
	Workloads *view.Workloads
	CanLook   bool
	board     *view.Board
}

// Ago says how long ago a time was: "3 min ago".
func (d *data) Ago(t time.Time) string {
	span := d.Now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case span < 0:
		return "in the future"
	case span < 10*time.Second:
		return "just now"
	case span < time.Minute:
		return fmt.Sprintf("%d s ago", int(span.Seconds())/10*10)
	case span < time.Hour:
		return fmt.Sprintf("%d min ago", int(span.Minutes()))
	case span < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(span.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(span.Hours()/24))
}

// Clock and Day write a time as its reader's clock and calendar do.
func (d *data) Clock(t time.Time) string { return t.In(d.Now.Location()).Format("15:04") }

// Day writes the day of a time.
func (d *data) Day(t time.Time) string {
	return t.In(d.Now.Location()).Format("Monday, 2 January 2006")
}

// Exact writes a time in full.
func (d *data) Exact(t time.Time) string {
	return t.In(d.Now.Location()).Format("2006-01-02 15:04:05 MST")
}

// ManySites says that names of sites tell something.
func (d *data) ManySites() bool { return len(d.Choices.Sites) > 1 }

var functions = template.FuncMap{
	"rfc3339": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"words":   func(state string) string { return strings.ReplaceAll(state, "_", " ") },
	"issuePath": func(key string) string {
		return "/?" + url.Values{"issue": {key}}.Encode()
	},
	"add":    func(a, b int) int { return a + b },
	"list":   func(values ...any) []any { return values },
	"pair":   func(d *data, value any) map[string]any { return map[string]any{"D": d, "V": value} },
	"orRoot": func(query string) string { return cmp.Or(query, "?") },
	"spans":  spans,
}

// spans are the choices of how far back the page looks, with the one that the address has.
func spans(chosen string) []string {
	all := []string{"1h", "24h", "7d", "30d"}
	if chosen != "" && !slices.Contains(all, chosen) {
		all = append(all, chosen)
	}
	return all
}

// pages are the templates, one a view, each with the layout.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	parsed := pages{}
	names := []string{"record", "missing"}
	for _, v := range views {
		names = append(names, v.Name)
	}
	for _, name := range names {
		t, err := template.New("layout.html").Funcs(functions).ParseFS(templates, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		parsed[name] = t
	}
	return parsed, nil
}

func (p pages) execute(w io.Writer, d *data) error {
	if err := p[d.View].Execute(w, d); err != nil {
		return fmt.Errorf("execute template: %w", err)
	}
	return nil
}
