// SPDX-License-Identifier: Apache-2.0

package view

import (
	"net/url"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Records are what the views are made of. Nothing in them is changed.
type Records struct {
	Deployments []*v1alpha1.JiraDeployment
	Builds      []*v1alpha1.JiraBuild
	Sites       []*v1alpha1.JiraSite
}

// Board is the records as releases, the newest first.
type Board struct {
	now      time.Time
	releases []*Release
	sites    []*v1alpha1.JiraSite
	// browse is where a site's issues are shown, by the site's name.
	browse map[string]string
}

// New reads records at a time.
func New(records Records, now time.Time) *Board {
	b := &Board{now: now, sites: records.Sites, browse: map[string]string{}}
	for _, site := range records.Sites {
		b.browse[site.Name] = safeURL("https://" + site.Spec.Host + "/browse/")
	}
	b.releases = make([]*Release, 0, len(records.Deployments)+len(records.Builds))
	for _, d := range records.Deployments {
		b.releases = append(b.releases, b.fromDeployment(d))
	}
	for _, build := range records.Builds {
		b.releases = append(b.releases, b.fromBuild(build))
	}
	slices.SortFunc(b.releases, compareReleases)
	return b
}

// issue returns an issue at its site.
func (b *Board) issue(site, key string, unknown []string) Issue {
	i := Issue{Key: key, Unknown: slices.Contains(unknown, key)}
	if browse := b.browse[site]; browse != "" && !i.Unknown {
		i.URL = browse + url.PathEscape(key)
	}
	return i
}

// Filtered returns the board with the releases that a filter keeps.
func (b *Board) Filtered(f Filter) *Board {
	filtered := *b
	filtered.releases = nil
	for _, r := range b.releases {
		if f.keeps(r, b.now) {
			filtered.releases = append(filtered.releases, r)
		}
	}
	return &filtered
}

// Find returns the release of a record; nil where it is not there.
func (b *Board) Find(kind Kind, namespace, name string) *Release {
	for _, r := range b.releases {
		if r.Kind == kind && r.Namespace == namespace && r.Name == name {
			return r
		}
	}
	return nil
}

// Counts are the figures at the head of the page.
type Counts struct{ Issues, Services, UnderWay, Failed, Undelivered int }

// Counts counts what the board holds. Under way and failed are counted of the newest release of each pipeline.
func (b *Board) Counts() Counts {
	var c Counts
	issues, services, seen := map[string]bool{}, map[Service]bool{}, map[place]bool{}
	for _, r := range b.releases {
		for _, issue := range r.Issues {
			issues[issue.Key] = true
		}
		if r.Answer.Standing == Waiting || r.Answer.Standing == Refused {
			c.Undelivered++
		}
		if r.Kind != Deployment || r.Answer.Reason == v1alpha1.ReasonForeign {
			continue
		}
		services[r.Service] = true
		if at := placeOf(r); !seen[at] {
			seen[at] = true
			switch v1alpha1.DeploymentState(r.State) {
			case v1alpha1.StateInProgress, v1alpha1.StatePending:
				c.UnderWay++
			case v1alpha1.StateFailed:
				c.Failed++
			}
		}
	}
	c.Issues, c.Services = len(issues), len(services)
	return c
}

// place is a pipeline in an environment, at a site. What is newer there replaces what is older.
type place struct{ site, pipeline, environment string }

func placeOf(r *Release) place { return place{r.Site, r.Pipeline, r.Environment.ID} }
