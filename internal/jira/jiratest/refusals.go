// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// The causes of a 401 or a 403, as they are answered. Match says where.

// AddressNotAllowed is the answer of a site whose IP allowlist does not hold the caller's address.
func AddressNotAllowed() Fault {
	return Fault{Status: http.StatusForbidden,
		Body: `{"errorMessages":["The IP address has been rejected because it is not on the allowed list. See your admin for more information."],"errors":{}}`}
}

// ScopeMissing is the answer to a token that is not for this API.
func ScopeMissing() Fault {
	return Fault{Status: http.StatusUnauthorized, Body: string(refusal(http.StatusUnauthorized, scopeMissing).body)}
}

// PermissionMissing is the answer to a credential that lacks a permission.
func PermissionMissing() Fault {
	return Fault{Status: http.StatusForbidden, Body: string(refusal(http.StatusForbidden, lacks(Deployments)).body)}
}

// BlockedByProxy is the answer of a proxy that does not let the request through.
func BlockedByProxy() Fault {
	f := page(http.Header{"Server": {"squid/6.6"}, "Via": {"1.1 proxy.acme.example (squid/6.6)"}}, "ERROR: The requested URL could not be retrieved", "Access Denied.")
	f.Status = http.StatusForbidden
	return f
}

// ErrorShapes are answers that are no success, in every shape of Jira's that was seen, with one sentence to read. Status
// and Match say to what.
func ErrorShapes(sentence string) map[string]Fault {
	quoted, err := json.Marshal(sentence)
	if err != nil {
		panic(err) // a string can be encoded
	}
	shapes := map[string]Fault{
		"plain text": {Body: sentence, Header: http.Header{"Content-Type": {"text/plain"}}},
	}
	for name, format := range map[string]string{
		"a list of messages":            `[{"message":%s}]`,
		"a list of texts":               `[%s]`,
		"a text":                        `%s`,
		"errorMessages":                 `{"errorMessages":[%s],"errors":{}}`,
		"errorMessages and errors":      `{"errorMessages":["Bad payload"],"errors":{"deployments":%s}}`,
		"errors, a list of messages":    `{"errors":[{"message":%s}]}`,
		"errors, a list of titles":      `{"errors":[{"status":"400","title":"Invalid","detail":%s}]}`,
		"errors, a list of texts":       `{"errors":[%s]}`,
		"errors, an object of texts":    `{"errorMessages":[],"errors":{"url":%s}}`,
		"errors, an object of lists":    `{"errors":{"url":[%s],"label":[]}}`,
		"errors, an object of messages": `{"errors":{"url":{"message":%s}}}`,
		"a code and a message":          `{"code":400,"message":%s}`,
		"a message":                     `{"message":%s}`,
		"an error and a description":    `{"error":"invalid_request","error_description":%s}`,
		"an error that is an object":    `{"error":{"code":400,"message":%s}}`,
		"a status, an error, a message": `{"timestamp":"2026-03-01T12:00:00Z","status":400,"error":"Bad Request","message":%s,"path":"/"}`,
		"fields that nobody knows":      `{"fault":{"faultstring":%s,"code":7}}`,
	} {
		shapes[name] = Fault{Body: fmt.Sprintf(format, quoted)}
	}
	return shapes
}

// Pages are answers of what stands between a caller and Jira, each with words to read. Status and Match say to what.
func Pages(words string) map[string]Fault {
	return map[string]Fault{
		"a title":            page(nil, words, "Some more."),
		"a text":             page(nil, "", words),
		"a title and a name": page(http.Header{"Server": {"nginx"}}, words, ""),
		"XML": {
			Body:   `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>` + words + `</Message></Error>`,
			Header: http.Header{"Content-Type": {"application/xml"}, "Server": {"CloudFront"}},
		},
	}
}

func page(header http.Header, title, text string) Fault {
	f := Fault{Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
	for name, values := range header {
		f.Header[name] = values
	}
	f.Body = "<!DOCTYPE html>\n<html><head><title>" + title + "</title><style>body { color: red }</style></head>" +
		"<body><script>let a = 1</script><h1>" + text + "</h1></body></html>"
	return f
}
