// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestMessagesAreFitToBeShown(t *testing.T) {
	many := strings.Split(strings.Repeat("x ", 20), " ")
	for name, tc := range map[string]struct {
		in   []string
		want []string
	}{
		"nothing":                          {nil, nil},
		"white space alone":                {[]string{" \n"}, nil},
		"one line":                         {[]string{"a\nb\r\n\tc\x00\u0085\u2028d"}, []string{"a b c d"}},
		"a secret":                         {[]string{"it is p&ss"}, []string{"it is [redacted]"}},
		"a secret in a form":               {[]string{"client_secret=p%26ss&x"}, []string{"client_secret=[redacted]&x"}},
		"a secret in JSON":                 {[]string{`{"a":"p\u0026ss"}`}, []string{`{"a":"[redacted]"}`}},
		"a secret in JSON of others":       {[]string{`"a\/b\"c"`, `"a\/b\u0026"`, `"a/b&"`}, []string{`"[redacted]"`, `"[redacted]"`, `"[redacted]"`}},
		"a secret in a path":               {[]string{"/x/a%2Fb&/y"}, []string{"/x/[redacted]/y"}},
		"a secret inside a word":           {[]string{"xp&ssx"}, []string{"x[redacted]x"}},
		"a secret where the text is cut":   {[]string{strings.Repeat("y", maxMessageLen-5) + "p&ss"}, []string{strings.Repeat("y", maxMessageLen-5) + "[r…"}},
		"more messages than anybody reads": {many, many[:maxMessages]},
		"a token":                          {[]string{"Bearer tok"}, []string{"Bearer [redacted]"}},
		"an empty secret replaces nothing": {[]string{"abc"}, []string{"abc"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, newScrubber("p&ss", "tok", "", `a/b"c`, "a/b&").messages(tc.in)); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClipCutsBetweenCharacters(t *testing.T) {
	text := strings.Repeat("é€", 100)
	for limit := 3; limit < 40; limit++ {
		got := clip(text, limit)
		if len(got) > limit || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("clip to %d = %q (%d bytes)", limit, got, len(got))
		}
	}
	if got := clip("short", 5); got != "short" {
		t.Errorf("clip(short) = %q", got)
	}
}
