// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// document is one of the documents of a text.
type document struct {
	text []byte
	// number counts the documents of the text that hold something, and line is where this one begins, both from 1.
	number, line int
}

// helmNotes is the line with which helm begins what a chart says to people. No object has such a field.
var helmNotes = []byte("NOTES:")

// split returns the documents of a text that hold more than comments.
func split(text []byte) []document {
	var documents []document
	current := document{line: 1}
	end := func() {
		if holdsSomething(current.text) {
			current.number = len(documents) + 1
			documents = append(documents, current)
		}
	}
	line := 0
	for rest := text; len(rest) > 0; {
		line++
		size := len(rest)
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			size = i + 1
		}
		of := bytes.TrimRight(rest[:size], "\r\n")
		switch {
		case bytes.HasPrefix(of, []byte("---")) && (len(of) == 3 || of[3] == ' ' || of[3] == '\t'):
			end()
			current = document{line: line + 1}
		case bytes.Equal(of, helmNotes):
			end()
			return documents
		default:
			if len(current.text) == 0 {
				current.text, current.line = rest[:0], line
			}
			current.text = current.text[:len(current.text)+size] // the lines of a document follow each other
		}
		rest = rest[size:]
	}
	end()
	return documents
}

// holdsSomething says whether a text has a line that is neither empty nor a comment.
func holdsSomething(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("...")) {
			return true
		}
	}
	return false
}

// values returns the objects of a document: one, or those of several that follow each other in JSON.
func (d document) values() ([]map[string]any, error) {
	if bytes.HasPrefix(bytes.TrimSpace(d.text), []byte("{")) {
		if values, err := inJSON(d.text); err == nil {
			return values, nil
		}
	}
	var value any
	if err := yaml.Unmarshal(d.text, &value); err != nil {
		return nil, d.badYAML(err)
	}
	switch fields := value.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return []map[string]any{fields}, nil
	}
	return nil, errors.New("it is no object")
}

func inJSON(text []byte) ([]map[string]any, error) {
	var values []map[string]any
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var fields map[string]any
		if err := decoder.Decode(&fields); errors.Is(err, io.EOF) {
			return values, nil
		} else if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		values = append(values, fields)
	}
}

// atLine is how the YAML parser says where it stands in a document.
var atLine = regexp.MustCompile(`^.*yaml: (?:line (\d+): )?`)

// badYAML says why a document is no YAML, with the line in the file. What the parser quotes is left out: it may be a secret.
func (d document) badYAML(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	where, problem := "", atLine.ReplaceAllString(first, "")
	if found := atLine.FindStringSubmatch(first); len(found) == 2 && found[1] != "" {
		var line int
		if _, err := fmt.Sscan(found[1], &line); err == nil {
			where = fmt.Sprintf(" in line %d", d.line+line-1)
		}
	}
	hint := ""
	if bytes.Contains(d.text, []byte("{{")) {
		hint = ". It looks like a template: render it first (helm template, kustomize build)"
	}
	return fmt.Errorf("it is no YAML%s: %s%s", where, quoted.ReplaceAllString(problem, "…"), hint)
}

// quoted is what the parser quotes of a document.
var quoted = regexp.MustCompile("`[^`]*`|\"[^\"]*\"|'[^']{2,}'")

// isHelmHeader says whether fields are what `helm install --dry-run` prints before its manifests.
func isHelmHeader(fields map[string]any) bool {
	_, named := fields["NAME"]
	_, manifest := fields["MANIFEST"]
	return named && manifest
}
