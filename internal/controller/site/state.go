package site

import (
	"crypto/sha256"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// state is what is known of a site between two passes. It belongs to the pass: those of a site do not overlap. A new
// manager starts with nothing, probes every site once, and sends nothing that was answered.
type state struct {
	uid types.UID
	// problems are those of the spec of this generation.
	generation int64
	problems   []record.Problem
	// client talks to Jira; fingerprint is that of its configuration.
	client      *jira.Client
	fingerprint [sha256.Size]byte
	health      health
	queue       *outbox.Queue
	// host is that of the spec, for links to issues.
	host string
	// explained is when the pending records were last told why they wait, and why.
	explained time.Time
	why       string
}

// states are those of all sites. The zero value is ready for use.
type states struct {
	mu     sync.Mutex
	bySite map[string]*state
}

// of returns the state of a site. A site that was deleted and created anew starts anew.
func (s *states) of(site *v1alpha1.JiraSite) *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.bySite[site.Name]
	if found == nil || found.uid != site.UID {
		found = &state{uid: site.UID}
		found.queue = found.newQueue(site.Name)
		if s.bySite == nil {
			s.bySite = map[string]*state{}
		}
		s.bySite[site.Name] = found
	}
	found.host = site.Spec.Host
	return found
}

func (s *states) forget(site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.bySite, site)
}

func (s *state) newQueue(site string) *outbox.Queue {
	browse := func(key string) string { return record.BrowseURL(s.host, key) }
	return outbox.NewQueue(site, func(o metav1.Object) outbox.Message {
		return outbox.FromDeployment(o.(*v1alpha1.JiraDeployment), browse)
	})
}
