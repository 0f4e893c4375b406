// SPDX-License-Identifier: Apache-2.0

package options

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

var known = Known{Workloads: []string{"deployments", "statefulsets"}, Builds: []string{"jobs", "pipelineruns"}}

func parse(args ...string) (Options, error) {
	flags := pflag.NewFlagSet("manager", pflag.ContinueOnError)
	added := Add(flags, known)
	if err := flags.Parse(args); err != nil {
		return Options{}, err
	}
	return added.Options(flags.Args())
}

func TestParse(t *testing.T) {
	// with returns the options where only what has to be given is given, but for a change.
	with := func(change func(*Options)) Options {
		o := Options{
			Namespace: "rollcall-system", Workloads: known.Workloads, Builds: []string{}, WatchNamespaces: []string{}, IgnoreAnnotations: []string{}, IgnoreEnv: []string{},
			MetricsAddress: ":8443", ProbeAddress: ":8081", Lease: Lease{15 * time.Second, 10 * time.Second, 2 * time.Second},
			AllowedAPIHosts: []string{"api.atlassian.com", "api.atlassian-us-gov-mod.com", "auth.atlassian-us-gov-mod.com"},
		}
		change(&o)
		return o
	}
	tests := map[string]struct {
		args []string
		want Options
	}{
		"the defaults": {
			want: with(func(*Options) {}),
		},
		"everything": {
			args: []string{
				"--cluster-name=eu-1", "--workloads=statefulsets", "--watch-namespaces=shop,pay", "--leader-elect",
				"--metrics-bind-address=0", "--health-probe-bind-address=127.0.0.1:9000",
				"--ignore-annotations=acme.example/*,rotated", "--ignore-env=ACME_*", "--metrics-secure=false", "--metrics-cert-dir=/certs", "--pprof-bind-address=127.0.0.1:6060", "--tracing",
				"--allowed-api-hosts=Gateway.acme.example:443,10.1.0.1:8443", "--allow-insecure-api", "--audit-log-file=/var/log/rollcall/audit.jsonl",
			},
			want: with(func(o *Options) {
				o.ClusterName, o.Workloads, o.WatchNamespaces = "eu-1", []string{"statefulsets"}, []string{"shop", "pay"}
				o.IgnoreAnnotations, o.IgnoreEnv = []string{"acme.example/*", "rotated"}, []string{"ACME_*"}
				o.LeaderElect, o.MetricsAddress, o.ProbeAddress = true, "0", "127.0.0.1:9000"
				o.AllowedAPIHosts, o.AllowInsecureAPI = []string{"gateway.acme.example", "10.1.0.1:8443"}, true
				o.AuditFile = "/var/log/rollcall/audit.jsonl"
				o.MetricsInsecure, o.MetricsCertDir, o.PprofAddress, o.Tracing = true, "/certs", "127.0.0.1:6060", true
			}),
		},
		"a long lease": {
			args: []string{"--leader-elect", "--leader-elect-lease-duration=1m", "--leader-elect-renew-deadline=40s", "--leader-elect-retry-period=5s"},
			want: with(func(o *Options) { o.LeaderElect, o.Lease = true, Lease{time.Minute, 40 * time.Second, 5 * time.Second} }),
		},
		"a lease that nobody asks for": {
			args: []string{"--leader-elect-lease-duration=1s"},
			want: with(func(o *Options) { o.Lease.Duration = time.Second }),
		},
		"builds, beside workloads": {
			args: []string{"--builds= pipelineruns,jobs ,"},
			want: with(func(o *Options) { o.Builds = []string{"pipelineruns", "jobs"} }),
		},
		"builds alone": {
			args: []string{"--workloads=", "--builds=jobs"},
			want: with(func(o *Options) { o.Workloads, o.Builds = []string{}, []string{"jobs"} }),
		},
		"lists, as people write them": {
			args: []string{"--workloads= statefulsets, deployments,", "--watch-namespaces=shop,, pay"},
			want: with(func(o *Options) {
				o.Workloads, o.WatchNamespaces = []string{"statefulsets", "deployments"}, []string{"shop", "pay"}
			}),
		},
		"a cluster's name may be as long as a label": {
			args: []string{"--cluster-name=" + strings.Repeat("a", 63)},
			want: with(func(o *Options) { o.ClusterName = strings.Repeat("a", 63) }),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parse(append([]string{"--namespace=rollcall-system"}, tt.args...)...)
			if err != nil {
				t.Fatalf("Parse() error = %v", err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Options{}, "Zap")); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseReadsTheFlagsOfTheLog(t *testing.T) {
	o, err := parse("--namespace=rollcall-system", "--zap-devel")
	if err != nil || !o.Zap.Development {
		t.Errorf("Parse() = %v; development = %v, want it to be set", err, o.Zap.Development)
	}
}

func TestParseRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args []string
		want []string // what the error holds
	}{
		"a lease that ends while its leader leads": {
			[]string{"--leader-elect", "--leader-elect-lease-duration=10s"},
			[]string{"--leader-elect-lease-duration 10s: longer than --leader-elect-renew-deadline, 10s, or another manager leads before this one has given up"},
		},
		"a lease without a second try": {
			[]string{"--leader-elect", "--leader-elect-retry-period=9s"},
			[]string{"--leader-elect-renew-deadline 10s: longer than 1.2 times --leader-elect-retry-period, 9s, or there is no second try"},
		},
		"a lease of no time": {
			[]string{"--leader-elect", "--leader-elect-lease-duration=900ms", "--leader-elect-renew-deadline=500ms", "--leader-elect-retry-period=0s"},
			[]string{"--leader-elect-lease-duration 900ms: at least 1s", "--leader-elect-retry-period 0s: longer than 0"},
		},
		"a flag that there is not": {
			[]string{"--cluster=eu-1"}, []string{"unknown flag: --cluster"},
		},
		"an argument that is no flag": {
			[]string{"deployments"}, []string{`unexpected arguments ["deployments"]: every option is a flag`},
		},
		"no workloads": {
			[]string{"--workloads=,"}, []string{"--workloads is empty: name one or more of deployments, statefulsets"},
		},
		"a kind of workload that nobody knows": {
			[]string{"--workloads=deployments,pods"}, []string{`--workloads: "pods" is none of deployments, statefulsets`},
		},
		"a kind of runs that nobody knows": {
			[]string{"--builds=jobs,taskruns"}, []string{`--builds: "taskruns" is none of jobs, pipelineruns`},
		},
		"a kind of workloads among those of runs": {
			[]string{"--builds=deployments"}, []string{`--builds: "deployments" is none of jobs, pipelineruns`},
		},
		"a kind of runs twice": {
			[]string{"--builds=jobs,jobs"}, []string{`--builds: "jobs" is named twice`},
		},
		"a namespace to watch that is none": {
			[]string{"--watch-namespaces=shop,Pay_1"}, []string{`--watch-namespaces: "Pay_1" is no namespace: `},
		},
		"a glob that does not parse": {
			[]string{"--ignore-annotations=acme.example/[a"}, []string{`--ignore-annotations: "acme.example/[a" is no glob: syntax error`},
		},
		"a glob that matches everything": {
			[]string{"--ignore-annotations=*/*", "--ignore-env=*"}, []string{`--ignore-annotations: "*/*" matches every name: `, `--ignore-env: "*" matches every name: `},
		},
		"a namespace of its own that is none": {
			[]string{"--namespace=Rollcall"}, []string{`--namespace: "Rollcall" is no namespace: `},
		},
		"a cluster's name with a slash": {
			[]string{"--cluster-name=eu/1"}, []string{`--cluster-name "eu/1": at most 63 characters, without '/' and without spaces`},
		},
		"a cluster's name with a space": {
			[]string{"--cluster-name=eu 1"}, []string{`--cluster-name "eu 1": `},
		},
		"a cluster's name that is too long": {
			[]string{"--cluster-name=" + strings.Repeat("a", 64)}, []string{"at most 63 characters"},
		},
		"no host to send to": {
			[]string{"--allowed-api-hosts="}, []string{"--allowed-api-hosts is empty"},
		},
		"hosts that are none": {
			[]string{"--allowed-api-hosts=https://api.atlassian.com,*.atlassian.com,api.atlassian.com/x,a@b"},
			[]string{`"https://api.atlassian.com" is no host`, `"*.atlassian.com" is no host`, `"api.atlassian.com/x" is no host`, `"a@b" is no host`},
		},
		"a CA file that is not there": {
			[]string{"--ca-file=/nowhere/ca.pem"}, []string{"--ca-file: open /nowhere/ca.pem: "},
		},
		"a CA file without a certificate": {
			[]string{"--ca-file=" + empty}, []string{"--ca-file: " + empty + " holds no certificate in PEM"},
		},
		"all that is wrong at once": {
			[]string{"--workloads=pods", "--cluster-name=a/b", "--ca-file=/nowhere/ca.pem", "--namespace=X", "more"},
			[]string{"--workloads: ", "--cluster-name ", "--ca-file: ", "--namespace: ", "unexpected arguments "},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parse(append([]string{"--namespace=rollcall-system"}, tt.args...)...)
			if err == nil {
				t.Fatal("Parse() error = nil, want one")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Parse() error = %q, want it to hold %q", err, want)
				}
			}
		})
	}
}

func TestParseKeepsTheCAFile(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	want := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := parse("--namespace=rollcall-system", "--ca-file="+file)
	if err != nil {
		t.Fatalf("Parse() error = %v", err)
	}
	if diff := cmp.Diff(string(want), string(o.CA)); diff != "" {
		t.Errorf("CA (-want +got):\n%s", diff)
	}
}

// These tests may run in a pod themselves.
func TestTheNamespaceIsThePodsOwnWhereNoneIsGiven(t *testing.T) {
	o, err := parse()
	if own, absent := os.ReadFile(namespaceFile); absent == nil {
		if want := strings.TrimSpace(string(own)); err != nil || o.Namespace != want {
			t.Errorf("Parse() = %q, %v; want %q, the pod's own", o.Namespace, err, want)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), "--namespace is needed outside a pod: ") {
		t.Errorf("Parse() error = %v, want one that asks for --namespace", err)
	}
}

// Who asks for the version may have no cluster, and no namespace.
func TestTheVersionNeedsNothingElse(t *testing.T) {
	if o, err := parse("--version", "--workloads=pods"); err != nil || !o.Version {
		t.Errorf("Parse(--version) = %v, %v; want it without an error", o.Version, err)
	}
}
