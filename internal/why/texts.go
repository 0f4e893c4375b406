// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Place is a text that holds the issue's key, or nearly so.
type Place struct {
	// Where says where it stands: "the annotation kubernetes.io/change-cause of the pod template".
	Where string
	// Written is what stands there for the key, such as "shop-12".
	Written string
}

// Finder finds the texts that name an issue, or nearly so.
type Finder struct{ nearly *regexp.Regexp }

// NewFinder returns what finds an issue.
func NewFinder(issue string) Finder { return Finder{issuekey.Nearly(issue)} }

// In returns the texts of a workload, or of a run, that name the issue; those of the pod template first.
func (f Finder) In(s rollout.Sources) []Place {
	var places []Place
	add := func(kind, of string, texts map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			if strings.Contains(name, "//") || strings.Contains(name, "last-applied-configuration") {
				continue // written by rollout.Trim, and by kubectl
			}
			f.add(&places, fmt.Sprintf("the %s %s of the %s", kind, name, of), texts[name])
		}
	}
	add("annotation", "pod template", s.TemplateAnnotations)
	add("label", "pod template", s.TemplateLabels)
	for _, image := range s.Images {
		f.add(&places, "the image "+image, image)
	}
	add("annotation", "workload", s.Annotations)
	add("label", "workload", s.Labels)
	return places
}

func (f Finder) add(places *[]Place, where, text string) {
	if at := f.nearly.FindStringIndex(text); at != nil {
		written := strings.TrimFunc(text[at[0]:at[1]], func(r rune) bool { return strings.ContainsRune(" \t\n-_/.:,;()[]\"'#@", r) })
		*places = append(*places, Place{Where: where, Written: written})
	}
}
