// SPDX-License-Identifier: Apache-2.0

package image

import (
	"strings"
	"testing"
)

func TestRepositoriesThatImagesName(t *testing.T) {
	const https = "https://github.com/acme/checkout"
	for text, want := range map[string]struct{ repository, fragment string }{
		https:                                              {https, ""},
		https + ".git":                                     {https + ".git", ""},
		https + "/":                                        {https, ""},
		" " + https + "\n":                                 {https, ""},
		"HTTPS://GitHub.com/acme/checkout":                 {https, ""},
		"https://github.com:443/acme/checkout":             {https, ""},
		https + ".git#main":                                {https + ".git", "main"},
		https + ".git#" + id40 + ":16/bookworm":            {https + ".git", id40},
		https + "?tab=readme":                              {https, ""},
		"git+" + https:                                     {https, ""},
		"git://github.com/acme/checkout.git":               {https + ".git", ""},
		"git@github.com:acme/checkout.git":                 {https + ".git", ""},
		"ssh://git@github.com/acme/checkout.git":           {https + ".git", ""},
		"ssh://git@git.example.com:7999/acme/checkout.git": {"https://git.example.com/acme/checkout.git", ""},
		"github.com/acme/checkout":                         {https, ""},
		"git.example.com:3000/acme/checkout":               {"https://git.example.com:3000/acme/checkout", ""},
		"http://127.0.0.1:3000/acme/checkout":              {"http://127.0.0.1:3000/acme/checkout", ""},
		"https://dev.azure.com/acme/My%20Shop/_git/web":    {"https://dev.azure.com/acme/My%20Shop/_git/web", ""},
		"https://git.sr.ht/~acme/checkout":                 {"https://git.sr.ht/~acme/checkout", ""},
		"https://gitlab.com/a/b/c/d.git":                   {"https://gitlab.com/a/b/c/d.git", ""},

		// A password stays out, whatever its form.
		"https://x-access-token:ghp_c4n4ry@github.com/acme/checkout": {https, ""},
		"https://gitlab-ci-token:c4n4ry@github.com/acme/checkout":    {https, ""},
		"https://c4n4ry@github.com/acme/checkout":                    {https, ""},

		// What is no repository's URL, or not a plain one.
		"": {}, "unknown": {}, "checkout": {}, "acme/checkout": {}, "/srv/git/checkout": {}, "../checkout": {},
		"file:///srv/git/checkout": {}, "javascript:alert(1)": {}, "https://": {}, "https://github.com": {}, "https://github.com/": {},
		"ext::sh -c touch% /tmp/x": {}, "--upload-pack=x": {}, "svn+ssh://example.com/x": {},
		"https://github.com/../acme/checkout": {}, "https://github.com/acme/..": {}, "https://github.com/acme/%2e%2e/x": {},
		"https://github.com/acme//checkout": {}, "https://github.com/acme%2fcheckout": {}, `https://github.com/acme\checkout`: {},
		"https://github.com/acme/check\nout": {}, "https://gіthub.com/acme/checkout": {}, "https://[::1]/acme/checkout": {},
		"https://git..hub.com/acme/checkout": {}, "https://-x.com/acme": {}, "https://github.com:99999999/a b": {},
		"https://github.com/" + strings.Repeat("a", 600): {},
	} {
		repository, fragment := parseRepository(text)
		if repository != want.repository || fragment != want.fragment {
			t.Errorf("%q names %q and %q, want %q and %q", text, repository, fragment, want.repository, want.fragment)
		}
	}
}

func TestACommitInTheRepositorysFragmentIsItsRevision(t *testing.T) {
	const repository = "https://github.com/docker-library/postgres.git"
	for fragment, want := range map[string]Source{
		"#" + id40 + ":16/bookworm": {From: ConfigLabel, Repository: repository, Revision: id40, Precision: FullID},
		"#main":                     {From: ConfigLabel, Repository: repository}, // it moves, and nobody called it a revision
		"":                          {From: ConfigLabel, Repository: repository},
	} {
		if got := pair(ConfigLabel, repository+fragment, ""); got != want {
			t.Errorf("%q gives %+v, want %+v", fragment, got, want)
		}
	}
}
