// SPDX-License-Identifier: Apache-2.0

// Package check is the command that says whether Rollcall can work on a cluster, and what keeps it from it.
//
//	API server -> CRDs -> manager -> leader -> rights -> JiraSites and their Secrets -> lines ✔ ✗ !
package check

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// New returns the command.
func New(env *command.Env) *cobra.Command {
	var output command.Output
	var pre bool
	var operatorNamespace string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whether Rollcall can work on this cluster",
		Long: "Looks at the API server, the CRDs, the manager, its leader and its rights, the JiraSites and their Secrets.\n\n" +
			"✔ it is as it should be   ✗ it is not: the exit code is 1   ! it cannot be seen with your rights",
		Example: "  kubectl rollcall check --pre   # before the installation\n" +
			"  kubectl rollcall check",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := newTarget(env, operatorNamespace)
			if err != nil {
				return err
			}
			steps := t.installed()
			if pre {
				steps = t.before()
			}
			a, err := t.look(cmd.Context(), steps)
			if err != nil {
				return err
			}
			printed, err := output.Print(env.Out, a)
			if err == nil && !printed {
				err = a.write(env.Out)
			}
			if err == nil && !a.OK {
				err = command.No()
			}
			return err
		},
	}
	output.AddTo(cmd)
	cmd.Flags().BoolVar(&pre, "pre", false, "Look whether Rollcall can be installed.")
	command.AddOperatorNamespace(cmd, &operatorNamespace)
	return cmd
}

// target is the cluster that is looked at.
type target struct {
	client.Client
	discovery discovery.DiscoveryInterface
	// namespace is the operator's own.
	namespace string
	version   string
	now       func() time.Time
	// date is what the API server's last answer said was its time.
	date *serverDate
	// ahead is by how much the API server's clock is ahead of ours.
	ahead time.Duration
	// manager is what is found of the manager.
	manager manager
}

func newTarget(env *command.Env, namespace string) (*target, error) {
	config, err := env.Config()
	if err != nil {
		return nil, err
	}
	t := &target{namespace: namespace, version: env.Version, now: env.Now, date: &serverDate{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return t.date.around(next) })
	scheme, err := snapshot.Scheme()
	if err != nil {
		return nil, err
	}
	if err := apiextensionsv1.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("make scheme: %w", err)
	}
	if err := t.connect(config, client.Options{Scheme: scheme}); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *target) connect(config *rest.Config, options client.Options) (err error) {
	if t.Client, err = client.New(config, options); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	if t.discovery, err = discovery.NewDiscoveryClientForConfig(config); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	return nil
}

// step looks at one thing.
type step func(context.Context) []Finding

// installed are the steps where Rollcall is installed.
func (t *target) installed() []step {
	return []step{t.clock, t.crds, t.deployment, t.leader, t.managerRights, t.sites}
}

// before are the steps before the installation.
func (t *target) before() []step {
	return []step{t.clock, t.conflicts, t.installerRights}
}

// look takes the steps. It fails where there is no API server that answers.
func (t *target) look(ctx context.Context, steps []step) (Answer, error) {
	findings, err := t.server()
	if err != nil {
		return Answer{}, fmt.Errorf("reach the API server: %w", err)
	}
	for _, next := range steps {
		findings = append(findings, next(ctx)...)
	}
	return answer(findings), nil
}
