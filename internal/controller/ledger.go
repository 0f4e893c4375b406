package controller

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// ledger remembers Jira's answers until the cache shows them: a cache that lags behind a status write, or a
// write that failed, must not cause a second send. It holds no more than what is pending. It belongs to the
// pass of one site, and passes of a site do not overlap.
type ledger struct {
	entries map[types.UID]*entry
	// refusals are those of whole requests.
	refusals outbox.Refusals
}

type entry struct {
	outcome outbox.Outcome
	written bool
}

// sync forgets the answers that the cache shows, and returns those that are not written yet. pending are the
// records that the cache shows as pending.
func (l *ledger) sync(pending []v1alpha1.JiraDeployment) []outbox.Outcome {
	if len(l.entries) == 0 {
		return nil
	}
	lagging := make(map[types.UID]*entry, len(l.entries))
	var unwritten []outbox.Outcome
	for i := range pending {
		e, known := l.entries[pending[i].UID]
		if !known || e.generation() < pending[i].Generation {
			continue
		}
		lagging[pending[i].UID] = e
		if !e.written {
			unwritten = append(unwritten, e.outcome)
		}
	}
	l.entries = lagging
	return unwritten
}

// answered says whether Jira has answered the record's generation.
func (l *ledger) answered(d *v1alpha1.JiraDeployment) bool {
	e, known := l.entries[d.UID]
	return known && e.generation() >= d.Generation
}

// unanswered returns those of the records whose generation Jira has not answered.
func (l *ledger) unanswered(records []v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	var left []*v1alpha1.JiraDeployment
	for i := range records {
		if !l.answered(&records[i]) {
			left = append(left, &records[i])
		}
	}
	return left
}

// note remembers answers, before they are written.
func (l *ledger) note(outcomes []outbox.Outcome) {
	for _, outcome := range outcomes {
		l.entries[outcome.Item.Record.UID] = &entry{outcome: outcome}
	}
}

func (l *ledger) wrote(outcome outbox.Outcome) {
	l.entries[outcome.Item.Record.UID].written = true
}

func (e *entry) generation() int64 {
	return e.outcome.Condition.ObservedGeneration
}

// ledgers are the ledgers of all sites. The zero value is ready for use.
type ledgers struct {
	mu     sync.Mutex
	bySite map[string]*ledger
}

func (l *ledgers) of(site string) *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bySite == nil {
		l.bySite = map[string]*ledger{}
	}
	if l.bySite[site] == nil {
		l.bySite[site] = &ledger{entries: map[types.UID]*entry{}}
	}
	return l.bySite[site]
}

func (l *ledgers) forget(site string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.bySite, site)
}
