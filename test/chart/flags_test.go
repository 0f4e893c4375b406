// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/options"
)

func TestTheManagerTakesTheFlags(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var known options.Known
	for _, kind := range workload.Kinds {
		known.Workloads = append(known.Workloads, kind.Resource)
	}
	for _, kind := range runs.Kinds {
		known.Builds = append(known.Builds, kind.Resource)
	}
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := managerArgs(t, render(t, values))
			for i, arg := range args {
				if strings.HasPrefix(arg, "--ca-file=") { // what is mounted there in a pod
					args[i] = "--ca-file=" + ca
				}
			}
			flags := pflag.NewFlagSet("manager", pflag.ContinueOnError)
			added := options.Add(flags, known)
			if err := flags.Parse(append(args, "--namespace="+namespace)); err != nil {
				t.Fatalf("Parse(%q) error = %v", args, err)
			}
			if _, err := added.Options(flags.Args()); err != nil {
				t.Errorf("Options() of %q: error = %v", args, err)
			}
		})
	}
}

// managerArgs are the arguments of the manager's container.
func managerArgs(t *testing.T, rendered objects) []string {
	t.Helper()
	var args []string
	for _, arg := range at(rendered[manager].Object, container+"args").([]any) {
		args = append(args, arg.(string))
	}
	return args
}
