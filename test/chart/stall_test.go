// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	managerprocess "github.com/rollcall-dev/rollcall/test/manager"
)

const (
	// stall is longer than the default of leaderElection.renewDeadline.
	stall  = 12 * time.Second
	stalls = 5
	// watching are the namespaces in which the release of testManager gave it its rights. Without all of them it never leads.
	watching = "watchNamespaces: [shop-prod, shop-dev]\n"
	// longLease is what docs/operations.md says for an API server that stalls.
	longLease = `leaderElection: {leaseDuration: 60s, renewDeadline: 40s, retryPeriod: 5s}`
)

// testStalls holds what goes between a manager and the API server, as an API server that is busy or frozen does: connections
// stay, requests are under way, and nothing is answered.
func (w *world) testStalls(t *testing.T) {
	g := NewWithT(t)
	way := startWay(g, w.Config().Host)
	t.Cleanup(way.close)

	// With the lease that the chart has by default one stall ends the manager: this test can fail.
	process, log := w.leader(t, way, watching)
	way.hold(stall)
	g.Eventually(process.Ended()).Should(BeClosed())
	content, err := os.ReadFile(log)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(content)).To(ContainSubstring("leader election lost"))

	process, _ = w.leader(t, way, watching+longLease)
	leads := w.lease(t)
	for range stalls {
		way.hold(stall)
		time.Sleep(3 * time.Second)
		g.Expect(process.Ended()).NotTo(BeClosed())
	}
	last := time.Now()
	g.Eventually(func() time.Time { return w.lease(t).Spec.RenewTime.Time }).Should(BeTemporally(">", last))
	g.Expect(w.lease(t).Spec.HolderIdentity).To(Equal(leads.Spec.HolderIdentity))
	g.Expect(w.lease(t).Spec.LeaseTransitions).To(Equal(leads.Spec.LeaseTransitions))
	g.Expect(process.Stop()).To(Succeed())
}

// leader starts a manager on that way to the API server, with the flags that the values make, and waits until it leads.
func (w *world) leader(t *testing.T, way *way, values string) (process *managerprocess.Process, log string) {
	t.Helper()
	g, dir := NewWithT(t), t.TempDir()
	before := w.lease(t).Spec.HolderIdentity
	path, err := w.ServiceAccountKubeconfig(t.Context(), namespace, "rollcall")
	g.Expect(err).NotTo(HaveOccurred())
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	kubeconfig := filepath.Join(dir, "kubeconfig")
	g.Expect(os.WriteFile(kubeconfig, []byte(strings.ReplaceAll(string(content), w.Config().Host, "https://"+way.listener.Addr().String())), 0o600)).To(Succeed())
	log = filepath.Join(dir, "manager.log")
	process, err = managerprocess.Start(w.managerBinary(t), log, append(managerArgs(t, render(t, values)), "--kubeconfig="+kubeconfig,
		"--namespace="+namespace, "--health-probe-bind-address=0", "--metrics-bind-address=0")...)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(process.Kill)
	g.Eventually(func() *string { return w.lease(t).Spec.HolderIdentity }).Should(And(Not(BeNil()), Not(HaveValue(BeEmpty())), Not(Equal(before))))
	return process, log
}

// lease is the manager's lease; empty where there is none.
func (w *world) lease(t *testing.T) *coordinationv1.Lease {
	t.Helper()
	lease := &coordinationv1.Lease{}
	err := w.kube.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "rollcall.rollcall.dev"}, lease)
	NewWithT(t).Expect(client.IgnoreNotFound(err)).To(Succeed())
	return lease
}

// way leads to the API server, byte by byte, and can be held.
type way struct {
	listener net.Listener
	target   string
	gate     sync.RWMutex // who holds it lets nothing through
}

func startWay(g Gomega, host string) *way {
	target, err := url.Parse(host)
	g.Expect(err).NotTo(HaveOccurred())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	w := &way{listener: listener, target: target.Host}
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // it is closed
			}
			go w.lead(from)
		}
	}()
	return w
}

func (w *way) close() { _ = w.listener.Close() }

func (w *way) hold(during time.Duration) {
	w.gate.Lock()
	defer w.gate.Unlock()
	time.Sleep(during)
}

func (w *way) lead(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		w.copy(from, to)
		_ = from.Close()
	}()
	w.copy(to, from)
}

func (w *way) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.gate.RLock()
		_, failed := to.Write(buffer[:n])
		w.gate.RUnlock()
		if err != nil || failed != nil {
			return
		}
	}
}
