// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// Rules are the chart's alerts, in the format of a file of rules.
type Rules struct {
	Groups []Group `json:"groups"`
}

// Group is a group of rules.
type Group struct {
	Name  string  `json:"name"`
	Rules []Alert `json:"rules"`
}

// Alert is one rule.
type Alert struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// RenderRules renders the chart's alerts of the release rollcall in the namespace rollcall-system, with default values.
func RenderRules(ctx context.Context, root string) (Rules, error) {
	helm, err := output(exec.CommandContext(ctx, "go", "-C", filepath.Join(root, "hack", "chart-tools"), "tool", "-n", "helm"))
	if err != nil {
		return Rules{}, err
	}
	rendered, err := output(exec.CommandContext(ctx, strings.TrimSpace(string(helm)), "template", "rollcall", filepath.Join(root, "charts", "rollcall"),
		"--namespace=rollcall-system", "--set=image.repository=registry.example/rollcall", "--set=metrics.prometheusRule.enabled=true",
		"--show-only=templates/prometheusrule.yaml"))
	if err != nil {
		return Rules{}, err
	}
	var object struct{ Spec Rules }
	if err := yaml.Unmarshal(rendered, &object); err != nil {
		return Rules{}, fmt.Errorf("read rules: %w", err)
	}
	return object.Spec, nil
}

// Alerts are all of them.
func (r Rules) Alerts() []Alert {
	var all []Alert
	for _, group := range r.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// Write writes them into a file.
func (r Rules) Write(file string) error {
	content, err := yaml.Marshal(r)
	if err != nil {
		return fmt.Errorf("make rules: %w", err)
	}
	return os.WriteFile(file, content, 0o600)
}

// output runs a program, and returns what it prints, and an error that holds what it complains of.
func output(cmd *exec.Cmd) ([]byte, error) {
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w\n%s", filepath.Base(cmd.Path), err, complaints.String())
	}
	return out, nil
}
