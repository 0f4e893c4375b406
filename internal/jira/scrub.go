package jira

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
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

// credentials are those that nobody told us about, such as a token that the other side made and refuses to give.
var credentials = regexp.MustCompile(`(?i:(bearer|basic)\s+)[\w.~+/=%-]{20,}|eyJ[\w.~+/=%-]{5,}`)

func (s scrubber) scrub(text string) string {
	return credentials.ReplaceAllString(s.replacer.Replace(text), "${1}"+redacted)
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

// line makes one line of at most limit bytes. The text is scrubbed before, since joined anew a secret would not be found,
// and afterwards, since a secret may have been written over two lines.
func (s scrubber) line(text string, limit int) string {
	return clip(s.scrub(oneLine(s.scrub(text))), limit)
}

// oneLine turns every run of white space, control and invisible characters into one space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError
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
