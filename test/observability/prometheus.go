// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/test/manager"
)

// Package is the Debian package that brings the programs.
const Package = "prometheus"

// Missing says what to do where a program is missing that the tests need, and whether that is a failure: in CI nothing is
// skipped for want of a package.
func Missing() (say string, fail bool) {
	for _, program := range []string{"prometheus", "promtool"} {
		if _, err := exec.LookPath(program); err != nil {
			ci := os.Getenv("CI")
			return fmt.Sprintf("the program %s is missing (Debian: apt-get install %s)", program, Package), ci != "" && ci != "false"
		}
	}
	return "", false
}

// Target is something that Prometheus scrapes. The labels are those that a ServiceMonitor would give it.
type Target struct {
	Address        string
	Job, Namespace string
	// Token is shown to a target that serves https, with a certificate that nobody signed; none: it serves http.
	Token string
}

// Prometheus is one that runs.
type Prometheus struct {
	process *manager.Process
	// address is where it serves its API.
	address string
}

// Start starts a Prometheus that scrapes each second, with rules in that file. It keeps everything in the folder.
func Start(ctx context.Context, dir, rules string, targets ...Target) (*Prometheus, error) {
	config, err := writeConfig(dir, rules, targets)
	if err != nil {
		return nil, err
	}
	address, err := manager.FreeAddress()
	if err != nil {
		return nil, err
	}
	process, err := manager.Start("prometheus", filepath.Join(dir, "prometheus.log"), "--config.file="+config,
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	if err != nil {
		return nil, err
	}
	p := &Prometheus{process: process, address: address}
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func writeConfig(dir, rules string, targets []Target) (string, error) {
	var jobs []any
	for i, t := range targets {
		job := map[string]any{
			"job_name": fmt.Sprintf("target-%d", i),
			"static_configs": []any{map[string]any{
				"targets": []string{t.Address}, "labels": map[string]string{"job": t.Job, "namespace": t.Namespace},
			}},
		}
		if t.Token != "" {
			job["scheme"], job["tls_config"] = "https", map[string]any{"insecure_skip_verify": true}
			job["authorization"] = map[string]any{"credentials": t.Token}
		}
		jobs = append(jobs, job)
	}
	content, err := yaml.Marshal(map[string]any{
		"global":         map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"},
		"rule_files":     []string{rules},
		"scrape_configs": jobs,
	})
	if err != nil {
		return "", fmt.Errorf("make configuration: %w", err)
	}
	file := filepath.Join(dir, "prometheus.yaml")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return file, nil
}

func (p *Prometheus) awaitReady(ctx context.Context) error {
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if _, err := p.Rules(ctx); err == nil {
			return nil
		}
		select {
		case <-p.process.Ended():
			return errors.New("prometheus ended, see prometheus.log")
		case <-ctx.Done():
			return fmt.Errorf("await prometheus: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Stop ends it.
func (p *Prometheus) Stop() error { return p.process.Stop() }
