// SPDX-License-Identifier: Apache-2.0

package node

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
)

// containerdSocket is where containerd listens unless it is told otherwise: in a folder that is hidden here.
const containerdSocket = "/run/containerd/containerd.sock"

// PauseImage is the image of the process that holds a pod's namespaces. It has to be loaded.
const PauseImage = "rollcall.test/pause:1"

// containerdConfig is what differs from the defaults:
//
//   - the native snapshotter copies files: it works on every file system, also on an overlay;
//   - the pause image is our own: nothing is pulled;
//   - no process gets a lower OOM score than we have, which takes a capability (CAP_SYS_RESOURCE) that root
//     in a container has not.
var containerdConfig = template.Must(template.New("containerd").Parse(`version = 4
root = "{{ .Scratch }}/containerd"
state = "/run/containerd"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{{ .PauseImage }}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["{{ .Bin }}"]
  conf_dir = "{{ .Network }}"
  use_internal_loopback = true
`))

// writeContainerdConfig returns the file's path.
func writeContainerdConfig(bin, scratch, network string) (string, error) {
	var config bytes.Buffer
	if err := containerdConfig.Execute(&config, map[string]string{
		"Bin": bin, "Scratch": scratch, "Network": network, "PauseImage": PauseImage,
	}); err != nil {
		return "", fmt.Errorf("make configuration of containerd: %w", err)
	}
	file := filepath.Join(scratch, "containerd.toml")
	if err := os.WriteFile(file, config.Bytes(), 0o644); err != nil {
		return "", fmt.Errorf("write configuration of containerd: %w", err)
	}
	return file, nil
}

// load waits until containerd answers, and makes the images in the files available to pods, under the names
// that they have there.
func (n *Node) load(ctx context.Context, options Options) error {
	if err := poll(ctx, func(ctx context.Context) error { return n.ctr(ctx, "version") }); err != nil {
		return fmt.Errorf("wait for containerd: %w", err)
	}
	for _, file := range options.Images {
		if err := n.ctr(ctx, "images", "import", "--local", "--snapshotter=native", file); err != nil {
			return fmt.Errorf("load %s: %w", file, err)
		}
	}
	return nil
}

// ctr runs a command of containerd's client, in the namespace of the kubelet's images.
func (n *Node) ctr(ctx context.Context, args ...string) error {
	args = append([]string{"--address", containerdSocket, "--namespace", "k8s.io"}, args...)
	if out, err := exec.CommandContext(ctx, filepath.Join(n.bin, "ctr"), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}
