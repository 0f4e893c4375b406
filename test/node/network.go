// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// serviceAddress is the address of the Service "kubernetes": the first of the API server's range.
	serviceAddress = "10.0.0.1"

	// HostAddress is the node's. What is to be reached from pods listens there.
	HostAddress = "10.1.0.1"

	podNetwork = "10.88.0.0/16"
)

// setUpNetwork gives the new network namespace the node's addresses. They are on the loopback device: as
// they are local, Linux takes packets for them from any device, and so from the pods' ones.
func setUpNetwork(ctx context.Context) error {
	ip := exec.CommandContext(ctx, "ip", "-batch", "-")
	ip.Stdin = strings.NewReader(fmt.Sprintf("link set lo up\naddress add %s/32 dev lo\naddress add %s/32 dev lo\n", serviceAddress, HostAddress))
	if out, err := ip.CombinedOutput(); err != nil {
		return fmt.Errorf("set up network: %w\n%s", err, out)
	}
	return nil
}

// podNetworkConfig connects each pod with the node, by a pair of devices of its own. Nothing is translated,
// so no iptables are needed; and as nothing on the way out is, pods reach this machine alone.
func podNetworkConfig(scratch string) ([]byte, error) {
	return json.MarshalIndent(map[string]any{
		"cniVersion": "1.0.0",
		"name":       "rollcall",
		"plugins": []any{map[string]any{
			"type":   "ptp",
			"ipMasq": false,
			"ipam": map[string]any{
				"type":    "host-local",
				"subnet":  podNetwork,
				"routes":  []any{map[string]any{"dst": "0.0.0.0/0"}},
				"dataDir": filepath.Join(scratch, "addresses"),
			},
		}},
	}, "", "  ")
}

// writePodNetwork writes the configuration into a folder of its own, which it returns.
func writePodNetwork(scratch string) (string, error) {
	config, err := podNetworkConfig(scratch)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(scratch, "cni")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make folder of the network: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "10-rollcall.conflist"), config, 0o644); err != nil {
		return "", fmt.Errorf("write network: %w", err)
	}
	return dir, nil
}
