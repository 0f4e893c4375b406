// SPDX-License-Identifier: Apache-2.0

// Command web is a release to roll out: a server that is ready a while after its start.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	delay, err := time.ParseDuration(os.Getenv("READY_AFTER"))
	if err != nil {
		return err
	}
	ready := time.Now().Add(delay)
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: time.Second}
	server.Handler = http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
		if time.Now().Before(ready) {
			response.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
