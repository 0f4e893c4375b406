// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strings"
	"testing"
)

// What another registry stands in the place of is read as Docker reads it.
func TestTheImageOfAnotherRegistry(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("0a", 32)
	for name, tt := range map[string]struct{ values, want string }{
		"as it is named":                     {`image: {repository: rollcall}`, `rollcall:` + number},
		"beside a name":                      {`image: {repository: rollcall, registry: mirror.example}`, `mirror.example/rollcall:` + number},
		"beside a name in a folder":          {`image: {repository: platform/rollcall, registry: mirror.example}`, `mirror.example/platform/rollcall:` + number},
		"for a registry":                     {`image: {repository: ghcr.io/rollcall-dev/rollcall, registry: mirror.example}`, `mirror.example/rollcall-dev/rollcall:` + number},
		"for a registry with a port":         {`image: {repository: "registry:5000/rollcall", registry: mirror.example}`, `mirror.example/rollcall:` + number},
		"for one on this machine":            {`image: {repository: localhost/rollcall, registry: mirror.example}`, `mirror.example/rollcall:` + number},
		"a chart around this one's wins":     {`{global: {imageRegistry: all.example}, image: {repository: rollcall, registry: mirror.example}}`, `all.example/rollcall:` + number},
		"by digest, whatever the tag may be": {`image: {registry: mirror.example, digest: "` + digest + `"}`, `mirror.example/rollcall:` + number + `@` + digest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rendered := render(t, tt.values)
			for object, path := range map[string]string{manager: container + "image", testPod: "spec.containers.0.image"} {
				e := expectation{object: object, path: path, want: `"` + tt.want + `"`}
				if why := e.check(t, rendered); why != "" {
					t.Error(why)
				}
			}
		})
	}
}
