// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// maxSecret is how long a client secret may be, in bytes.
const maxSecret = 4 << 10

// ask completes what the flags do not say, and checks that nothing is missing.
func (c *creation) ask(ctx context.Context) error {
	if c.dryRun != "none" && c.dryRun != "client" && c.dryRun != "server" {
		return command.Usage(fmt.Errorf("--dry-run=%s: there are none, client and server", c.dryRun))
	}
	if c.output != "yaml" && c.output != "json" {
		return command.Usage(fmt.Errorf("-o %s: there are yaml and json", c.output))
	}
	o, p := &c.objects, &c.prompt
	p.text(ctx, &o.host, "host", "Host of the Jira site (acme.atlassian.net)")
	if p.lines != nil && len(o.projects) == 0 {
		var keys string
		p.optional(ctx, &keys, "Keys of the projects, with commas (SHOP,PAY; empty: all)")
		o.projects = strings.FieldsFunc(keys, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if o.existing == "" {
		p.text(ctx, &o.clientID, "client-id", "Client id of the OAuth credential")
	}
	if p.err != nil || o.existing != "" || c.dryRun == "client" {
		return p.err
	}
	return c.readSecret(ctx)
}

// readSecret reads the client secret from its file, or from the terminal.
func (c *creation) readSecret(ctx context.Context) error {
	var text []byte
	var err error
	switch {
	case c.secretFile == "-":
		text, err = io.ReadAll(io.LimitReader(c.env.In, maxSecret+1))
	case c.secretFile != "":
		text, err = os.ReadFile(c.secretFile)
	case c.prompt.hidden != nil:
		fmt.Fprint(c.env.ErrOut, "Client secret (it is not shown): ")
		text, err = c.prompt.hidden(ctx)
		fmt.Fprintln(c.env.ErrOut)
	default:
		return command.Usage(errors.New("name a file with --client-secret-file: there is no terminal to ask for the client secret"))
	}
	if err != nil {
		return fmt.Errorf("read the client secret: %w", err)
	}
	c.objects.secret = strings.TrimSpace(string(text))
	if c.objects.secret == "" || len(text) > maxSecret {
		return fmt.Errorf("the client secret is empty, or longer than %d bytes: is this the right file?", maxSecret)
	}
	return nil
}

// confirm asks whether something is changed that is there already.
func (c *creation) confirm(ctx context.Context, what string) error {
	if c.overwrite {
		return nil
	}
	if c.prompt.lines != nil {
		var answer string
		c.prompt.optional(ctx, &answer, fmt.Sprintf("There is %s already. Change it? [y/N]", what))
		if answer = strings.ToLower(answer); answer == "y" || answer == "yes" {
			return nil
		}
	}
	return fmt.Errorf("there is %s already, and nothing was written: choose another name, or --overwrite", what)
}

// prompt asks for what no flag says.
type prompt struct {
	out io.Writer
	// lines is the terminal, and hidden reads a line of it without an echo; nil where there is none.
	lines  *bufio.Reader
	hidden func(context.Context) ([]byte, error)
	err    error
}

// promptFor returns what asks at a terminal, where the input is one.
func promptFor(in io.Reader, out io.Writer) prompt {
	file, is := in.(*os.File)
	if !is || !term.IsTerminal(int(file.Fd())) {
		return prompt{out: out}
	}
	return prompt{out: out, lines: bufio.NewReader(file), hidden: func(ctx context.Context) ([]byte, error) {
		before, err := term.GetState(int(file.Fd()))
		if err != nil {
			return nil, err
		}
		text, err := interruptible(ctx, func() ([]byte, error) { return term.ReadPassword(int(file.Fd())) })
		if ctx.Err() != nil {
			_ = term.Restore(int(file.Fd()), before) // who reads on has not switched the echo on again
		}
		return text, err
	}}
}

// text asks for what has to be there.
func (p *prompt) text(ctx context.Context, value *string, flag, question string) {
	if *value != "" || p.err != nil {
		return
	}
	if p.lines == nil {
		p.err = command.Usage(fmt.Errorf("--%s is missing, and there is no terminal to ask for it", flag))
		return
	}
	if p.optional(ctx, value, question); *value == "" && p.err == nil {
		p.err = command.Usage(fmt.Errorf("--%s is missing", flag))
	}
}

// optional asks for what may be left out.
func (p *prompt) optional(ctx context.Context, value *string, question string) {
	if p.err != nil {
		return
	}
	fmt.Fprintf(p.out, "%s: ", question)
	line, err := interruptible(ctx, func() ([]byte, error) { return p.lines.ReadBytes('\n') })
	if err != nil {
		p.err = fmt.Errorf("read the answer: %w", err)
		return
	}
	*value = strings.TrimSpace(string(line))
}

// interruptible reads until the context ends. A read of a terminal does not end by itself: Ctrl-C cancels the context.
func interruptible(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
