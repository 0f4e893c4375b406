// SPDX-License-Identifier: Apache-2.0

// Package options reads and checks the manager's flags.
package options

import (
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

// Options are the manager's options.
type Options struct {
	// ClusterName is the cluster's name in Jira; empty: made of kube-system's UID.
	ClusterName string
	// Namespace is where the Secrets and the lease live.
	Namespace string
	// Workloads are the kinds of workloads to watch, as resource names.
	Workloads []string
	// Builds are the kinds of runs whose builds are reported, as resource names; empty: none is watched.
	Builds []string
	// WatchNamespaces are the namespaces to watch; empty: all.
	WatchNamespaces []string
	// IgnoreAnnotations and IgnoreEnv are names on a pod template, as globs, whose change is no release.
	IgnoreAnnotations, IgnoreEnv []string
	// LeaderElect lets one of several replicas work at a time.
	LeaderElect bool
	// Lease is for how long it works that hears nothing of the API server.
	Lease Lease
	// MetricsAddress and ProbeAddress are where metrics, and health and readiness, are served; "0" for nowhere.
	MetricsAddress, ProbeAddress string
	// MetricsInsecure serves metrics by plain http to whoever asks, instead of by https to those whom the API
	// server lets read /metrics.
	MetricsInsecure bool
	// MetricsCertDir holds tls.crt and tls.key for the metrics; empty: a certificate is made at the start.
	MetricsCertDir string
	// Tracing makes spans of OpenTelemetry, which go where the OTEL_* variables of the environment say.
	Tracing bool
	// PprofAddress is where profiles are served; empty: nowhere.
	PprofAddress string
	// AllowedAPIHosts are the hosts that credentials may be sent to, each with its port where that is not 443.
	AllowedAPIHosts []string
	// AllowInsecureAPI allows loopback addresses as well, and http there.
	AllowInsecureAPI bool
	// CA holds certificates, in PEM, that are trusted beside the system's.
	CA []byte
	// AuditFile is told what Jira was told, a line of JSON for each record and answer; "-" for the standard output, empty: none.
	AuditFile string
	// Version asks for the version alone.
	Version bool
	// Zap are the options of the log.
	Zap zap.Options
}

// namespaceFile is where a pod finds its namespace.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// Known are the kinds that can be watched, by their flags.
type Known struct{ Workloads, Builds []string }

// Flags are the manager's flags.
type Flags struct {
	known                                                          Known
	o                                                              Options
	workloads, builds, namespaces, annotations, env, hosts, caFile string
	secure                                                         bool
}

// Add adds the manager's flags to others.
func Add(flags *pflag.FlagSet, known Known) *Flags {
	f := &Flags{known: known}
	flags.StringVar(&f.o.ClusterName, "cluster-name", "", "The cluster's name in Jira. It is a part of every pipeline's id: once chosen, keep it. Default: made of the UID of kube-system.")
	flags.StringVar(&f.o.Namespace, "namespace", "", "The namespace of the Secrets and of the lease. Default: the pod's own.")
	flags.StringVar(&f.workloads, "workloads", strings.Join(f.known.Workloads, ","), "The kinds of workloads to watch, comma-separated.")
	flags.StringVar(&f.builds, "builds", "", "The kinds of runs whose builds are reported, comma-separated: "+strings.Join(f.known.Builds, ", ")+". Default: none, and none is watched.")
	flags.StringVar(&f.namespaces, "watch-namespaces", "", "The namespaces to watch, comma-separated. Default: all.")
	flags.StringVar(&f.annotations, "ignore-annotations", "", "Annotations of pod templates whose change is no release, as globs, comma-separated. The stamps of well-known tools are ignored anyway.")
	flags.StringVar(&f.env, "ignore-env", "", "Environment variables of pod templates whose change is no release, as globs, comma-separated.")
	flags.BoolVar(&f.o.LeaderElect, "leader-elect", false, "Let one of several replicas work at a time.")
	f.o.Lease.add(flags)
	flags.StringVar(&f.o.MetricsAddress, "metrics-bind-address", ":8443", "Where metrics are served; 0 for nowhere.")
	flags.BoolVar(&f.secure, "metrics-secure", true, "Serve metrics by https, to those whom the API server lets get /metrics. False: by http, to anybody.")
	flags.StringVar(&f.o.MetricsCertDir, "metrics-cert-dir", "", "A folder with tls.crt and tls.key for the metrics. Default: a certificate is made at the start.")
	flags.BoolVar(&f.o.Tracing, "tracing", false, "Make spans of OpenTelemetry, and export them as the OTEL_* variables of the environment say.")
	flags.StringVar(&f.o.PprofAddress, "pprof-bind-address", "", "Where profiles are served, by http, to anybody. Default: nowhere.")
	flags.StringVar(&f.o.ProbeAddress, "health-probe-bind-address", ":8081", "Where /healthz and /readyz are served; 0 for nowhere.")
	flags.StringVar(&f.hosts, "allowed-api-hosts", atlassianHosts, "The hosts that credentials may be sent to, comma-separated, each with its port where that is not 443.")
	flags.BoolVar(&f.o.AllowInsecureAPI, "allow-insecure-api", false, "Let sites lead to loopback addresses, and by http there: for tests alone.")
	flags.StringVar(&f.caFile, "ca-file", "", "A file of certificates, in PEM, that are trusted beside the system's.")
	flags.StringVar(&f.o.AuditFile, "audit-log-file", "", "A file that gets a line of JSON for each answer of Jira to a record; - for the standard output. It may be renamed or removed at any time. Default: none.")
	flags.BoolVar(&f.o.Version, "version", false, "Print the version and stop.")
	zapFlags := flag.NewFlagSet("", flag.ContinueOnError)
	f.o.Zap.BindFlags(zapFlags)
	flags.AddGoFlagSet(zapFlags)
	return f
}

// Options returns what was read, checked. The extra arguments are those that are no flags.
func (f *Flags) Options(extra []string) (Options, error) {
	o := f.o
	if o.Version {
		return o, nil
	}
	o.Workloads, o.Builds, o.WatchNamespaces, o.MetricsInsecure = split(f.workloads), split(f.builds), split(f.namespaces), !f.secure
	o.IgnoreAnnotations, o.IgnoreEnv = split(f.annotations), split(f.env)
	o.AllowedAPIHosts = apiHosts(f.hosts)
	var errs [2]error
	o.Namespace, errs[0] = ownNamespace(o.Namespace)
	o.CA, errs[1] = readCA(f.caFile)
	return o, errors.Join(slices.Concat(errs[:], checkProxies(), o.validate(extra, f.known))...)
}

func (o Options) validate(extra []string, known Known) []error {
	var errs []error
	if len(extra) > 0 {
		errs = append(errs, fmt.Errorf("unexpected arguments %q: every option is a flag", extra))
	}
	if len(o.Workloads)+len(o.Builds) == 0 {
		errs = append(errs, fmt.Errorf("--workloads is empty: name one or more of %s", strings.Join(known.Workloads, ", ")))
	}
	errs = append(errs, amongKnown("--workloads", o.Workloads, known.Workloads)...)
	errs = append(errs, amongKnown("--builds", o.Builds, known.Builds)...)
	for _, namespace := range o.WatchNamespaces {
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			errs = append(errs, fmt.Errorf("--watch-namespaces: %q is no namespace: %s", namespace, problems[0]))
		}
	}
	if o.LeaderElect {
		errs = append(errs, o.Lease.check()...)
	}
	errs = append(errs, checkAPIHosts(o.AllowedAPIHosts)...)
	errs = append(errs, globs("--ignore-annotations", o.IgnoreAnnotations)...)
	errs = append(errs, globs("--ignore-env", o.IgnoreEnv)...)
	if strings.ContainsFunc(o.ClusterName, func(r rune) bool { return r == '/' || unicode.IsSpace(r) }) || len(o.ClusterName) > validation.DNS1123LabelMaxLength {
		errs = append(errs, fmt.Errorf("--cluster-name %q: at most %d characters, without '/' and without spaces", o.ClusterName, validation.DNS1123LabelMaxLength))
	}
	return errs
}

