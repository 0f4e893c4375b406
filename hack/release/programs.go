// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// fixed leaves no choice in what decides which bytes come out of a build.
var fixed = []string{"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GOAMD64=v1", "GOARM64=v8.0"}

func (s source) ldflags() string {
	return fmt.Sprintf("-s -w -X main.version=%s -X main.commit=%s -X main.date=%s", s.version, s.commit, s.created.Format(time.RFC3339))
}

// buildImage has hack/image make the image for both platforms.
func buildImage(ctx context.Context, s source, repository, work string) (string, error) {
	program := filepath.Join(work, "image")
	if _, err := command(ctx, s.dir, nil, "go", "build", "-C", "hack/image", "-o", program, "."); err != nil {
		return "", err
	}
	output := filepath.Join(work, "images")
	_, err := command(ctx, s.dir, fixed, program, "-ref="+repository+":"+s.number(), "-commit="+s.commit, "-created="+s.created.Format(time.RFC3339),
		"-ldflags="+s.ldflags(), "-description=Puts every rollout on the Jira issues that it ships.", "-output="+output)
	return filepath.Join(output, "rollcall-"+s.number()+".oci.tar"), err
}

// buildPlugin has hack/plugin make the archives, and krew's manifest.
func buildPlugin(ctx context.Context, s source, work string) error {
	_, err := command(ctx, s.dir, fixed, "go", "run", "./hack/plugin", "-version="+s.version, "-created="+s.created.Format(time.RFC3339),
		"-ldflags="+s.ldflags(), "-uri="+home+"/releases/download", "-output="+work)
	return err
}
