// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"
)

// Filter is what the page's address asks for. What is empty keeps everything.
type Filter struct {
	// Issue is a key, or its beginning: SHOP keeps SHOP-12, and SHOP-1 keeps SHOP-1 alone.
	Issue string
	// Environment is an environment's id, name or type.
	Environment            string
	Namespace, State, Site string
	// Since is how far back the page looks, as the address has it: 24h, 7d.
	Since string
	since time.Duration
	// Page counts from 1.
	Page int
}

// maxField bounds what is read of the address.
const maxField = 255

// ParseFilter reads a filter. The error says what is not understood; the filter then goes without it.
func ParseFilter(q url.Values) (Filter, error) {
	get := func(key string) string {
		text := strings.TrimSpace(q.Get(key))
		return text[:min(len(text), maxField)]
	}
	f := Filter{
		Issue: strings.ToUpper(get("issue")), Environment: get("environment"), Namespace: get("namespace"),
		State: get("state"), Site: get("site"), Since: get("since"), Page: 1,
	}
	if f.Since != "" {
		since, err := parseSince(f.Since)
		if err != nil {
			text := f.Since
			f.Since = ""
			return f, fmt.Errorf("since=%s is no span of time: write 90m, 24h or 7d", text)
		}
		f.since = since
	}
	if page := get("page"); page != "" {
		n, err := strconv.Atoi(page)
		if err != nil || n < 1 {
			return f, fmt.Errorf("page=%s is no number from 1 on", page)
		}
		f.Page = n
	}
	return f, nil
}

// parseSince reads a span of time, in days too.
func parseSince(text string) (time.Duration, error) {
	days, ok := strings.CutSuffix(text, "d")
	if !ok {
		return positive(time.ParseDuration(text))
	}
	n, err := strconv.Atoi(days)
	if err != nil || n > 36500 {
		return 0, fmt.Errorf("parse days: %q", text)
	}
	return positive(time.Duration(n)*24*time.Hour, nil)
}

func positive(d time.Duration, err error) (time.Duration, error) {
	if err == nil && d <= 0 {
		return 0, fmt.Errorf("not positive: %s", d)
	}
	return d, err
}

// Query returns the filter as part of an address, with another page.
func (f Filter) Query(page int) string {
	q := url.Values{}
	for key, value := range map[string]string{
		"issue": f.Issue, "environment": f.Environment, "namespace": f.Namespace, "state": f.State, "site": f.Site, "since": f.Since,
	} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// Active says whether the filter leaves out anything.
func (f Filter) Active() bool { f.Page = 0; return f.Query(0) != "" }

func (f Filter) keeps(r *Release, now time.Time) bool {
	return (f.Namespace == "" || r.Namespace == f.Namespace) &&
		(f.State == "" || r.State == f.State) &&
		(f.Site == "" || r.Site == f.Site) &&
		(f.since == 0 || now.Sub(r.At) <= f.since) &&
		(f.Environment == "" || r.Kind == Deployment && f.names(r.Environment)) &&
		(f.Issue == "" || slices.ContainsFunc(r.Issues, func(i Issue) bool { return f.keepsIssue(i.Key) }))
}

func (f Filter) names(e Environment) bool {
	return f.Environment == e.ID || strings.EqualFold(f.Environment, e.Name) || strings.EqualFold(f.Environment, e.Type)
}

// keepsIssue says whether the filter keeps a key. A whole key keeps itself alone.
func (f Filter) keepsIssue(key string) bool {
	return key == f.Issue || !strings.ContainsAny(f.Issue, "0123456789") && strings.HasPrefix(key, f.Issue)
}

// Choices are what the filter can be set to: the values, each list sorted.
type Choices struct{ Environments, Namespaces, States, Sites []string }

// maxChoices bounds a list of choices: beyond it, the address says it.
const maxChoices = 500

// Choices returns what the board's releases can be filtered by. Environments go in the order of promotion.
func (b *Board) Choices() Choices {
	namespaces, states, sites := sets.New[string](), sets.New[string](), sets.New[string]()
	environments := map[string]Environment{}
	for _, r := range b.releases {
		namespaces.Insert(r.Namespace)
		states.Insert(r.State)
		sites.Insert(r.Site)
		if r.Kind == Deployment {
			environments[r.Environment.Name] = r.Environment
		}
	}
	c := Choices{Namespaces: first(sets.List(namespaces)), States: first(sets.List(states)), Sites: first(sets.List(sites))}
	for _, e := range first(slices.SortedFunc(maps.Values(environments), compareEnvironments)) {
		c.Environments = append(c.Environments, e.Name)
	}
	return c
}

func first[T any](all []T) []T { return all[:min(len(all), maxChoices)] }

// promotion is the order in which a release goes through the environments.
var promotion = []string{"development", "testing", "staging", "production", "unmapped"}

func compareEnvironments(a, b Environment) int {
	return cmp.Or(
		cmp.Compare(slices.Index(promotion, a.Type), slices.Index(promotion, b.Type)),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}
