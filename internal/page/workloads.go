// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/page/view"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// Explainer is a Source that also knows why workloads have no record. All workloads are read for that, so it is asked only where
// somebody wants to know.
type Explainer interface {
	Unrecorded(ctx context.Context) (view.Workloads, error)
}

// keepsFor is how long an answer about workloads holds: the page asks anew with each change of a record.
const keepsFor = 30 * time.Second

// Unrecorded implements Explainer. It asks the rules of the manager, with the rights of the client.
func (l *Live) Unrecorded(ctx context.Context) (view.Workloads, error) {
	l.looking.Lock()
	defer l.looking.Unlock()
	if now := l.now(); now.Sub(l.looked.At) < keepsFor {
		return l.looked, nil
	}
	var namespaces []string
	if l.scope != "" {
		namespaces = []string{l.scope}
	}
	s, err := snapshot.Read(ctx, l.client, snapshot.Options{Namespaces: namespaces})
	if err != nil {
		return view.Workloads{}, fmt.Errorf("read workloads: %w", err)
	}
	explainer, err := explain.New(ctx, s, explain.Options{Now: l.now})
	if err != nil {
		return view.Workloads{}, fmt.Errorf("explain workloads: %w", err)
	}
	all, err := explainer.All(ctx)
	if err != nil {
		return view.Workloads{}, fmt.Errorf("explain workloads: %w", err)
	}
	found := view.Workloads{At: l.now()}
	for _, gap := range s.Gaps() {
		found.Gaps = append(found.Gaps, gap.String())
	}
	for _, e := range all {
		found.Add(workloadOf(e))
	}
	l.looked = found
	return found, nil
}

// workloadOf returns what the page shows of an explanation.
func workloadOf(e *explain.Explanation) view.Workload {
	w := view.Workload{Kind: e.Workload.Kind, Namespace: e.Workload.Namespace, Name: e.Workload.Name}
	if e.Problem != "" {
		w.Why = append(w.Why, e.Problem)
	}
	for _, site := range e.Sites {
		w.Recorded = w.Recorded || site.Record != nil || site.Would != nil
		w.Selected = w.Selected || site.Selected
		if site.NotSelected != "" {
			w.Why = append(w.Why, site.NotSelected)
			continue
		}
		for _, note := range site.Notes {
			w.Why = append(w.Why, note.Text)
		}
		for _, key := range site.NearMisses {
			w.Why = append(w.Why, fmt.Sprintf("%s: %s", key.Key, key.Because))
		}
	}
	slices.Sort(w.Why)
	w.Why = slices.Compact(w.Why)
	return w
}

// look adds the workloads that have no record, where the address asks for them.
func (p *handler) look(r *http.Request, d *data) {
	explainer, ok := p.source.(Explainer)
	d.CanLook = ok
	if !ok || !r.URL.Query().Has("workloads") {
		return
	}
	found, err := explainer.Unrecorded(r.Context())
	if err != nil {
		d.Snapshot.Notices = append(d.Snapshot.Notices, "The workloads could not be read: "+err.Error())
		return
	}
	found = found.Of(d.Filter)
	d.Workloads = &found
}
