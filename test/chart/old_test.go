// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"

	managerprocess "github.com/rollcall-dev/rollcall/test/manager"
)

// testOldKubernetes shows Helm and the manager an API server that says that it is older than it is.
func (w *world) testOldKubernetes(t *testing.T) {
	g := NewWithT(t)
	upgrade := func(kubeconfig string) error {
		_, err := command("", helmBinary(t), "upgrade", "rollcall", chart, "--reset-values", "--dry-run=server", withImage,
			"--kubeconfig="+kubeconfig, "--namespace="+namespace)
		return err
	}
	g.Expect(upgrade(w.pretend(t, "v1.31.9"))).To(MatchError(ContainSubstring("Kubernetes is v1.31.9 here, and Rollcall needs >=1.32.0-0: older ones do not take its CRDs")))
	g.Expect(upgrade(w.pretend(t, "v1.32.0-gke.1"))).To(Succeed())

	log := filepath.Join(t.TempDir(), "manager.log")
	process, err := managerprocess.Start(w.managerBinary(t), log, append(managerArgs(t, render(t, "")), "--kubeconfig="+w.pretend(t, "v1.31.9"),
		"--namespace="+namespace, "--health-probe-bind-address=0", "--metrics-bind-address=0")...)
	g.Expect(err).NotTo(HaveOccurred())
	defer process.Kill()
	g.Eventually(process.Ended()).Should(BeClosed())
	g.Expect(process.Stop()).To(MatchError(ContainSubstring("exit status 1")))
	content, err := os.ReadFile(log)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.TrimSpace(string(content))).To(HaveSuffix("rollcall: this is Kubernetes v1.31.9, and Rollcall needs 1.32.0 or newer: older ones do not take its CRDs"))
}

// pretend returns a kubeconfig that leads to the API server by a way on which only its version is another.
func (w *world) pretend(t *testing.T, gitVersion string) string {
	t.Helper()
	g := NewWithT(t)
	target, err := url.Parse(w.Config().Host)
	g.Expect(err).NotTo(HaveOccurred())
	transport, err := rest.TransportFor(w.Config())
	g.Expect(err).NotTo(HaveOccurred())
	way := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport, FlushInterval: -1}
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/version" {
			way.ServeHTTP(answer, request)
			return
		}
		numbers := strings.Split(strings.TrimPrefix(gitVersion, "v"), ".")
		answer.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(answer).Encode(version.Info{Major: numbers[0], Minor: numbers[1], GitVersion: gitVersion}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(func() {
		server.CloseClientConnections() // watches
		server.Close()
	})
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := `{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], users: [{name: a, user: {}}], clusters: [{name: a, cluster: {server: "` + server.URL + `"}}]}`
	g.Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
	return path
}
