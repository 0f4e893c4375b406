// SPDX-License-Identifier: Apache-2.0

// Package plugin runs kubectl rollcall as its users do: as a process, with a kubeconfig of theirs, on a real control plane
// on which a manager reports to a local Jira.
package plugin

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/manager"
)

const (
	operatorNamespace = "rollcall-system"
	clusterName       = "eu-1"
	clientID          = "rollcall-plugin"

	patience = 30 * time.Second
	polling  = 100 * time.Millisecond
)

// What the whole suite shares: starting a control plane takes longer than any test.
var (
	kube    client.Client
	control *cluster.Cluster
	jiraNow *jiratest.Server
	running *manager.Process

	// canary is the client secret that must show up nowhere.
	canary = "canary-" + rand.Text()

	managerBinary, managerLog, pluginBinary string
	managerFlags                            []string
)

func TestPlugin(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(polling)
	suite, reporter := GinkgoConfiguration()
	reporter.Verbose = reporter.Verbose || testing.Verbose() // go test -v names the cases
	RunSpecs(t, "kubectl rollcall on a real control plane", suite, reporter)
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	dir := GinkgoT().TempDir()
	startJira()
	startCluster(ctx)
	startManager(ctx, dir)
	buildPlugin(ctx, dir)
	allowSitesToBeRead(ctx)
	mendSecret(ctx, "acme-jira", clientID, canary)
	create(ctx, makeSite("acme"))
	awaitReason(ctx, "acme", v1alpha1.ReasonReady)
}, NodeTimeout(20*time.Minute))

func startJira() {
	server, err := jiratest.Start(jiratest.WithTLS("localhost"))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Close)
	server.AddCredential(clientID, canary, jiratest.Deployments, jiratest.Builds)
	server.AddProject("SHOP", 1000)
	server.AddProject("PAY", 1000)
	jiraNow = server
}

func startCluster(ctx context.Context) {
	var err error
	control, err = cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() error { return control.Stop() })
	scheme := runtime.NewScheme()
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	kube, err = client.New(control.Config(), client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	Expect(cluster.Apply(ctx, kube, "../../config/manager/namespace.yaml", "../../config/crd/bases", "../../config/rbac", "../../config/builds",
		"../e2e/testdata/argo-rollouts-crd.yaml", "../e2e/testdata/flagger-crd.yaml")).To(Succeed())
}

func startManager(ctx context.Context, dir string) {
	var err error
	managerBinary, err = manager.Build(ctx, dir, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	kubeconfig, err := control.ServiceAccountKubeconfig(ctx, operatorNamespace, "rollcall")
	Expect(err).NotTo(HaveOccurred())
	ca := filepath.Join(dir, "ca.pem")
	Expect(os.WriteFile(ca, jiraNow.CAPEM(), 0o600)).To(Succeed())
	managerLog = filepath.Join(dir, "manager.log")
	managerFlags = []string{
		"--kubeconfig=" + kubeconfig, "--namespace=" + operatorNamespace, "--cluster-name=" + clusterName,
		"--leader-elect", "--ca-file=" + ca, "--allow-insecure-api", "--builds=jobs",
		"--metrics-bind-address=0", "--health-probe-bind-address=0",
	}
	runManager()
	DeferCleanup(func() error { return running.Stop() })
}

func runManager() {
	var err error
	running, err = manager.Start(managerBinary, managerLog, managerFlags...)
	Expect(err).NotTo(HaveOccurred())
}

var _ = ReportAfterEach(func(report SpecReport) {
	if !report.Failed() {
		return
	}
	log, err := os.ReadFile(managerLog)
	if err != nil {
		return
	}
	const tail = 6000
	fmt.Fprintf(GinkgoWriter, "The end of the manager's log:\n%s\n", log[max(0, len(log)-tail):])
})
