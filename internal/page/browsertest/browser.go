// SPDX-License-Identifier: Apache-2.0

// Package browsertest looks at pages with a Chromium of the machine that has no window: for pictures and for tests.
package browsertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// names are those that a Chromium goes by.
var names = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// ErrNone says that there is no browser.
var ErrNone = errors.New("there is no chromium on the PATH (Debian's package is called chromium)")

// Browser is a Chromium.
type Browser struct{ path string }

// Find finds a Chromium on the PATH.
func Find() (Browser, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return Browser{path: path}, nil
		}
	}
	return Browser{}, ErrNone
}

// Picture writes a PNG of a page, with two pixels for each of its own, in light or dark colours.
func (b Browser) Picture(ctx context.Context, url, file string, width, height int, dark bool) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	scheme := "1"
	if dark {
		scheme = "0"
	}
	_, log, err := b.run(ctx, "--hide-scrollbars", "--force-device-scale-factor=2", fmt.Sprintf("--window-size=%d,%d", width, height),
		"--blink-settings=preferredColorScheme="+scheme, "--screenshot="+file, url)
	if err == nil {
		_, err = os.Stat(file)
	}
	if err != nil {
		return fmt.Errorf("take picture: %w\n%s", err, log)
	}
	return nil
}

// DOM returns a page as it is once its scripts ran, and what the browser wrote on its console.
func (b Browser) DOM(ctx context.Context, url string) (dom, console string, err error) {
	dom, console, err = b.run(ctx, "--enable-logging=stderr", "--dump-dom", url)
	if err != nil {
		return "", "", fmt.Errorf("read page: %w\n%s", err, console)
	}
	return dom, console, nil
}

// run runs the browser with a profile of its own. Its sandbox needs rights that a container has not; it only opens our own page.
func (b Browser) run(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	profile, err := os.MkdirTemp("", "rollcall-browser-")
	if err != nil {
		return "", "", fmt.Errorf("make profile: %w", err)
	}
	defer os.RemoveAll(profile)
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
		"--disable-background-networking", "--disable-component-update", "--user-data-dir=" + profile}, args...)
	cmd := exec.CommandContext(ctx, b.path, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}
