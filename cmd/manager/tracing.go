// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/internal/options"
	"github.com/rollcall-dev/rollcall/internal/tracing"
)

// lastSpans is how long the manager waits at its end for a collector to take the last spans. Another one leads by then.
const lastSpans = 5 * time.Second

// startTracing returns what makes spans, or nil, and what exports the last of them.
func startTracing(ctx context.Context, o options.Options) (*tracing.Tracer, func(), error) {
	if !o.Tracing {
		return nil, func() {}, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, nil, fmt.Errorf("read the host's name: %w", err)
	}
	tracer, stop, err := tracing.Start(ctx, tracing.Config{Version: version, Instance: host, Log: ctrl.Log.WithName("tracing")})
	if err != nil {
		return nil, nil, fmt.Errorf("start tracing: %w", err)
	}
	return tracer, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSpans)
		defer cancel()
		if err := stop(end); err != nil {
			ctrl.Log.Info("Could not export the last spans")
		}
	}, nil
}
