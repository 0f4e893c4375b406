// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"

	"github.com/go-logr/logr"
)

// lazy returns a logger that encodes its values no sooner than it writes a line. controller-runtime makes one for each
// pass, and nearly all passes have nothing to say: to encode their names was every eighth byte that was allocated.
func lazy(log logr.Logger) logr.Logger {
	return log.WithSink(lazySink{sink: log.WithCallDepth(1).GetSink()})
}

// bodies is the verbosity from which on client-go logs what it sends and gets. A list of Secrets is among that.
const bodies = 8

// lazySink keeps the values that go with every line. It hides the levels at which client-go logs bodies.
type lazySink struct {
	sink   logr.LogSink
	values []any
}

func (s lazySink) Init(logr.RuntimeInfo) {} // the sink below has been

func (s lazySink) Enabled(level int) bool {
	return level < bodies && s.sink.Enabled(level)
}

func (s lazySink) Info(level int, message string, keysAndValues ...any) {
	s.sink.Info(level, message, s.with(keysAndValues)...)
}

func (s lazySink) Error(err error, message string, keysAndValues ...any) {
	s.sink.Error(err, message, s.with(keysAndValues)...)
}

func (s lazySink) WithValues(keysAndValues ...any) logr.LogSink {
	s.values = s.with(keysAndValues)
	return s
}

func (s lazySink) WithName(name string) logr.LogSink {
	s.sink = s.sink.WithName(name)
	return s
}

func (s lazySink) with(keysAndValues []any) []any {
	return append(slices.Clip(s.values), keysAndValues...)
}
