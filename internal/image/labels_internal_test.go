// SPDX-License-Identifier: Apache-2.0

package image

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestLabelsOfBuildpacks(t *testing.T) {
	const repository = "https://github.com/acme/checkout"
	whole := Source{From: Buildpacks, Repository: repository, Revision: id40, Precision: FullID}
	for label, want := range map[string]Source{
		`{"source":{"type":"git","version":{"commit":"` + id40 + `","describe":"v1"},"metadata":{"repository":"` + repository + `","refs":["main"]}}}`: whole,
		`{"source":{"type":"git","version":{"commit":"` + id40 + `"},"metadata":{"url":"` + repository + `"}}}`:                                        whole,
		`{"source":{"type":"git","version":{"commit":"` + id40 + `"}}}`:                                                                                {From: Buildpacks, Revision: id40, Precision: FullID},
		`{"source":{"type":"image","version":{"digest":"146c4b"},"metadata":{"repository":"hub.docker.io/acme/checkout"}}}`:                            {},
		`{"source":{"type":"git","version":{"commit":5}}}`:                                                                                             {},
		`{"source":[]}`: {}, `[`: {}, ``: {}, `null`: {},
	} {
		if got := buildpacks(words{"io.buildpacks.project.metadata": label}); got != want {
			t.Errorf("%s gives %+v, want %+v", label, got, want)
		}
	}
}

func TestLabelsOfTheBaseImage(t *testing.T) {
	made := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	const repository, sameName = "https://github.com/Acme/Base.git", "the repository has the name of the base image"
	const older = "the labels are older than the image, and may be those of its base image"
	for says, tc := range map[string]struct {
		of      origin
		written string
		want    string
	}{
		"nothing of times and bases":             {origin{image: "ghcr.io/acme/web"}, "", ""},
		"labels of the same day":                 {origin{created: made}, "2026-11-19T08:00:00Z", ""},
		"labels of the day before":               {origin{created: made}, "2026-11-19T07:59:59Z", older},
		"labels that are younger than the image": {origin{created: made}, "2026-12-24T08:00:00Z", ""},
		"a reproducible image of no time":        {origin{}, "2026-11-19T07:59:59Z", ""},
		"no time that can be read":               {origin{created: made}, "yesterday", ""},
		"the base's name":                        {origin{image: "ghcr.io/acme/web", base: "ghcr.io/acme/base:1"}, "", sameName},
		"the base's name without a registry":     {origin{image: "ghcr.io/acme/web", base: "acme/base@sha256:12"}, "", sameName},
		"the base's name, which is its own, too": {origin{image: "ghcr.io/acme/base", base: "ghcr.io/acme/base:1"}, "", ""},
		"another base":                           {origin{image: "ghcr.io/acme/web", base: "docker.io/library/node:20"}, "", ""},
	} {
		if got := tc.of.doubt(Source{Repository: repository}, tc.written); got != tc.want {
			t.Errorf("%s: doubt %q, want %q", says, got, tc.want)
		}
	}
}

func TestMessagesAreFitToBeStored(t *testing.T) {
	for text, want := range map[string]string{
		"SHOP-12 Pay by card\n\nWith 3-D Secure.\n": "SHOP-12 Pay by card\n\nWith 3-D Secure.",
		"a\x00b\x1b[31mc\xffd":                      "ab[31mcd",
		" \t":                                       "",
	} {
		if got := bounded(text, maxMessage); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := bounded(strings.Repeat("ä", maxMessage), maxMessage-1); len(got) != maxMessage-2 || !utf8.ValidString(got) {
		t.Errorf("a long text is cut to %d bytes (valid: %t)", len(got), utf8.ValidString(got))
	}
}
