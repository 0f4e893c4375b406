// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"runtime"
	"slices"
)

// source is a released file that is a program, or an archive of programs.
type source struct {
	url      string
	programs []string // that it holds
	archive  bool     // .tar.gz, where a program is the file of its name
	// checksums is where the checksum is published, beside the file. Empty: nowhere, and it has to be pinned.
	checksums string
	read      func(content []byte, name string) (string, error) // finds the file's checksum there
}

const (
	kubernetesReleases = "https://dl.k8s.io/release/"
	etcdReleases       = "https://github.com/etcd-io/etcd/releases/download/"
	kwokReleases       = "https://github.com/kubernetes-sigs/kwok/releases/download/"
	// envtestReleases are the archives of setup-envtest. There is one for the first Kubernetes of a minor version, and few others.
	envtestReleases = "https://github.com/kubernetes-sigs/controller-tools/releases/download/"
	envtestIndex    = "https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml"
)

// sources are tried in this order; what a source holds is not asked of the next ones. What nearly all packages would have to
// be compiled for comes first: where that cannot be reached, the rest is not worth the wait.
func (p *plan) sources(goos, goarch string) []source {
	if p.name != controlPlane.name {
		return nil
	}
	kubernetes, etcd, kwok := p.versions[kubernetesModule], p.versions[etcdModule], p.versions[kwokModule]
	platform := goos + "-" + goarch
	archive := "envtest-" + kubernetes + "-" + platform + ".tar.gz"
	all := []source{
		{
			url: envtestReleases + "envtest-" + kubernetes + "/" + archive, programs: []string{"etcd", "kube-apiserver"}, archive: true,
			checksums: envtestIndex, read: readIndex,
		},
		{url: kwokReleases + kwok + "/kwok-" + platform, programs: []string{"kwok"}},
	}
	if goos != "linux" { // neither releases more
		return all
	}
	command := func(name string) source {
		url := kubernetesReleases + kubernetes + "/bin/" + goos + "/" + goarch + "/" + name
		return source{url: url, programs: []string{name}, checksums: url + ".sha256", read: readChecksum}
	}
	release := etcdReleases + etcd + "/"
	return slices.Concat(
		[]source{command("kube-controller-manager"), command("kube-scheduler")}, all,
		[]source{command("kube-apiserver"), {
			url: release + "etcd-" + etcd + "-" + platform + ".tar.gz", programs: []string{"etcd"}, archive: true,
			checksums: release + "SHA256SUMS", read: readChecksums,
		}},
	)
}

// sourcesHere are those for this machine.
func (p *plan) sourcesHere() []source { return p.sources(runtime.GOOS, runtime.GOARCH) }
