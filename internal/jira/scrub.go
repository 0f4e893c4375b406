package jira

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	redacted      = "[redacted]"
	maxMessages   = 10
	maxMessageLen = 400 // bytes
)

// scrubber removes secrets from text that came from elsewhere.
type scrubber struct {
	replacer *strings.Replacer
}

// newScrubber hides each secret in every form in which it may come back.
func newScrubber(secrets ...string) scrubber {
	var pairs []string
	for _, secret := range secrets {
		for _, form := range formsOf(secret) {
			pairs = append(pairs, form, redacted)
		}
	}
	return scrubber{replacer: strings.NewReplacer(pairs...)}
}

// formsOf returns a secret as it is, as a form carries it, and as JSON does, by the habits of Go and of others.
func formsOf(secret string) []string {
	if secret == "" {
		return nil
	}
	quoted := strconv.Quote(secret)
	escaped := quoted
	if encoded, err := json.Marshal(secret); err == nil {
		escaped = string(encoded)
	}
	quoted, escaped = quoted[1:len(quoted)-1], escaped[1:len(escaped)-1]
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret),
		quoted, strings.ReplaceAll(quoted, "/", `\/`),
		escaped, strings.ReplaceAll(escaped, "/", `\/`),
	}
}

func (s scrubber) scrub(text string) string {
	return s.replacer.Replace(text)
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
		// Scrubbed first: cut or joined anew, a secret would no longer be found.
		if text = clip(oneLine(s.scrub(text)), maxMessageLen); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// oneLine turns every run of white space and control characters into one space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
	}), " ")
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
