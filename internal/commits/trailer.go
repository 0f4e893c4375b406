// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Reference is the commit that another commit names with Argo CD's trailers, Argocd-reference-commit-*. A pipeline that
// writes a new image into manifests says with them which commit of the code the image was made from.
type Reference struct {
	// Repository is the URL of the code's repository in its one spelling; empty where there is none that can be read.
	Repository string
	// Revision is the commit's id, whole or short.
	Revision string
	// Subject and Body are of its message.
	Subject, Body string
}

const referencePrefix = "argocd-reference-commit-"

var referenceID = regexp.MustCompile(`^[0-9a-f]{5,40}$`)

// Reference returns what the commit's trailers name, and whether they name a commit. Of a trailer that stands there twice
// the last one counts, as in Argo CD.
func (c *Commit) Reference() (Reference, bool) {
	var ref Reference
	for name, value := range trailers(c.Message) {
		switch strings.TrimPrefix(name, referencePrefix) {
		case "sha":
			if id := strings.ToLower(value); referenceID.MatchString(id) {
				ref.Revision = id
			}
		case "repourl":
			ref.Repository, _ = Canonical(value)
		case "subject":
			ref.Subject = value
		case "body": // it is JSON, so that it fits on a line
			if json.Unmarshal([]byte(value), &ref.Body) != nil {
				ref.Body = ""
			}
		}
	}
	return ref, ref.Revision != ""
}

var trailerLine = regexp.MustCompile(`^([A-Za-z0-9-]+)\s*:\s*(.*)$`)

// trailers returns the lines "Name: value" of a message's last paragraph, by name in lower case. A line that begins with
// a space goes on with the one before it.
func trailers(message string) map[string]string {
	message = strings.TrimRight(strings.ReplaceAll(message, "\r\n", "\n"), " \t\n")
	start := strings.LastIndex(message, "\n\n")
	if start < 0 {
		return nil // a subject alone
	}
	found, last := map[string]string{}, ""
	for line := range strings.SplitSeq(message[start+2:], "\n") {
		if m := trailerLine.FindStringSubmatch(line); m != nil {
			last = strings.ToLower(m[1])
			found[last] = strings.TrimSpace(m[2])
		} else if last != "" && strings.TrimLeft(line, " \t") != line {
			found[last] += " " + strings.TrimSpace(line)
		}
	}
	return found
}
