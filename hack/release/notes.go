// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"strings"
)

// linkDefinition is what Keep a Changelog has at its end: [0.1.0]: https://...
var linkDefinition = regexp.MustCompile(`^\[[^\]]+\]: `)

// relativeLink is a link to a file of the repository, which there is not where the notes are read.
var relativeLink = regexp.MustCompile(`\]\(([^):]+)\)`)

// section cuts what the changelog says of a version.
func section(changelog, number string) (string, error) {
	heading := regexp.MustCompile(`^## \[?v?` + regexp.QuoteMeta(number) + `\]?( .*)?$`)
	var lines []string
	found := false
	for line := range strings.Lines(changelog) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case !found:
			found = heading.MatchString(line)
			continue
		case strings.HasPrefix(line, "## "):
			return trimmed(lines, number)
		case !linkDefinition.MatchString(line):
			lines = append(lines, line)
		}
	}
	if !found {
		return "", fmt.Errorf("CHANGELOG.md has no section of this version: write what users notice below a line \"## [%s] - DATE\"", number)
	}
	return trimmed(lines, number)
}

func trimmed(lines []string, number string) (string, error) {
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if text == "" {
		return "", fmt.Errorf("CHANGELOG.md says nothing of %s: write what users notice below its heading", number)
	}
	return text + "\n", nil
}

// notes are the section, and what the release is installed and verified by.
func notes(changes string, s source, image, chart published) []byte {
	changes = relativeLink.ReplaceAllString(changes, "]("+home+"/blob/"+s.version+"/$1)")
	return fmt.Appendf(nil, `%s
## Install

`+"```sh"+`
helm install rollcall oci://%s --version %s --namespace rollcall-system --create-namespace --wait --values values.yaml
`+"```"+`

| what | where |
|---|---|
| image, linux/amd64 and linux/arm64 | %s |
| chart | %s |

Made from the commit %s. [How to verify all of it](https://github.com/rollcall-dev/rollcall/blob/%s/docs/verify.md).
`, changes, chart.repository, s.number(), backtick(image), backtick(chart), s.commit, s.version)
}

func backtick(p published) string { return "`" + p.repository + "@" + p.digest.String() + "`" }
