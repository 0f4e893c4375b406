// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/manager"
)

// startPatience is how long a reporter may take to start on the largest cluster.
const startPatience = 5 * time.Minute

// reporter is one of the two that are compared: a program, and the Jira that it reports to.
type reporter struct {
	name, log        string
	clientID, secret string
	inbox            *inbox
	profiles         string // where it serves profiles; empty for nowhere
	command          command
	process          *process
}

// command is how a reporter is run.
type command struct {
	binary string
	args   []string
	env    []string
	// ready says whether it works: it knows what is there, and would see a rollout finish.
	ready func(context.Context) bool
}

func newReporter(name, log string) (*reporter, error) {
	server, err := jiratest.Start()
	if err != nil {
		return nil, err
	}
	r := &reporter{name: name, log: log, clientID: name, secret: rand.Text(), inbox: newInbox(server)}
	server.AddCredential(r.clientID, r.secret, jiratest.Deployments)
	server.AddProject(project, knownIssues)
	return r, nil
}

// start starts the program, and returns how long it took until it was ready.
func (r *reporter) start(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	started := time.Now()
	var err error
	if r.process, err = startProcess(r.log, r.command.binary, r.command.env, r.command.args...); err != nil {
		return 0, err
	}
	err = poll(ctx, r.name+" is ready", func() (bool, error) {
		if err := r.process.ended(); err != nil {
			return false, err
		}
		return r.command.ready(ctx), nil
	})
	return time.Since(started), err
}

func (r *reporter) stop() error {
	if r.process == nil {
		return nil
	}
	p := r.process
	r.process = nil
	return p.Stop()
}

// bareCommand runs the bare reporter. It says so itself once it is ready.
func (w *world) bareCommand() command {
	server := w.bare.inbox.server
	return command{
		binary: w.binaries.bare,
		args: []string{
			"--kubeconfig=" + w.cluster.Kubeconfig(), "--cluster-name=" + clusterName,
			"--api-url=" + server.URL(), "--cloud-id=" + server.CloudID(),
		},
		env: []string{"BARE_CLIENT_ID=" + w.bare.clientID, "BARE_CLIENT_SECRET=" + w.bare.secret},
		ready: func(context.Context) bool {
			log, _ := os.ReadFile(w.bare.log) // where it cannot be read, nobody is ready
			return strings.HasPrefix(string(log), "synced\n")
		},
	}
}

// rollcallCommand runs the manager with the flags of the manifests, and with the rights of its ServiceAccount.
func (w *world) rollcallCommand(ctx context.Context) (command, error) {
	kubeconfig, err := w.cluster.ServiceAccountKubeconfig(ctx, operatorNamespace, "rollcall")
	if err != nil {
		return command{}, err
	}
	metrics, err := manager.FreeAddress()
	if err != nil {
		return command{}, err
	}
	if w.rollcall.profiles = w.pprof; w.pprof == "" {
		if w.rollcall.profiles, err = manager.FreeAddress(); err != nil {
			return command{}, err
		}
	}
	return command{
		binary: w.binaries.rollcall,
		args: []string{
			"--kubeconfig=" + kubeconfig, "--namespace=" + operatorNamespace, "--cluster-name=" + clusterName,
			"--leader-elect", "--metrics-bind-address=" + metrics, "--metrics-secure=false", "--health-probe-bind-address=0",
			"--pprof-bind-address=" + w.rollcall.profiles, "--allow-insecure-api",
		},
		ready: func(ctx context.Context) bool { return caughtUp(manager.Scrape(ctx, metrics), w.deployments) },
	}, nil
}
