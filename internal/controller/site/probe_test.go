// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// probes returns how often a credential probed.
func (p *post) probes(clientID string) int {
	count := 0
	for _, request := range p.jira.Requests() {
		if request.ClientID == clientID && strings.Contains(request.Path, "/pipelines/rollcall-probe/") {
			count++
		}
	}
	return count
}

func TestASiteThatIsSentNothingIsProbedEveryFiveMinutes(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second)
	before := p.probes("acme")
	for range 60 {
		from := p.now
		p.passFor("acme", 5*time.Minute)
		if got := p.probes("acme") - before; got < 1 || got > 2 {
			t.Fatalf("%d probes within five minutes from %s, want 1 or 2", got, from)
		}
		before = p.probes("acme")
	}
}

// What Jira takes proves more than a probe does: a site that is sent something every minute is not probed.
func TestADeliveryCountsAsAProbe(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second)
	before := p.probes("acme")
	for i := range 30 {
		p.create(makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1"))
		p.passFor("acme", time.Minute)
	}
	if got := p.probes("acme") - before; got > 0 {
		t.Errorf("%d probes of a site that takes a record every minute, want none", got)
	}
	if got, want := p.site("acme").Status.LastProbeTime.Time, p.now.Add(-2*time.Minute); got.Before(want) {
		t.Errorf("lastProbeTime is %s, want it after %s: Jira took a record since", got, want)
	}
}

// readyAt returns a site that was Ready when it was last probed.
func readyAt(uid string, probed time.Time) *v1alpha1.JiraSite {
	site := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), Generation: 1}}
	site.Status.ObservedGeneration = 1
	site.Status.LastProbeTime = metav1.NewTime(probed)
	site.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}}
	return site
}

// Three hundred sites, in one cluster or in as many, whose managers start at one moment: never do more than a dozen probe within
// a second. That is so for the first time, and an hour later.
func TestSitesThatStartTogetherDoNotProbeTogether(t *testing.T) {
	const sites = 300
	var times []time.Time
	for i := range sites {
		site := readyAt(fmt.Sprintf("uid-%d", i), noon.Add(-24*time.Hour))
		h := health{provedAt: workedBefore(site, time.Time{}, noon)}
		for at := h.due(site.UID); at.Before(noon.Add(time.Hour)); at = h.due(site.UID) {
			if wait := at.Sub(latestOf(noon, h.provedAt)); wait < 0 || wait > probeInterval {
				t.Fatalf("site %d waits %s for its probe, want at most %s", i, wait, probeInterval)
			}
			times = append(times, at)
			h.proved(at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	if probes := len(times); probes < sites*12 || probes > sites*15 {
		t.Errorf("%d probes within an hour, want 12 to 15 of each of %d sites", probes, sites)
	}
	for i := range times[12:] {
		if between := times[i+12].Sub(times[i]); between < time.Second {
			t.Fatalf("13 probes within %s at %s", between, times[i])
		}
	}
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// What a manager that starts does not know from the one before it is probed at once.
func TestWhatANewManagerProbesAtOnce(t *testing.T) {
	probed := noon.Add(-time.Minute)
	for name, tc := range map[string]struct {
		change        func(*v1alpha1.JiraSite)
		secretChanged time.Time
		atOnce        bool
	}{
		"nothing has changed":                    {func(*v1alpha1.JiraSite) {}, probed.Add(-time.Hour), false},
		"the probe was long ago":                 {func(s *v1alpha1.JiraSite) { s.Status.LastProbeTime = metav1.NewTime(noon.Add(-time.Hour)) }, time.Time{}, false},
		"a manager of before wrote no time":      {func(s *v1alpha1.JiraSite) { s.Status.LastProbeTime = metav1.Time{} }, probed, false},
		"the clock of the former one was ahead":  {func(s *v1alpha1.JiraSite) { s.Status.LastProbeTime = metav1.NewTime(noon.Add(time.Hour)) }, time.Time{}, false},
		"the spec has changed":                   {func(s *v1alpha1.JiraSite) { s.Generation++ }, time.Time{}, true},
		"the Secret has changed":                 {func(*v1alpha1.JiraSite) {}, probed.Add(time.Second), true},
		"the Secret changed in the same second":  {func(*v1alpha1.JiraSite) {}, probed, true},
		"the site is new":                        {func(s *v1alpha1.JiraSite) { s.Status = v1alpha1.JiraSiteStatus{} }, time.Time{}, true},
		"somebody waits for the site's recovery": {func(s *v1alpha1.JiraSite) { s.Status.Conditions[0].Status = metav1.ConditionFalse }, time.Time{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			site := readyAt("uid", probed)
			tc.change(site)
			h := health{provedAt: workedBefore(site, tc.secretChanged, noon)}
			if due := h.due(site.UID); due.After(noon) == tc.atOnce || due.After(noon.Add(probeInterval)) {
				t.Errorf("the probe is due at %v, %s after the start; want at once: %t", due, due.Sub(noon), tc.atOnce)
			}
		})
	}
}

// stamped is an API server that says when a Secret was last written.
type stamped struct {
	client.Reader
	at time.Time
}

// Get implements client.Reader.
func (s stamped) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	err := s.Reader.Get(ctx, key, o, options...)
	if secret, ok := o.(*corev1.Secret); ok {
		at := metav1.NewTime(s.at)
		secret.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl", Time: &at}, {Manager: "older"}}
	}
	return err
}

func TestANewManagerAsksJiraNothingThatTheOldOneKnew(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Minute)
	before, writes := len(p.jira.Requests()), p.siteWrites.Load()
	p.r.states.Clear()
	p.pass("acme")
	if got := len(p.jira.Requests()) - before; got > 0 {
		t.Errorf("a new manager began with %d requests, want none", got)
	}
	if got := p.siteWrites.Load() - writes; got > 0 {
		t.Errorf("a new manager began with %d writes, want none", got)
	}
	if got := p.site("acme").Status.CloudID; got != p.jira.CloudID() {
		t.Errorf("the status has the cloud id %q, want that of the site", got)
	}
	p.create(makeRecord("acme", "web", "SHOP-1")) // is sent without a probe
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
	if got := p.probes("acme"); got != 1 {
		t.Errorf("%d probes, want that of the first manager alone", got)
	}

	p.r.states.Clear()
	p.r.APIReader = stamped{p.kube, p.now}
	p.pass("acme")
	if got := p.probes("acme"); got != 2 {
		t.Errorf("%d probes after the Secret was changed while no manager ran, want another one at once", got)
	}
}

// A site that a new manager takes for Ready, and that is not, says so with the first request.
func TestANewManagerFindsOutThatACredentialWasRevoked(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Minute)
	p.passFor("pay", time.Minute)
	p.jira.RevokeCredential("acme")
	p.r.states.Clear()
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	p.passFor("pay", time.Second)
	p.expectReady("acme", v1alpha1.ReasonCredentialsRejected)
	p.expectReasons("acme", map[string]int{siteNotReady: 1})
	p.expectReady("pay", v1alpha1.ReasonReady)

	p.r.states.Clear()
	p.jira.RevokeCredential("pay")
	p.passFor("pay", probeInterval) // nothing is sent: the probe tells
	p.expectReady("pay", v1alpha1.ReasonCredentialsRejected)
	if conditions := p.site("pay").Status.Conditions; !meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionStalled) {
		t.Errorf("the site says %v, want that somebody has to act", conditions)
	}
}
