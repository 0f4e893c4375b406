// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheCommandLineOfTheManager(t *testing.T) {
	tests := map[string]struct {
		args      []string
		wantText  []string
		wantError string
	}{
		"the version":                          {args: []string{"--version"}, wantText: []string{"rollcall dev (commit none, built unknown)"}},
		"help":                                 {args: []string{"--help"}, wantText: []string{"--kubeconfig", "--cluster-name", "--zap-log-level", "wait-sites"}},
		"help of wait-sites":                   {args: []string{"wait-sites", "--help"}, wantText: []string{"wait-sites [SITE...]", "--kubeconfig", "--timeout", "(default 1m0s)"}},
		"a flag that there is not":             {args: []string{"--cluster=eu-1"}, wantError: "parse flags: unknown flag: --cluster"},
		"one dash":                             {args: []string{"-namespace=rollcall-system"}, wantError: "parse flags: unknown shorthand flag: 'n' in -namespace=rollcall-system: write flags with two dashes"},
		"a value that is none":                 {args: []string{"--leader-elect=maybe"}, wantError: `parse flags: invalid argument "maybe" for "--leader-elect" flag`},
		"a level of the log that is none":      {args: []string{"--zap-log-level=loud"}, wantError: `parse flags: invalid argument "loud" for "--zap-log-level" flag`},
		"a flag without its value":             {args: []string{"--namespace"}, wantError: "parse flags: flag needs an argument: --namespace"},
		"an argument that is no flag":          {args: []string{"deployments", "--namespace=x"}, wantError: `read options: unexpected arguments ["deployments"]: every option is a flag`},
		"a flag that is not one of wait-sites": {args: []string{"wait-sites", "--leader-elect"}, wantError: "parse flags: unknown flag: --leader-elect"},
		"a file that is no kubeconfig":         {args: []string{"wait-sites", "--kubeconfig=/nowhere/config", "--timeout=1ms", "acme"}, wantError: "find kubeconfig: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := newCommand()
			cmd.SetOut(&out)
			cmd.SetArgs(tt.args)
			err := cmd.ExecuteContext(t.Context())
			if tt.wantError == "" && err != nil || tt.wantError != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.wantError)) {
				t.Errorf("error = %v, want %q", err, tt.wantError)
			}
			for _, want := range tt.wantText {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it says %q, want %q in it", out.String(), want)
				}
			}
		})
	}
}
