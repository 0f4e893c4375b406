// SPDX-License-Identifier: Apache-2.0

// Package e2e runs the manager as a user would, as a process with the rights of its own ServiceAccount, on a
// real control plane and against a Jira that keeps Jira's rules.
package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
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
	clusterName       = "e2e"
	clientID          = "rollcall-e2e"
	buildsFlag        = "--builds=jobs,pipelineruns,buildruns,workflows,builds"

	patience = 60 * time.Second
	polling  = 50 * time.Millisecond
)

// What the whole suite shares: starting a control plane takes longer than any test.
var (
	kube    client.Client
	control *cluster.Cluster
	jiraNow *jiratest.Server
	running *manager.Process

	// canary is the client secret that must show up nowhere.
	canary = "canary-" + rand.Text()

	managerBinary, managerLog, auditFile, metricsAddress string
	managerFlags                                         []string
)

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(polling)
	suite, reporter := GinkgoConfiguration()
	reporter.Verbose = reporter.Verbose || testing.Verbose() // go test -v names the cases
	if suite.LabelFilter == "" {
		suite.LabelFilter = "!" + needsPrometheus // make observability-test
	}
	// Ginkgo says which case took the time; go test, which ends the package after twenty minutes, only where each goroutine is.
	suite.Timeout = min(suite.Timeout, 19*time.Minute)
	// What fails first is told last, where it is read; and a cause that every case waits for would use up the time.
	suite.FailFast = suite.FailFast || os.Getenv("CI") == "true"
	RunSpecs(t, "Rollcall on a real control plane", suite, reporter)
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	dir := GinkgoT().TempDir()
	startJira()
	startCluster(ctx)
	startManager(ctx, dir)
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
	Expect(cluster.Apply(ctx, kube, "../../config/manager/namespace.yaml", "../../config/crd/bases", "../../config/rbac", "../../config/builds")).To(Succeed())
}

// startManager starts it with the flags of the suite: the log says all that it can.
func startManager(ctx context.Context, dir string) {
	var err error
	managerBinary, err = manager.Build(ctx, dir, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	kubeconfig, err := control.ServiceAccountKubeconfig(ctx, operatorNamespace, "rollcall")
	Expect(err).NotTo(HaveOccurred())
	ca := filepath.Join(dir, "ca.pem")
	Expect(os.WriteFile(ca, jiraNow.CAPEM(), 0o600)).To(Succeed())
	metricsAddress = freeAddress()
	managerLog, auditFile = filepath.Join(dir, "manager.log"), filepath.Join(dir, "audit.jsonl")
	managerFlags = []string{
		"--kubeconfig=" + kubeconfig, "--namespace=" + operatorNamespace, "--cluster-name=" + clusterName,
		"--leader-elect", "--ca-file=" + ca, "--allow-insecure-api", "--zap-log-level=127",
		"--metrics-bind-address=" + metricsAddress, "--health-probe-bind-address=0", buildsFlag, "--audit-log-file=" + auditFile,
	}
	runManager()
	DeferCleanup(func() error { return running.Stop() })
}

// runManager starts the manager, and waits until it serves its metrics: whichever case comes next may ask for them.
func runManager() {
	GinkgoHelper()
	var err error
	running, err = manager.Start(managerBinary, managerLog, managerFlags...)
	Expect(err).NotTo(HaveOccurred())
	Eventually(func(g Gomega, ctx context.Context) {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", metricsAddress)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(connection.Close()).To(Succeed())
	}).WithContext(context.Background()).Should(Succeed())
}

func restartManager() {
	Expect(running.Stop()).To(Succeed())
	runManager()
}

func freeAddress() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	return listener.Addr().String()
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
