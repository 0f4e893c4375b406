// SPDX-License-Identifier: Apache-2.0

package image

import (
	"strings"
	"testing"
)

const id40 = "41ac7e7d9b0f6c2e8a1d3b5f7091a2b3c4d5e6f7"

func TestRevisionsThatImagesName(t *testing.T) {
	id64 := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string]struct {
		revision  string
		precision Precision
	}{
		id40:                          {id40, FullID},
		"  " + id40 + "\n":            {id40, FullID},
		strings.ToUpper(id40):         {id40, FullID},
		id64:                          {id64, FullID},
		id40 + "-dirty":               {id40, FullID},
		"41ac7e7":                     {"41ac7e7", ShortID},
		"41ac7e7+dirty":               {"41ac7e7", ShortID},
		"v1.2-3-g41ac7e7":             {"41ac7e7", ShortID},
		"v1.2-3-g41ac7e7-dirty":       {"41ac7e7", ShortID},
		"20240102":                    {"20240102", ShortID},
		"41ac7e":                      {"41ac7e", Name},
		"main":                        {"main", Name},
		"v1.2.3":                      {"v1.2.3", Name},
		"refs/heads/feature/SHOP-12":  {"refs/heads/feature/SHOP-12", Name},
		"":                            {},
		"unknown":                     {},
		"Unknown":                     {},
		"HEAD":                        {},
		"<no value>":                  {},
		"$GIT_COMMIT":                 {},
		"${{ github.sha }}":           {},
		strings.Repeat("0", 40):       {},
		"--upload-pack=touch /tmp/x":  {},
		"-x":                          {},
		"main..evil":                  {},
		"a@{1}":                       {},
		"main\nevil":                  {},
		"ma\u202ein":                  {},
		strings.Repeat("a/", 100):     {},
		"https://github.com/acme/web": {},
	} {
		revision, precision := parseRevision(text)
		if revision != want.revision || precision != want.precision {
			t.Errorf("%q names %q (%s), want %q (%s)", text, revision, precision, want.revision, want.precision)
		}
	}
}

func TestCommitIDsInTags(t *testing.T) {
	for tag, want := range map[string]struct {
		revision string
		sure     bool
	}{
		"41ac7e7": {"41ac7e7", true},
		id40:      {id40, true},
		"1234567890123456789012345678901234567890": {"1234567890123456789012345678901234567890", true},
		"v1.2-3-g41ac7e7":                          {"41ac7e7", true},
		"v1.2-3-g1234567":                          {"1234567", true},
		"v1.2-3-g41ac7e7-dirty":                    {"41ac7e7", true},
		"sha-41ac7e7":                              {"41ac7e7", true},
		"sha-1234567":                              {"1234567", true},
		"git-deadbee":                              {"deadbee", true},
		"main-" + id40:                             {id40, true},
		"main-41ac7e7":                             {"41ac7e7", false},
		"feature_x_41ac7e7":                        {"41ac7e7", false},
		"1.4.0-41ac7e7":                            {"41ac7e7", false},
		"20240102-41ac7e7":                         {"41ac7e7", false},
		"main-41ac7e7-1712345678":                  {"41ac7e7", false},
		"main-41ac7e7-20240102150405":              {"41ac7e7", false},
		"41ac7e7-alpine":                           {"41ac7e7", false},
		id40 + "-amd64":                            {id40, true},
		"20240102":                                 {"20240102", false},
		"deadbeef":                                 {"deadbeef", false},
		"0000000":                                  {},
		"bookworm-20240102":                        {},
		"main-deadbeef":                            {},
		"cafe":                                     {},
		"41ac7e":                                   {},
		"DEADBEEF1":                                {},
		"v1.2.3":                                   {},
		"1.27.3-alpine3.20":                        {},
		"latest":                                   {},
		"sha256-" + id40 + id40[:24]:               {},
		"sha256-" + id40 + "abc123.sig":            {},
		"2024.01.02":                               {},
		"...":                                      {},
	} {
		for _, image := range []string{
			"acme/checkout:" + tag, "localhost:5000/checkout:" + tag,
			"ghcr.io/acme/checkout:" + tag + "@sha256:" + strings.Repeat("ab", 32),
		} {
			revision, sure := FromTag(image)
			if revision != want.revision || sure != want.sure {
				t.Errorf("%s gives %q (sure: %t), want %q (sure: %t)", image, revision, sure, want.revision, want.sure)
			}
		}
	}
	for _, image := range []string{"", "41ac7e7", "ghcr.io/acme/41ac7e7", "host:5000/41ac7e7", "a:b:c", ":41ac7e7", "acme/x@sha256:41ac7e7"} {
		if revision, _ := FromTag(image); revision != "" {
			t.Errorf("%q has no tag, and gives %q", image, revision)
		}
	}
}
