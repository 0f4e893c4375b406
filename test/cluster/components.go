// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rollcall-dev/rollcall/test/programs"
)

// caFile is where the certificate is that the API server's own is signed with.
const caFile = "ca.crt"

// components are the programs that run beside the API server, in the order in which they are started.
func (c *Cluster) components(bin string) ([]command, error) {
	ca, stages := c.api.pki(caFile), filepath.Join(c.dir, "kwok-stages.yaml")
	if err := os.WriteFile(ca, c.config.CAData, 0o644); err != nil {
		return nil, fmt.Errorf("write CA certificate: %w", err)
	}
	if err := writeStages(filepath.Join(bin, programs.StagesFolder), stages); err != nil {
		return nil, err
	}
	commands := []command{
		{"kube-controller-manager", controllerManagerArgs(c.api.pki("sa-signer.key"), ca)},
		{"kube-scheduler", schedulerArgs()},
	}
	if !c.options.WithoutNode {
		commands = append(commands, command{"kwok", kwokArgs(stages)})
	}
	for i := range commands {
		commands[i].path = filepath.Join(bin, commands[i].path)
		commands[i].args = append(commands[i].args, "--kubeconfig="+c.kubeconfig)
	}
	return commands, nil
}

// clientLimits let the controllers of a small machine do hundreds of rollouts in a burst: by default
// they would wait for their own clients' rate limits.
var clientLimits = []string{"--kube-api-qps=500", "--kube-api-burst=1000"}

// controllerManagerArgs: without the node lifecycle controller, because KWOK's heartbeats come late on
// a loaded machine; it would mark the pods unready, and nothing would make them ready again.
// serviceAccountKey is the key that the API server signs tokens with.
func controllerManagerArgs(serviceAccountKey, ca string) []string {
	return append([]string{
		"--controllers=*,-node-lifecycle-controller",
		"--service-account-private-key-file=" + serviceAccountKey,
		"--root-ca-file=" + ca,
		"--use-service-account-credentials=false",
		"--leader-elect=false",
		"--secure-port=0",
		"--concurrent-deployment-syncs=20",
		"--concurrent-replicaset-syncs=20",
		"--concurrent-statefulset-syncs=20",
		"--concurrent-daemonset-syncs=20",
		"--concurrent-job-syncs=20",
		"--concurrent-namespace-syncs=20",
	}, clientLimits...)
}

func schedulerArgs() []string {
	return append([]string{"--leader-elect=false", "--secure-port=0"}, clientLimits...)
}

// kwokArgs: without a port, KWOK does not pretend to serve the kubelet's API.
func kwokArgs(stages string) []string {
	return []string{"--manage-all-nodes=true", "--config=" + stages, "--server-address=", "--node-port=0"}
}
