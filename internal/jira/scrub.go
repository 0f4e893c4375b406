// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	redacted      = "[redacted]"
	maxMessages   = 10
	maxMessageLen = 400 // bytes
	// maxScrubbed is how much of a text is looked through for secrets, in bytes. What comes after is not shown.
	maxScrubbed = 4 << 10
)

// scrubber removes secrets from text that came from elsewhere. It holds them where printing it does not show them.
type scrubber struct {
	replacer *strings.Replacer
	secrets  *[]string
}

// newScrubber hides each secret in every form in which it may come back.
func newScrubber(secrets ...string) scrubber {
	secrets = slices.DeleteFunc(secrets, func(secret string) bool { return secret == "" })
	var pairs []string
	for _, secret := range secrets {
		for _, form := range formsOf(secret) {
			pairs = append(pairs, form, redacted)
		}
	}
	for _, secret := range secrets {
		if joined := joinWords(secret); joined != "" {
			secrets = append(secrets, joined)
		}
	}
	return scrubber{replacer: strings.NewReplacer(pairs...), secrets: &secrets}
}

// Scrub makes one bounded line of a text from elsewhere, without these secrets.
func Scrub(text string, secrets ...string) string {
	return newScrubber(secrets...).line(text, maxErrorText)
}

// credentials are those that nobody told us about, such as a token that the other side made and refuses to give.
var credentials = regexp.MustCompile(`(?i:(bearer|basic)\s+)[\w.~+/=%-]{20,}|eyJ[\w.~+/=%-]{5,}`)

// words are what a text is taken apart into, where a secret is in it in a form that is not replaced as it stands.
var words = regexp.MustCompile(`\S+`)

// scrub replaces the usual forms of a secret where they stand. In any other encoding, such as HTML or base64, the word
// that holds it goes, and the whole text where it takes several words to hold it.
func (s scrubber) scrub(text string) string {
	text = credentials.ReplaceAllString(s.replacer.Replace(text), "${1}"+redacted)
	if !s.reveals(text) {
		return text
	}
	text = words.ReplaceAllStringFunc(text, func(word string) string {
		if s.reveals(word) {
			return redacted
		}
		return word
	})
	if s.reveals(text) {
		return redacted
	}
	return text
}

// reveals says whether a secret can be read from a text, once it is decoded.
func (s scrubber) reveals(text string) bool {
	for _, decoded := range decodings(text) {
		for _, secret := range *s.secrets {
			if strings.Contains(decoded, secret) {
				return true
			}
		}
	}
	return false
}

// all scrubs every text, and leaves it as it is otherwise.
func (s scrubber) all(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, s.scrub(text))
	}
	return out
}

// messages makes text from elsewhere fit to be shown: no secret, one line each, bounded in length and number.
func (s scrubber) messages(texts []string) []string {
	var out []string
	for _, text := range texts {
		if len(out) == maxMessages {
			break
		}
		if text = s.line(text, maxMessageLen); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// line makes one line of at most limit bytes. Of a long text the beginning is read, up to the end of a word: half a secret
// would not be found.
func (s scrubber) line(text string, limit int) string {
	text = oneLine(text)
	if len(text) > maxScrubbed {
		text = text[:maxScrubbed]
		if end := strings.LastIndexByte(text, ' '); end > 0 {
			text = text[:end]
		}
	}
	return clip(s.scrub(text), limit)
}

// oneLine turns every run of white space, control and invisible characters into one space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, isBlank), " ")
}

func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

// clip cuts text to at most limit bytes, between two characters, and shows that it did.
func clip(text string, limit int) string {
	const mark = "…"
	if len(text) <= limit {
		return text
	}
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}
