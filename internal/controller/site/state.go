package site

import (
	"crypto/sha256"
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

// stateOf returns the state of a site. A site that was deleted and created anew starts anew.
func (r *Reconciler) stateOf(site *v1alpha1.JiraSite) *state {
	known, _ := r.states.Load(site.Name)
	s, _ := known.(*state)
	if s == nil || s.uid != site.UID {
		s = &state{uid: site.UID}
		browse := func(key string) string { return record.BrowseURL(s.host, key) }
		s.queue = outbox.NewQueue(site.Name, func(o metav1.Object) outbox.Message {
			return outbox.FromDeployment(o.(*v1alpha1.JiraDeployment), browse)
		})
		r.states.Store(site.Name, s)
	}
	s.host = site.Spec.Host
	return s
}
