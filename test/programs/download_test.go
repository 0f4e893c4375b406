// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"

	"github.com/rollcall-dev/rollcall/test/gobuild"
)

// impatient is for servers that do not answer.
var impatient = patience{dial: time.Second, answer: 200 * time.Millisecond, stall: 200 * time.Millisecond}

func TestAServerThatHangsIsLeft(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter)
		want   string
	}{
		"before it answers": {func(http.ResponseWriter) {}, "timeout awaiting response headers"},
		"in the middle of a file": {func(w http.ResponseWriter) {
			_, _ = w.Write([]byte("half"))
			_ = http.NewResponseController(w).Flush()
		}, "nothing came for 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			g, end := NewWithT(t), make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				tc.answer(w)
				<-end
			}))
			defer server.Close()
			defer close(end)
			t.Setenv(mirrorVariable, server.URL)
			f, err := newFetcher(impatient)
			g.Expect(err).NotTo(HaveOccurred())
			err = f.get(t.Context(), "https://dl.k8s.io/file", io.Discard)
			g.Expect(err).To(BeAssignableToTypeOf(unreachableError{}))
			g.Expect(err).To(MatchError(ContainSubstring(tc.want)))
		})
	}
}

func TestProxiesAreUsed(t *testing.T) {
	g := NewWithT(t)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		_, _ = w.Write([]byte("content"))
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "")
	t.Setenv(mirrorVariable, "http://mirror.example/files/")
	f, err := newFetcher(impatient)
	g.Expect(err).NotTo(HaveOccurred())
	var content bytes.Buffer
	g.Expect(f.get(t.Context(), "https://dl.k8s.io/release/file", &content)).To(Succeed())
	g.Expect(content.String()).To(Equal("content"))
	g.Expect(asked).To(Equal([]string{"http://mirror.example/files/dl.k8s.io/release/file"}))
}

func TestARedirectStaysEncrypted(t *testing.T) {
	g := NewWithT(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	server := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer server.Close()
	t.Setenv(mirrorVariable, server.URL)
	f, err := newFetcher(impatient)
	g.Expect(err).NotTo(HaveOccurred())
	f.client.Transport = server.Client().Transport
	g.Expect(f.get(t.Context(), "https://dl.k8s.io/file", io.Discard)).To(MatchError(ContainSubstring("it redirects to http")))
}

func TestWithoutAChecksumNothingIsDownloaded(t *testing.T) {
	g := NewWithT(t)
	buildable(t) // its checksums.txt is empty
	p, err := makePlan(controlPlane)
	g.Expect(err).NotTo(HaveOccurred())
	t.Setenv(mirrorVariable, "http://127.0.0.1:1")
	d, err := newDownloader(p.downloaded(), gobuild.NewReporter("test", nil, clock.RealClock{}), impatient)
	g.Expect(err).NotTo(HaveOccurred())
	sources := p.sources("linux", "amd64")
	i := slices.IndexFunc(sources, func(s source) bool { return s.checksums == "" })
	_, err = d.one(t.Context(), sources[i])
	g.Expect(err).To(MatchError("no checksum is published, and none is pinned in hack/controlplane/checksums.txt"))
}

func TestWhereProgramsAreReleased(t *testing.T) {
	p := &plan{set: controlPlane, versions: map[string]string{kubernetesModule: "v1.37.2", etcdModule: "v3.7.0", kwokModule: "v0.8.0"}}
	const envtest = "https://github.com/kubernetes-sigs/controller-tools/releases/download/envtest-v1.37.2/envtest-v1.37.2-"
	for platform, want := range map[[2]string][]string{
		{"linux", "amd64"}: {
			"https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kube-controller-manager",
			"https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kube-scheduler",
			envtest + "linux-amd64.tar.gz",
			"https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/kwok-linux-amd64",
			"https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kube-apiserver",
			"https://github.com/etcd-io/etcd/releases/download/v3.7.0/etcd-v3.7.0-linux-amd64.tar.gz",
		},
		{"darwin", "arm64"}: {
			envtest + "darwin-arm64.tar.gz",
			"https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/kwok-darwin-arm64",
		},
	} {
		var got []string
		for _, s := range p.sources(platform[0], platform[1]) {
			got = append(got, s.url)
		}
		NewWithT(t).Expect(got).To(Equal(want))
	}
	NewWithT(t).Expect((&plan{set: node}).sources("linux", "amd64")).To(BeEmpty(), "the programs of a node are built")
}
