// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Undelivered is what Jira was not told, and why.
type Undelivered struct {
	Sites []Site
	// Groups are the records that Jira has not, by reason: those first for which somebody has to act.
	Groups []Group
}

// Group is the records that Jira has not for one reason.
type Group struct {
	Standing Standing
	Reason   string
	Total    int
	// Releases are the newest of them.
	Releases []*Release
}

// maxInGroup is how many records of a reason are shown.
const maxInGroup = 25

// Site is a JiraSite, and whether it works.
type Site struct {
	Name, Host, URL string
	Ready           bool
	Reason, Message string
	Pending         int32
	OldestPending   time.Time
	LastAccepted    time.Time
	// Notes are further conditions that are not as they should be.
	Notes []string
}

// Undelivered returns the sites, and the records that Jira has not.
func (b *Board) Undelivered() Undelivered {
	var u Undelivered
	for _, site := range b.sites {
		u.Sites = append(u.Sites, siteOf(site))
	}
	slices.SortFunc(u.Sites, func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	groups := map[string]*Group{}
	for _, r := range b.releases {
		if r.Answer.Standing == Told {
			continue
		}
		g := groups[r.Answer.Reason]
		if g == nil {
			g = &Group{Standing: r.Answer.Standing, Reason: r.Answer.Reason}
			groups[r.Answer.Reason] = g
		}
		g.Total++
		if len(g.Releases) < maxInGroup {
			g.Releases = append(g.Releases, r)
		}
	}
	order := []Standing{Refused, Waiting, Untold}
	for _, g := range slices.SortedFunc(maps.Values(groups), func(a, b *Group) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Standing), slices.Index(order, b.Standing)),
			cmp.Compare(b.Total, a.Total), cmp.Compare(a.Reason, b.Reason))
	}) {
		u.Groups = append(u.Groups, *g)
	}
	return u
}

func siteOf(s *v1alpha1.JiraSite) Site {
	site := Site{
		Name: s.Name, Host: s.Spec.Host, URL: safeURL("https://" + s.Spec.Host), Reason: "Unknown",
		Message:       "No manager has looked at it yet: is Rollcall running?",
		OldestPending: s.Status.OldestPending.Time, LastAccepted: s.Status.LastAccepted.Time,
	}
	if s.Status.Pending != nil {
		site.Pending = *s.Status.Pending
	}
	if ready := meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		site.Ready, site.Reason, site.Message = ready.Status == metav1.ConditionTrue, ready.Reason, ready.Message
	}
	for _, kind := range []string{v1alpha1.ConditionBuildsPermissionMissing, v1alpha1.ConditionReadBackDiffers} {
		if c := meta.FindStatusCondition(s.Status.Conditions, kind); c != nil && c.Status == metav1.ConditionTrue {
			site.Notes = append(site.Notes, kind+": "+c.Message)
		}
	}
	return site
}

// Troubled says whether a site of the board does not work.
func (b *Board) Troubled() []Site {
	var troubled []Site
	for _, s := range b.sites {
		if site := siteOf(s); !site.Ready {
			troubled = append(troubled, site)
		}
	}
	slices.SortFunc(troubled, func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	return troubled
}
