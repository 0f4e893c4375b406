// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/internal/page"
	"github.com/rollcall-dev/rollcall/internal/page/browsertest"
)

// startPage starts the page of kubectl rollcall dashboard, to be watched while the story plays.
func (w *world) startPage(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it is there until the demo ends, not until Ctrl-C
	var err error
	if w.page, err = page.Listen(ctx, "127.0.0.1", 0, page.Watch(ctx, w.client, "", "", time.Now), time.Now); err != nil {
		cancel()
		return err
	}
	served := make(chan error, 1)
	go func() { served <- w.page.Serve(ctx) }()
	w.stopPage = func() error {
		cancel()
		return <-served
	}
	fmt.Printf("\nWatch it: %s\n", w.page.URL())
	return nil
}

// The size of the pictures.
const pictureWidth, pictureHeight = 1280, 625

// takePictures takes pictures of the page in light and in dark colours, where there is a Chromium.
func takePictures(ctx context.Context, w *world, file string) error {
	chromium, err := browsertest.Find()
	if errors.Is(err, browsertest.ErrNone) {
		fmt.Printf("\nNo picture: %v. make demo-up keeps the page up to be looked at.\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	extension := filepath.Ext(file)
	dark := strings.TrimSuffix(file, extension) + "-dark" + extension
	if err := errors.Join(
		chromium.Picture(ctx, w.page.URL(), file, pictureWidth, pictureHeight, false),
		chromium.Picture(ctx, w.page.URL(), dark, pictureWidth, pictureHeight, true),
	); err != nil {
		return err
	}
	fmt.Printf("\nThe page as a picture: %s and %s\n", file, dark)
	return nil
}
