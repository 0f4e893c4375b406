// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// kubeletConfig is what differs from the defaults.
func kubeletConfig(scratch, podLogs string) map[string]any {
	return map[string]any{
		"apiVersion":               "kubelet.config.k8s.io/v1beta1",
		"kind":                     "KubeletConfiguration",
		"containerRuntimeEndpoint": "unix://" + containerdSocket,
		"address":                  HostAddress,
		"podLogsDir":               podLogs,
		"volumePluginDir":          filepath.Join(scratch, "volume-plugins"),
		// Who reaches it is in its network namespace, and that is us.
		"authentication": map[string]any{"anonymous": map[string]any{"enabled": true}, "webhook": map[string]any{"enabled": false}},
		"authorization":  map[string]any{"mode": "AlwaysAllow"},
		"healthzPort":    0,
		// This works without systemd, and with both versions of control groups.
		"cgroupDriver":           "cgroupfs",
		"cgroupsPerQOS":          false,
		"enforceNodeAllocatable": []string{},
		"failCgroupV1":           false,
		"failSwapOn":             false,
		// A machine that is short of disk runs the test nevertheless.
		"evictionHard":                  map[string]any{"memory.available": "100Mi"},
		"imageGCHighThresholdPercent":   100,
		"localStorageCapacityIsolation": false,
		// There are no iptables, and nobody answers at this address: that there is one keeps the kubelet quiet.
		"makeIPTablesUtilChains": false,
		"clusterDNS":             []string{"10.0.0.10"},
		"clusterDomain":          "cluster.local",
		"resolvConf":             "",
	}
}

// writeKubeletConfig returns the file's path.
func writeKubeletConfig(scratch, podLogs string) (string, error) {
	content, err := yaml.Marshal(kubeletConfig(scratch, podLogs))
	if err != nil {
		return "", fmt.Errorf("make configuration of the kubelet: %w", err)
	}
	file := filepath.Join(scratch, "kubelet.yaml")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		return "", fmt.Errorf("write configuration of the kubelet: %w", err)
	}
	return file, nil
}
