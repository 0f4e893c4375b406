// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// commands are what the program does, by their names.
var commands = map[string]func(context.Context, *settings, io.Writer) error{
	"build": build,
	"check": func(_ context.Context, s *settings, out io.Writer) error { return checkFolder(s.output, out) },
	"push":  push,
	"sign":  sign,
}

// settings are what the flags say.
type settings struct {
	version  string
	registry string
	builder  string
	output   string
	cosign   string
	args     []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("say what to do: build, check, push or sign")
	}
	s := &settings{}
	flags := flag.NewFlagSet("release "+args[0], flag.ContinueOnError)
	flags.StringVar(&s.version, "version", "", "the version, such as v1.2.3")
	flags.StringVar(&s.registry, "registry", "", "where image and chart are pushed to; empty for push and sign: where the release says")
	flags.StringVar(&s.builder, "builder", "", "the URI of who builds, which the provenance names")
	flags.StringVar(&s.output, "output", filepath.Join("_output", "release"), "the folder of the release")
	flags.StringVar(&s.cosign, "cosign", "cosign", "the program that signs; its flags stand behind --")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	s.args = flags.Args()
	if len(s.args) > 0 && args[0] != "sign" {
		return fmt.Errorf("%s takes flags only, not %s", args[0], strings.Join(s.args, " "))
	}
	return commands[args[0]](ctx, s, out)
}
