// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/rollcall-dev/rollcall/internal/page/view"
)

//go:embed assets
var assets embed.FS

// handler answers with pages.
type handler struct {
	source  Source
	now     func() time.Time
	pages   pages
	streams chan struct{}
}

// New returns the pages of a source, which answer at an address alone: 127.0.0.1:8080.
func New(source Source, now func() time.Time, address string) (http.Handler, error) {
	parsed, err := parsePages()
	if err != nil {
		return nil, err
	}
	static, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	p := &handler{source: source, now: now, pages: parsed, streams: make(chan struct{}, maxStreams)}
	mux := http.NewServeMux()
	for _, v := range views {
		mux.HandleFunc("GET "+v.pattern, p.show(v))
	}
	mux.HandleFunc("GET /records/{kind}/{namespace}/{name}", p.record)
	mux.HandleFunc("GET /events", p.events)
	mux.Handle("GET /static/", http.StripPrefix("/static", http.FileServerFS(static)))
	mux.HandleFunc("/", p.missing)
	return guard(address, mux), nil
}

// viewPage is a view of the page: a row of the navigation.
type viewPage struct {
	Name, Title, Path, pattern string
	body                       func(*view.Board, view.Filter) any
}

// undelivered is the view that can tell of workloads, too.
const undelivered = "undelivered"

var views = []viewPage{
	{"issues", "Where is it?", "/", "/{$}", func(b *view.Board, f view.Filter) any { return b.Matrix(f) }},
	{"services", "What runs where?", "/services", "/services", func(b *view.Board, f view.Filter) any { return b.Services(f) }},
	{"timeline", "Timeline", "/timeline", "/timeline", func(b *view.Board, f view.Filter) any { return b.Timeline(f) }},
	{undelivered, "Not in Jira", "/undelivered", "/undelivered", func(b *view.Board, _ view.Filter) any { return b.Undelivered() }},
}

// show answers with a view.
func (p *handler) show(v viewPage) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		filter, err := view.ParseFilter(r.URL.Query())
		d := p.data(v.Name, v.Title, filter)
		if err != nil {
			d.Problem = err.Error()
		}
		d.Body = v.body(d.board, filter)
		if v.Name == undelivered {
			p.look(r, d)
		}
		p.write(w, http.StatusOK, d)
	}
}

// record answers with a record.
func (p *handler) record(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	d := p.data("record", name, view.Filter{Page: 1})
	release := d.board.Find(view.Kind(r.PathValue("kind")), r.PathValue("namespace"), name)
	if release == nil {
		p.missing(w, r)
		return
	}
	d.Body = release
	p.write(w, http.StatusOK, d)
}

// missing answers where there is nothing.
func (p *handler) missing(w http.ResponseWriter, _ *http.Request) {
	p.write(w, http.StatusNotFound, p.data("missing", "Not here", view.Filter{Page: 1}))
}

// data returns what every page has.
func (p *handler) data(name, title string, f view.Filter) *data {
	d := &data{View: name, Title: title, Views: views, Snapshot: p.source.Snapshot(), Filter: f, Now: p.now()}
	all := view.New(d.Snapshot.Records, d.Now)
	d.board = all.Filtered(f)
	d.Choices, d.Counts, d.Troubled = all.Choices(), d.board.Counts(), all.Troubled()
	return d
}

// write writes a page as a whole, or an error.
func (p *handler) write(w http.ResponseWriter, status int, d *data) {
	var b bytes.Buffer
	if err := p.pages.execute(&b, d); err != nil {
		http.Error(w, "The page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // it fails where the browser went away
}
