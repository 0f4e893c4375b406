// SPDX-License-Identifier: Apache-2.0

// Package docs tests the documents: their links lead somewhere, their manifests are taken by a real API server, and their
// commands are run.
//
//	README.md, docs/*.md, docs/recipes/*.md, the chart's README
//	      |
//	   readPage            headings, links, fenced blocks; by goldmark, without a cluster
//	      |
//	   block.kind          by the words behind the fence: sh, console, yaml, ...
//	      |
//	   TestThePages        one control plane with the chart installed, a manager with the rights of its ServiceAccount, a
//	                       local Jira in the place of Atlassian, a folder a page. Blocks are run in the order of the page.
//
// What cannot be run says so behind its fence, "sh no-run: needs a registry", and stands in testdata/not-run.txt.
package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

const root = "../.."

// page is one document. Its name is its path below the root of the repository.
type page struct {
	name    string
	blocks  []block
	anchors []string
	links   []link
	// indented are the lines of code that stands in no fence.
	indented []int
}

// block is a fenced block: ```sh no-run: needs a registry has the language sh, and "no-run: needs a registry" as its note. Its
// section is the anchor of the last heading of the second level before it.
type block struct {
	page, section  string
	line           int
	language, note string
	text           string
}

type link struct {
	line   int
	target string
}

// pages are all documents whose commands are run. Those of design tell why, and those of reference are generated.
func pages(t *testing.T) []page {
	t.Helper()
	return documents(t, "README.md", "docs/*.md", "docs/recipes/*.md", "charts/rollcall/README.md")
}

// documents reads the documents with these names. Each pattern has to name one.
func documents(t *testing.T, patterns ...string) []page {
	t.Helper()
	var found []page
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("find %s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			found = append(found, readPage(t, strings.TrimPrefix(filepath.ToSlash(file), root+"/")))
		}
	}
	return found
}

func readPage(t *testing.T, name string) page {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	p := page{name: name}
	line := func(offset int) int { return 1 + bytes.Count(source[:offset], []byte("\n")) }
	section := ""
	last := 1 // an inline node does not know its line: that of the paragraph around it is near enough
	tree := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(source))
	err = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			last = line(n.Lines().At(0).Start)
		}
		switch n := n.(type) {
		case *ast.Heading:
			p.anchors = append(p.anchors, anchor(textOf(n, source), p.anchors))
			if n.Level == 2 {
				section = p.anchors[len(p.anchors)-1]
			}
		case *ast.Link:
			p.links = append(p.links, link{last, string(n.Destination)})
		case *ast.Image:
			p.links = append(p.links, link{last, string(n.Destination)})
		case *ast.CodeBlock:
			p.indented = append(p.indented, last)
		case *ast.FencedCodeBlock:
			var info string
			if n.Info != nil {
				info = string(n.Info.Value(source))
			}
			language, note, _ := strings.Cut(info, " ")
			p.blocks = append(p.blocks, block{name, section, last, language, strings.TrimSpace(note), string(n.Lines().Value(source))})
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// textOf is what a reader sees of a node.
func textOf(n ast.Node, source []byte) string {
	var seen strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if leaf, ok := child.(*ast.Text); ok {
			seen.Write(leaf.Segment.Value(source))
			continue
		}
		seen.WriteString(textOf(child, source))
	}
	return seen.String()
}

// noAnchor is what GitHub leaves out of an anchor.
var noAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// anchor is what GitHub makes of a heading: lower case, without punctuation, spaces as dashes; a second one of the same text
// ends in -1.
func anchor(heading string, taken []string) string {
	base := strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
	name := base
	for i := 1; slices.Contains(taken, name); i++ {
		name = base + "-" + string(rune('0'+i))
	}
	return name
}
