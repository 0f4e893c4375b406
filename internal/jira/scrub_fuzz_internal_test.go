// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// encodings are those in which an answer may quote a secret.
var encodings = map[string]func(secret string) string{
	"as it is":                       func(s string) string { return s },
	"a form":                         url.QueryEscape,
	"a path":                         url.PathEscape,
	"percent-encoding in lower case": func(s string) string { return eachByte(s, "%%%02x") },
	"percent-encoding in upper case": func(s string) string { return eachByte(s, "%%%02X") },
	"a form in lower case":           func(s string) string { return lowerPercents(url.QueryEscape(s)) },
	"JSON":                           jsonOf,
	"JSON with slashes escaped":      func(s string) string { return strings.ReplaceAll(jsonOf(s), "/", `\/`) },
	"unicode escapes":                func(s string) string { return eachRune(s, `\u%04x`) },
	"unicode escapes in upper case":  func(s string) string { return eachRune(s, `\u%04X`) },
	"escapes of bytes":               func(s string) string { return eachByte(s, `\x%02x`) },
	"HTML":                           html.EscapeString,
	"entities":                       func(s string) string { return eachRune(s, "&#%d;") },
	"entities with zeros":            func(s string) string { return eachRune(s, "&#%05d;") },
	"hexadecimal entities":           func(s string) string { return eachRune(s, "&#x%x;") },
	"hexadecimal entities, shouted":  func(s string) string { return eachRune(s, "&#X%X;") },
	"base64":                         func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 without padding":         func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64 for URLs":                func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"base64 for URLs, unpadded":      func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"basic authentication":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte("an-id:" + s)) },
	"basic authentication of OAuth": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte("an-id:" + url.QueryEscape(s)))
	},
	"base64 of a body":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("client_secret=" + s + "&a=b")) },
	"base64 in lines":    func(s string) string { return inLines(base64.StdEncoding.EncodeToString([]byte(s))) },
	"base64 in a form":   func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"HTML in JSON":       func(s string) string { return jsonOf(eachRune(s, "&#%d;")) },
	"percents, twice":    func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"over several lines": inLines,
}

func eachByte(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func eachRune(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func lowerPercents(s string) string {
	return percents.ReplaceAllStringFunc(s, strings.ToLower)
}

func jsonOf(s string) string {
	encoded, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(encoded[1 : len(encoded)-1])
}

func inLines(s string) string {
	const width = 16
	var lines []string
	for ; len(s) > width; s = s[width:] {
		lines = append(lines, s[:width])
	}
	return strings.Join(append(lines, s), "\r\n")
}

func TestNoEncodingHidesASecret(t *testing.T) {
	const secret = `ATOA-7x/q+Zk"9&fJ=w'<e>\Yp_u.L~b`
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{"%s", "the body was %s, which is wrong", "client_secret=%s&grant_type=x", `{"a":"%s"}`, "<b>%s</b>", "x/%s/y", "ab%scd"} {
				refuse(t, newScrubber(secret), secret, encode(secret), fmt.Sprintf(text, encode(secret)))
			}
		})
	}
}

// FuzzScrub encodes a secret in one of the ways, or in two of them, and writes it into a text.
func FuzzScrub(f *testing.F) {
	for name := range encodings {
		f.Add("s3cr3t+of/the=test", name, "the body was ", ", which is wrong")
	}
	f.Add(`ATOA7x/q+Zk"9&fJ=w'<e>\Yp`, "HTML", "%4", "1%")
	f.Fuzz(func(t *testing.T, secret, name, before, after string) {
		encode := encodings[name]
		secret = strings.TrimSpace(secret)
		if encode == nil || len(secret) < 8 || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Skip("no secret of Jira's, or no encoding")
		}
		refuse(t, newScrubber(secret), secret, encode(secret), before+" "+encode(secret)+" "+after)
	})
}

// refuse fails where a secret, or its encoding, is in what is shown of a text.
func refuse(t *testing.T, s scrubber, secret, encoded, text string) {
	t.Helper()
	for _, shown := range []string{s.scrub(text), s.line(text, 1<<20), strings.Join(s.messages([]string{text}), " ")} {
		for _, form := range []string{secret, encoded} {
			if strings.Contains(shown, form) && !strings.Contains(redacted, form) {
				t.Errorf("%q is in %q", form, shown)
			}
		}
	}
}

func TestAScrubberLeavesOtherTextAlone(t *testing.T) {
	s := newScrubber("s3cr3t-of-the-test", "eyJ-of-nobody")
	for _, text := range []string{
		"No associations found for SHOP-12, SHOP-13", "https://acme.example/a%20b?c=d+e&amp;f", `C:\users\new "quoted"`,
		"token/YWJjZGVmZ2hpamtsbW5vcA==", "Grüße aus 東京", "100 % of &lt;b&gt;",
	} {
		if got := s.scrub(text); got != text {
			t.Errorf("scrub(%q) = %q", text, got)
		}
	}
}
