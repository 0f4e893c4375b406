// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// formsOf returns a secret as it is, as a form carries it, and as JSON does, by the habits of Go and of others.
func formsOf(secret string) []string {
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

// maxEncodings is how many encodings of a secret, one in the other, are seen through. Example: the base64 of a form.
const maxEncodings = 2

// decodings returns a text as it is, and what it may be an encoding of.
func decodings(text string) []string {
	all := []string{text}
	known := map[string]bool{text: true}
	for depth, from := 0, 0; depth < maxEncodings; depth++ {
		last := all[from:]
		from = len(all)
		for _, encoded := range last {
			for _, decode := range decoders {
				if decoded := decode(encoded); !known[decoded] {
					all, known[decoded] = append(all, decoded), true
				}
			}
		}
	}
	return all
}

// decoders undo one encoding each, wherever it is in a text, and leave the rest as it is.
var decoders = []func(string) string{
	unescapePercent,
	unescapeForm,
	unescapeBackslashes,
	html.UnescapeString,
	joinWords,
	func(text string) string { return decodeBase64(text, 0) },
	func(text string) string { return decodeBase64(text, 1) },
	func(text string) string { return decodeBase64(text, 2) },
	func(text string) string { return decodeBase64(text, 3) },
}

var percents = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)

func unescapePercent(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return replaceAll(percents, text, url.PathUnescape)
}

// unescapeForm takes a '+' for a space as well.
func unescapeForm(text string) string {
	return unescapePercent(strings.ReplaceAll(text, "+", " "))
}

// backslashes are the escapes of JSON, JavaScript and Go.
var backslashes = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4})+|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\.`)

func unescapeBackslashes(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	return replaceAll(backslashes, text, func(escape string) (decoded string, err error) {
		switch escape[1] {
		case 'u': // in two halves, where the character is beyond 16 bits
			err = json.Unmarshal([]byte(`"`+escape+`"`), &decoded)
		case 'U', 'x':
			decoded, err = strconv.Unquote(`"` + escape + `"`)
		default:
			decoded = escape[1:]
		}
		return decoded, err
	})
}

// replaceAll replaces what matches by what it is decoded to; where it is no such encoding, by itself.
func replaceAll(pattern *regexp.Regexp, text string, decode func(string) (string, error)) string {
	return pattern.ReplaceAllStringFunc(text, func(match string) string {
		if decoded, err := decode(match); err == nil {
			return decoded
		}
		return match
	})
}

// joinWords leaves out white space and what is not visible: an encoder may break lines.
func joinWords(text string) string {
	return strings.Join(strings.FieldsFunc(text, isBlank), "")
}

var (
	base64s  = regexp.MustCompile(`[\w+/-]{4,}`)
	standard = strings.NewReplacer("-", "+", "_", "/")
)

// decodeBase64 decodes what may be base64, of either alphabet, with padding or without. It begins so many characters
// after the beginning of the run: what stands before may belong to the text. Example: the value in token/czNjcjN0.
func decodeBase64(text string, skip int) string {
	return replaceAll(base64s, text, func(run string) (string, error) {
		encoded := standard.Replace(run[min(skip, len(run)):])
		if len(encoded)%4 == 1 {
			encoded = encoded[:len(encoded)-1]
		}
		decoded, err := base64.RawStdEncoding.DecodeString(encoded)
		return string(decoded), err
	})
}
