// SPDX-License-Identifier: Apache-2.0

package record

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// A template of a site is text, fields, if and with, and a few functions that make nothing longer than what they are given:
// it cannot run for long, nor fill the memory. What else text/template knows is refused. Example: 536 characters of
// variables, each printed twice into the next, make a gigabyte.
//
// In the template of a link a field is escaped, so that its value changes neither the host nor the path:
//
//	https://{{ .Cluster }}.acme.example/apps/{{ .Name }}?env={{ .Environment }}
//	        a part of the host           |                  |
//	                                     behind the host: percent-encoded

// functions are those that a template may call.
var functions = template.FuncMap{"urlquery": func(values ...any) escaped { return escaped(template.URLQueryEscaper(values...)) }}

// builtin are those that text/template brings itself.
var builtin = []string{"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "slice"}

// escapers are put behind each field of a link, by its place. Nobody else can call them.
var escapers = template.FuncMap{"host": inHost, "encode": encode}

// escaped is a text that may stand in a link as it is.
type escaped string

// inHost returns a value that is to be a part of a host's name, where it is one.
func inHost(value any) (string, error) {
	text := fmt.Sprint(value)
	if !partOfHost.MatchString(text) {
		return "", fmt.Errorf("%q cannot be a part of a host's name, which is letters, digits and '-'", cut(text, maxText))
	}
	return text, nil
}

var partOfHost = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// encode encodes a value for any place of a link behind its host.
func encode(value any) string {
	if done, ok := value.(escaped); ok {
		return string(done)
	}
	return strings.ReplaceAll(url.QueryEscape(fmt.Sprint(value)), "+", "%20")
}

// parseTemplate parses a template, and tries it. It returns nil for an empty text.
func parseTemplate(field, text string, example any, isLink bool) (*template.Template, error) {
	if text == "" {
		return nil, nil
	}
	parsed, err := template.New(field).Funcs(functions).Funcs(escapers).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s does not parse: %w", field, err)
	}
	try := render
	if isLink {
		try = renderURL
	}
	if err := allow(parsed, isLink); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	if _, err := try(parsed, example); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return parsed, nil
}

// allow refuses a template with anything in it that is not supported. In the template of a link it has fields escaped.
func allow(parsed *template.Template, isLink bool) error {
	if len(parsed.Templates()) > 1 {
		return errors.New("define, block and template are not supported")
	}
	if parsed.Tree == nil || parsed.Root == nil {
		return nil // it yields nothing
	}
	_, err := checker{isLink}.list(parsed.Root, "")
	return err
}

type checker struct{ isLink bool }

// list checks a part of a template. before is the text that stands before it; the result is that before what comes after it.
func (c checker) list(list *parse.ListNode, before string) (string, error) {
	if list == nil {
		return before, nil
	}
	var err error
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			before += string(n.Text)
		case *parse.ActionNode:
			err = errors.Join(c.pipe(n.Pipe), c.escape(n.Pipe, before))
			before += "x"
		case *parse.IfNode:
			before, err = c.branch(&n.BranchNode, before)
		case *parse.WithNode:
			before, err = c.branch(&n.BranchNode, before)
		default:
			err = notSupported(node)
		}
		if err != nil {
			return "", err
		}
	}
	return before, nil
}

// branch checks an if or a with. What comes after it stands where the shorter of its two ways leads.
func (c checker) branch(n *parse.BranchNode, before string) (string, error) {
	then, err := c.list(n.List, before)
	if err != nil {
		return "", err
	}
	otherwise, err := c.list(n.ElseList, before)
	if placeAfter(otherwise) < placeAfter(then) {
		then = otherwise
	}
	return then, errors.Join(c.pipe(n.Pipe), err)
}

// pipe checks what a field, a condition or a function is given.
func (c checker) pipe(pipe *parse.PipeNode) error {
	if len(pipe.Decl) > 0 {
		return notSupported(pipe)
	}
	for _, command := range pipe.Cmds {
		for _, arg := range command.Args {
			if err := c.argument(arg); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c checker) argument(node parse.Node) error {
	switch n := node.(type) {
	case *parse.FieldNode, *parse.DotNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		return nil
	case *parse.VariableNode: // $ is what the template is over
		if n.Ident[0] == "$" {
			return nil
		}
	case *parse.IdentifierNode:
		if functions[n.Ident] != nil || slices.Contains(builtin, n.Ident) {
			return nil
		}
	case *parse.PipeNode:
		return c.pipe(n)
	}
	return notSupported(node)
}

func notSupported(node parse.Node) error {
	return fmt.Errorf("%q is not supported: a template is text, fields, if and with, and the functions %s and urlquery",
		cut(node.String(), maxText), strings.Join(builtin, ", "))
}

// place is where in a link something stands.
type place int

const (
	placeScheme place = iota
	placeHost
	placeBehind
)

// placeAfter returns where what follows a text stands.
func placeAfter(text string) place {
	_, rest, found := strings.Cut(text, "://")
	switch {
	case !found:
		return placeScheme
	case strings.ContainsAny(rest, "/?#"):
		return placeBehind
	}
	return placeHost
}

// escape has what a pipe yields escaped as its place in a link requires.
func (c checker) escape(pipe *parse.PipeNode, before string) error {
	if !c.isLink {
		return nil
	}
	escaper := "encode"
	switch placeAfter(before) {
	case placeScheme:
		return errors.New("a link begins with https:// or http://, before any field")
	case placeHost:
		escaper = "host"
	}
	pipe.Cmds = append(pipe.Cmds, &parse.CommandNode{
		NodeType: parse.NodeCommand, Pos: pipe.Pos, Args: []parse.Node{parse.NewIdentifier(escaper).SetPos(pipe.Pos)},
	})
	return nil
}
