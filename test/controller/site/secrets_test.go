// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// secretTraffic is what the manager got of Secrets from the API server: how many bytes, and whose data.
type secretTraffic struct {
	mu    sync.Mutex
	bytes int
	read  []string
}

func (s *secretTraffic) noted() (int, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes, s.read
}

// counted is a transport that notes what it carries of Secrets.
type counted struct {
	next http.RoundTripper
	in   *secretTraffic
}

// RoundTrip implements http.RoundTripper.
func (c counted) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := c.next.RoundTrip(request)
	if err != nil || !strings.Contains(request.URL.Path, "/secrets") {
		return response, err
	}
	if name := path.Base(request.URL.Path); name != "secrets" {
		c.in.mu.Lock()
		c.in.read = append(c.in.read, name)
		c.in.mu.Unlock()
	}
	response.Body = countedBody{response.Body, c.in}
	return response, nil
}

type countedBody struct {
	io.ReadCloser
	in *secretTraffic
}

// Read implements io.Reader.
func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.in.mu.Lock()
	b.in.bytes += n
	b.in.mu.Unlock()
	return n, err
}

// A Secret that no site names is nobody's business: what is in it does not reach the manager. Helm keeps each revision of
// a release as a Secret of up to 1 MiB in the operator's namespace.
func TestASecretThatNoSiteNamesIsNotRead(t *testing.T) {
	g := start(t)
	makeSecret(g, "named")
	makeSite(g, "named", "named")
	g.Eventually(ready("named"), eventually).Should(Equal([]string{v1alpha1.ReasonReady}))
	before, _ := shared.secrets.noted()

	for _, name := range []string{"sh.helm.release.v1.rollcall.v1", "sh.helm.release.v1.rollcall.v2", "sh.helm.release.v1.rollcall.v3"} {
		g.Expect(shared.kube.Create(t.Context(), &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name}, Type: "helm.sh/release.v1",
			Data: map[string][]byte{"release": []byte(strings.Repeat("H4sI", 200<<10))},
		})).To(Succeed())
	}
	makeSecret(g, "named-later") // once its site is Ready, the cache knows of those before it
	makeSite(g, "named-later", "named-later")
	g.Eventually(ready("named-later"), eventually).Should(Equal([]string{v1alpha1.ReasonReady}))

	after, read := shared.secrets.noted()
	g.Expect(after-before).To(BeNumerically("<", 32<<10), "bytes of Secrets that the manager got")
	g.Expect(read).To(ContainElements("named", "named-later"))
	g.Expect(read).NotTo(ContainElement(HavePrefix("sh.helm.")))
}
