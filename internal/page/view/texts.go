// SPDX-License-Identifier: Apache-2.0

package view

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// Service is what is deployed, in whichever environment: shop-dev/web and shop-prod/web are the service web of shop.
type Service struct{ Group, Name string }

// String returns the service's name, with its group where it has one.
func (s Service) String() string {
	if s.Group == "" {
		return s.Name
	}
	return s.Group + "/" + s.Name
}

// serviceOf returns the service of a workload. Its group is the namespace's name without the words that tell an environment.
func serviceOf(namespace, name string) Service {
	parts := strings.FieldsFunc(namespace, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var group []string
	for _, part := range parts {
		if environment.Guess(part) == environment.Unmapped && part != "pre" {
			group = append(group, part)
		}
	}
	return Service{Group: strings.Join(group, "-"), Name: name}
}

// plainHost is what a host of a link may be: a name or an address, with a port.
var plainHost = regexp.MustCompile(`^[\p{L}\p{N}.\[\]:_-]+$`)

// safeURL returns a link that one may follow: http or https, a plain host, and no user before it, who would make it seem to lead
// elsewhere.
func safeURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || !plainHost.MatchString(u.Host) || u.User != nil {
		return ""
	}
	return u.String()
}

// short returns the beginning of a commit's id.
func short(commit string) string {
	const length = 7
	return commit[:min(length, len(commit))]
}

func revisionText(revision int64) string {
	if revision == 0 {
		return ""
	}
	return fmt.Sprintf("revision %d", revision)
}

func testsText(t *v1alpha1.BuildTests) string {
	if t == nil || t.Total == nil || t.Passed == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d tests", *t.Passed, *t.Total)
}
