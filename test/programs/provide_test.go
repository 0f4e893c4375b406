// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// obtained is where each program of a folder comes from, as the program says.
func obtained(g Gomega, dir string) map[string]string {
	from := map[string]string{}
	for _, b := range controlPlane.binaries {
		out, err := exec.Command(filepath.Join(dir, b.name)).CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred())
		from[b.name] = strings.TrimSpace(string(out))
	}
	return from
}

// allFrom is one origin of all programs, but for some.
func allFrom(origin string, but map[string]string) map[string]string {
	from := map[string]string{}
	for _, b := range controlPlane.binaries {
		from[b.name] = origin
	}
	for name, other := range but {
		from[name] = other
	}
	return from
}

// mirrored makes a checkout that can be built, and a mirror that has all its programs.
func mirrored(t *testing.T) (root string, m *mirror) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("all programs are released for Linux only")
	}
	root = buildable(t)
	p, err := makePlan(controlPlane)
	if err != nil {
		t.Fatal(err)
	}
	return root, startMirror(t, root, p.sourcesHere())
}

func TestWhatIsReleasedIsDownloaded(t *testing.T) {
	for _, how := range []string{"", "auto", "download"} {
		t.Run("ROLLCALL_CONTROL_PLANE="+how, func(t *testing.T) {
			g, out := NewWithT(t), &bytes.Buffer{}
			_, m := mirrored(t)
			t.Setenv(modeVariable, how)
			dir, err := ControlPlane(t.Context(), out)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(obtained(g, dir)).To(Equal(allFrom(downloaded, nil)))
			g.Expect(filepath.Join(dir, StagesFolder, "pod-ready.yaml")).To(BeARegularFile())
			g.Expect(filepath.Glob(filepath.Join(dir, ".*load*"))).To(BeEmpty(), "nothing half done is left")
			g.Expect(out.String()).To(And(
				ContainSubstring("downloaded kube-scheduler from dl.k8s.io, checksum as published in kube-scheduler.sha256\n"),
				ContainSubstring("downloaded etcd and kube-apiserver from github.com, checksum as published in envtest-releases.yaml\n"),
				ContainSubstring("downloaded kwok from github.com, checksum pinned in hack/controlplane/checksums.txt\n"),
				Not(ContainSubstring("building"))))

			t.Log("The second time nobody is asked, whatever has become of the network.")
			m.Close()
			again, err := ControlPlane(t.Context(), out)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(again).To(Equal(dir))

			t.Log("Who asks for built ones gets none of these.")
			t.Setenv(modeVariable, "build")
			dir, err = ControlPlane(t.Context(), out)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(obtained(g, dir)).To(Equal(allFrom(builtHere, nil)))
		})
	}
}

func TestWithoutAnArchiveOfEnvtestOthersAreAsked(t *testing.T) {
	g, out := NewWithT(t), &bytes.Buffer{}
	_, m := mirrored(t)
	m.change("/envtest-releases.yaml", serve([]byte("releases: {}\n")))
	dir, err := ControlPlane(t.Context(), out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(obtained(g, dir)).To(Equal(allFrom(downloaded, nil)))
	g.Expect(out.String()).To(And(
		ContainSubstring("downloaded kube-apiserver from dl.k8s.io"),
		ContainSubstring("downloaded etcd from github.com, checksum as published in SHA256SUMS\n"),
		Not(ContainSubstring("not downloaded"))))
}

func TestWhatCannotBeDownloadedIsBuilt(t *testing.T) {
	for name, tc := range map[string]struct {
		trouble func(*mirror)
		built   map[string]string // beside what is downloaded; nil: all
		says    string
	}{
		"a file is another than its checksum says": {
			trouble: func(m *mirror) { m.change("/kube-scheduler", serve([]byte("evil"))) },
			built:   map[string]string{"kube-scheduler": builtHere},
			says:    "not downloaded: https://dl.k8s.io/release/v1.99.3/bin/linux/" + runtime.GOARCH + "/kube-scheduler: refused kube-scheduler: its checksum is ",
		},
		"a file is another than is pinned": {
			trouble: func(m *mirror) { m.change("/kwok-linux-"+runtime.GOARCH, serve([]byte("evil"))) },
			built:   map[string]string{"kwok": builtHere},
			says:    "refused kwok-linux-" + runtime.GOARCH,
		},
		"a checksum is a page": {
			trouble: func(m *mirror) { m.change("/kube-scheduler.sha256", serve([]byte("<html>Sign in</html>"))) },
			built:   map[string]string{"kube-scheduler": builtHere},
			says:    `the checksum of kube-scheduler is no SHA-256 or SHA-512: "<html>sign"`,
		},
		"a file is cut": {
			trouble: func(m *mirror) {
				m.change("/kube-scheduler", func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Length", "1000")
					_, _ = w.Write([]byte("half"))
				})
			},
			built: map[string]string{"kube-scheduler": builtHere},
			says:  "it ended after 4 bytes: unexpected EOF",
		},
		"one file is not there": {
			trouble: func(m *mirror) { m.change("/kube-controller-manager", http.NotFound) },
			built:   map[string]string{"kube-controller-manager": builtHere},
			says:    "building kube-controller-manager into ",
		},
		"no file is there": {
			trouble: func(m *mirror) { m.change("", http.NotFound) },
			says:    "building etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok into ",
		},
		"a proxy lets nothing through": {
			trouble: func(m *mirror) {
				m.change("", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })
			},
			says: "the server answers 403 Forbidden",
		},
		"there is no network": {
			trouble: func(m *mirror) { m.Close() },
			says:    "connection refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, out := NewWithT(t), &bytes.Buffer{}
			_, m := mirrored(t)
			tc.trouble(m)
			want := allFrom(builtHere, nil)
			if tc.built != nil {
				want = allFrom(downloaded, tc.built)
			}
			dir, err := ControlPlane(t.Context(), out)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(obtained(g, dir)).To(Equal(want))
			g.Expect(strings.HasSuffix(dir, "_downloaded")).To(Equal(tc.built != nil), "what is all built is no download")
			g.Expect(out.String()).To(ContainSubstring(tc.says))

			t.Log("Who wants downloads only is told why not.")
			t.Setenv(modeVariable, "download")
			t.Setenv("ROLLCALL_CACHE", t.TempDir())
			_, err = ControlPlane(t.Context(), nil)
			g.Expect(err).To(MatchError(And(HavePrefix("download "), ContainSubstring("ROLLCALL_CONTROL_PLANE=auto builds what cannot be downloaded"))))
		})
	}
}

func TestWithoutANetworkOneServerIsTried(t *testing.T) {
	g, out := NewWithT(t), &bytes.Buffer{}
	_, m := mirrored(t)
	m.Close()
	_, err := ControlPlane(t.Context(), out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Count(out.String(), "connection refused")).To(Equal(1))
}

func TestBadChoicesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct{ variable, value, want string }{
		"a way that there is not":  {modeVariable, "fetch", `set ROLLCALL_CONTROL_PLANE to auto, build or download, not to "fetch"`},
		"a mirror without a host":  {mirrorVariable, "mirror/files", "set it to an address such as https://"},
		"a mirror of another kind": {mirrorVariable, "ftp://mirror.example", "set it to an address such as https://"},
	} {
		t.Run(name, func(t *testing.T) {
			buildable(t)
			t.Setenv(tc.variable, tc.value)
			_, err := ControlPlane(t.Context(), nil)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(tc.want)))
		})
	}
}
