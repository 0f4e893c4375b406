// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/manager"
	"github.com/rollcall-dev/rollcall/test/repository"
)

// The credential of the documents, as a reader would type it.
const clientID, clientSecret = "CLIENT_ID", "not-a-secret"

// hosts are those that the documents name, and that the Jira of the tests answers as.
var hosts = []string{
	"api.atlassian.com", "acme.atlassian.net", "partner.atlassian.net", "pay.atlassian.net",
	"api.atlassian-us-gov-mod.com", "acme.atlassian-us-gov-mod.net",
}

// world is what the commands are run in.
type world struct {
	*cluster.Cluster
	kube  client.Client
	jira  *jiratest.Server
	proxy string // to Jira, and to nowhere else
	// programs is the folder of kubectl, helm and the like, binary the manager.
	programs, binary string
}

func startWorld(t *testing.T) *world {
	t.Helper()
	g := NewWithT(t)
	ctrllog.SetLogger(logr.Discard())
	w := &world{programs: programs(t)}

	var err error
	w.jira, err = jiratest.Start(jiratest.WithTLS(hosts...))
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(w.jira.Close)
	w.jira.AddCredential(clientID, clientSecret, jiratest.Deployments, jiratest.Builds)
	w.jira.AddProject("SHOP", 100)
	w.jira.AddProject("PAY", 100)
	proxy := httptest.NewServer(tunnel{w.jira.Host()})
	t.Cleanup(proxy.Close)
	w.proxy = proxy.URL

	w.binary, err = manager.Build(t.Context(), t.TempDir(), nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(repository.Build(t.Context(), "kubectl-rollcall", filepath.Join(w.programs, "kubectl-rollcall"))).To(Succeed())
	w.Cluster, err = cluster.Start(t.Context(), cluster.Options{Progress: os.Stderr})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(w.Stop()).To(Succeed()) })
	scheme := runtime.NewScheme()
	g.Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	w.kube, err = client.New(w.Config(), client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cluster.Apply(t.Context(), w.kube, "testdata/crds")).To(Succeed())
	return w
}

// tunnel is a proxy that connects to Atlassian's hosts alone, and what it connects to is the Jira of the tests.
type tunnel struct{ jira string }

func (p tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	if r.Method != http.MethodConnect || !strings.Contains(host, "atlassian") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	there, err := new(net.Dialer).DialContext(r.Context(), "tcp", p.jira)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = here.Close() }()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here) }()
	_, _ = io.Copy(here, there)
}

// runManager runs a manager with the rights of the installed ServiceAccount until the context ends.
func (w *world) runManager(ctx context.Context, folder string) error {
	kubeconfig, err := w.ServiceAccountKubeconfig(ctx, operator, "rollcall")
	if err != nil {
		return err
	}
	ca := filepath.Join(folder, "jira-ca.pem")
	if err := os.WriteFile(ca, w.jira.CAPEM(), 0o600); err != nil {
		return err
	}
	process, err := manager.StartWith([]string{"HTTPS_PROXY=" + w.proxy, "https_proxy=" + w.proxy, "NO_PROXY=127.0.0.1"}, w.binary,
		filepath.Join(folder, "manager.log"), "--kubeconfig="+kubeconfig, "--namespace="+operator, "--cluster-name=eu-1", "--leader-elect",
		"--ca-file="+ca, "--metrics-bind-address=0", "--health-probe-bind-address=0")
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		process.Kill()
		return nil
	case <-process.Ended():
		return errors.New("the manager ended by itself")
	}
}
