// SPDX-License-Identifier: Apache-2.0

// Package command is what the commands of kubectl rollcall share: the cluster and the user's rights in it, the streams, the
// clock, forms of output, and errors with an exit code.
package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// Env is what every command works with.
type Env struct {
	genericiooptions.IOStreams
	// Flags are those of kubectl that choose the cluster, the user and the namespace.
	Flags *genericclioptions.ConfigFlags
	// Now is the clock.
	Now func() time.Time
	// Version is the version of the plug-in.
	Version string
}

// Config returns how the API server is reached. The API server's own rules of priority and fairness limit the rate.
func (e *Env) Config() (*rest.Config, error) {
	config, err := e.Flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	config = rest.CopyConfig(config)
	config.QPS, config.UserAgent = -1, "kubectl-rollcall/"+e.Version
	return config, nil
}

// Client returns a client that reads from the API server with the user's rights.
func (e *Env) Client() (client.WithWatch, error) {
	config, err := e.Config()
	if err != nil {
		return nil, err
	}
	scheme, err := snapshot.Scheme()
	if err != nil {
		return nil, err
	}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return c, nil
}

// Scope is which namespaces a command reads.
type Scope struct{ all bool }

// AddTo adds the flag -A to a command.
func (s *Scope) AddTo(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&s.all, "all-namespaces", "A", false, "Read all namespaces.")
}

// All says that -A was given.
func (s *Scope) All() bool { return s.all }

// Namespace returns the namespace to read; empty for all of them.
func (s *Scope) Namespace(e *Env) (string, error) {
	if s.all {
		return "", nil
	}
	return e.Namespace()
}

// Namespace returns the namespace that -n names, or the current context.
func (e *Env) Namespace() (string, error) {
	namespace, _, err := e.Flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", fmt.Errorf("find the namespace: %w", err)
	}
	return namespace, nil
}