// amongKnown returns what is wrong with the kinds that a flag names.
func amongKnown(flag string, kinds, known []string) []error {
	var errs []error
	for i, kind := range kinds {
		if !slices.Contains(known, kind) {
			errs = append(errs, fmt.Errorf("%s: %q is none of %s", flag, kind, strings.Join(known, ", ")))
		}
		if slices.Contains(kinds[:i], kind) {
			errs = append(errs, fmt.Errorf("%s: %q is named twice", flag, kind))
		}
	}
	return errs
}

// globs returns what is wrong with a flag's globs. One that matches every name would make every change a restart.
func globs(flag string, patterns []string) []error {
	var errs []error
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is no glob: %w", flag, pattern, err))
		} else if strings.Trim(pattern, "*/") == "" {
			errs = append(errs, fmt.Errorf("%s: %q matches every name: no change would be a release", flag, pattern))
		}
	}
	return errs
}

func ownNamespace(given string) (string, error) {
	if given == "" {
		data, err := os.ReadFile(namespaceFile)
		if err != nil {
			return "", errors.New("--namespace is needed outside a pod: the namespace of the Secrets and of the lease")
		}
		given = strings.TrimSpace(string(data))
	}
	if problems := validation.IsDNS1123Label(given); len(problems) > 0 {
		return "", fmt.Errorf("--namespace: %q is no namespace: %s", given, problems[0])
	}
	return given, nil
}

func readCA(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca-file: %s holds no certificate in PEM", file)
	}
	return pem, nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
