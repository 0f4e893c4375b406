// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"bytes"
	"encoding/json"
	"mime"
	"regexp"
	"strconv"
	"strings"
)

// content is what the body of an answer says, not yet scrubbed.
type content struct {
	// texts are its sentences; those of a page are its title, or else its text.
	texts []string
	// page says that it is HTML or XML, which Jira's APIs never send; plain that it is neither that nor JSON.
	page, plain bool
}

// read finds what a person can read in a body, whatever its shape.
func (a *answer) read() content {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return content{}
	}
	var value any
	if json.Unmarshal(body, &value) == nil {
		return content{texts: sentencesOf(value)}
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case body[0] == '<', kind == "text/html":
		return content{texts: pageText(body), page: true}
	case body[0] == '{', body[0] == '[': // JSON that breaks off
		return content{texts: []string{string(body)}}
	}
	return content{texts: []string{string(body)}, plain: true}
}

var (
	speaksOfScope   = regexp.MustCompile(`(?i)scope`)
	speaksOfList    = regexp.MustCompile(`(?i)\b(allow(ed)?|white)[- ]?list`)
	speaksOfAddress = regexp.MustCompile(`(?i)\b(ip|address)\b`)
	speaksOfRefusal = regexp.MustCompile(`(?i)\b(list|range|allowed|rejected|blocked|denied|restricted)\b`)
)

// kind tells apart the causes that share a status.
//
//	401, 403  a page                     Blocked: Jira's APIs send none
//	401, 403  Jira's, about the scope    ScopeMissing
//	403       about the address          AddressNotAllowed
//	403       plain text                 Blocked
//	403       anything else, or nothing  Forbidden
func (c content) kind(status int) ErrorKind {
	kind := kindOfStatus(status)
	text := strings.Join(c.texts, "\n")
	switch {
	case kind != Unauthorized && kind != Forbidden:
		return kind
	case c.page:
		return Blocked
	case kind == Forbidden && (speaksOfList.MatchString(text) || speaksOfAddress.MatchString(text) && speaksOfRefusal.MatchString(text)):
		return AddressNotAllowed
	case kind == Forbidden && c.plain:
		return Blocked
	case speaksOfScope.MatchString(text):
		return ScopeMissing
	}
	return kind
}

// maxGateway bounds the name of a gateway, and each of its parts, in bytes.
const maxGateway = 300

// gateway names who answered in Jira's place: by its headers, and by what it says.
func (a *answer) gateway(c content) string {
	var parts []string
	add := func(before, text, after string) {
		if text = a.hide.line(text, maxGateway/3); text != "" {
			parts = append(parts, before+text+after)
		}
	}
	add("", a.header.Get("Server"), "")
	add("via ", strings.Join(a.header.Values("Via"), ", "), "")
	if text := a.hide.line(strings.Join(c.texts, " "), maxGateway/3); text != "" {
		parts = append(parts, strconv.Quote(text))
	}
	return clip(strings.Join(parts, ", "), maxGateway)
}
