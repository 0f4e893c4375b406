// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"
)

func checkVersion(text string) error {
	if _, err := version.ParseSemantic(text); err != nil || !strings.HasPrefix(text, "v") {
		return fmt.Errorf("-version %q: krew takes semantic versions with a v, such as v1.2.3", text)
	}
	return nil
}

// krew's manifest of a plug-in.
type (
	plugin struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   map[string]string `json:"metadata"`
		Spec       spec              `json:"spec"`
	}
	spec struct {
		Version          string     `json:"version"`
		Homepage         string     `json:"homepage"`
		ShortDescription string     `json:"shortDescription"`
		Description      string     `json:"description"`
		Caveats          string     `json:"caveats"`
		Platforms        []download `json:"platforms"`
	}
	download struct {
		Selector selector `json:"selector"`
		URI      string   `json:"uri"`
		SHA256   string   `json:"sha256"`
		Bin      string   `json:"bin"`
	}
	selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	}
)

// manifest is what krew installs the archives by.
func (r *release) manifest(archives []archive) ([]byte, error) {
	p := plugin{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin", Metadata: map[string]string{"name": "rollcall"}, Spec: spec{
		Version:          r.version,
		Homepage:         "https://github.com/rollcall-dev/rollcall",
		ShortDescription: "Say why an issue shows in Jira, or does not",
		Description: "Rollcall is an operator that puts every rollout on the Jira issues that it ships.\n" +
			"This plug-in says what it told Jira of an issue or a workload, and why; checks an\n" +
			"installation; and sets a Jira site up. It reads with your own rights.\n",
		Caveats: "For completion in the shell put kubectl_complete-rollcall on the PATH:\n" +
			"  ln -s ~/.krew/store/rollcall/" + r.version + "/kubectl_complete-rollcall ~/.krew/bin/\n",
	}}
	for _, a := range archives {
		p.Spec.Platforms = append(p.Spec.Platforms, download{
			Selector: selector{MatchLabels: map[string]string{"os": a.os, "arch": a.arch}},
			URI:      r.uri + "/" + r.version + "/" + a.name, SHA256: a.sum, Bin: a.program,
		})
	}
	text, err := yaml.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return text, nil
}
