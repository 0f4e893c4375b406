// SPDX-License-Identifier: Apache-2.0

package programs

import "slices"

const (
	etcdModule       = "go.etcd.io/etcd/server/v3"
	kubernetesModule = "k8s.io/kubernetes"
	kwokModule       = "sigs.k8s.io/kwok"
	containerdModule = "github.com/containerd/containerd/v2"
	runcModule       = "github.com/opencontainers/runc"
	cniModule        = "github.com/containernetworking/plugins"
)

// Folders of modules, below moduleFolder. One go.mod cannot hold all: each has its own idea of what it needs.
const (
	kubernetesFolder = "controlplane"
	kwokFolder       = "controlplane/kwok"
	containerdFolder = "node/containerd"
	runcFolder       = "node/runc"
	cniFolder        = "node/cni"
)

// set is a group of programs that are built together, and kept in one folder.
type set struct {
	name     string // of the folder in the cache
	title    string // for people
	modules  []module
	binaries []binary // in the order in which they are built
	stages   bool     // KWOK's stages belong to it
}

// module is one whose version is a part of the folder's name.
type module struct {
	name string // for people
	path string
}

// binary is a program and where its source is.
type binary struct {
	name   string
	folder string // of the go.mod that pins it, below moduleFolder
	module string
	pkg    string // import path below the module; empty: the module itself
	tags   string // build tags
	cgo    bool   // it needs a C compiler
}

// controlPlane is what every cluster needs.
var controlPlane = set{
	name:    "controlplane",
	title:   "control plane",
	modules: []module{{"kubernetes", kubernetesModule}, {"etcd", etcdModule}, {"kwok", kwokModule}},
	binaries: []binary{
		{name: "etcd", folder: kubernetesFolder, module: etcdModule},
		{name: "kube-apiserver", folder: kubernetesFolder, module: kubernetesModule, pkg: "/cmd/kube-apiserver"},
		{name: "kube-controller-manager", folder: kubernetesFolder, module: kubernetesModule, pkg: "/cmd/kube-controller-manager"},
		{name: "kube-scheduler", folder: kubernetesFolder, module: kubernetesModule, pkg: "/cmd/kube-scheduler"},
		{name: "kwok", folder: kwokFolder, module: kwokModule, pkg: "/cmd/kwok"},
	},
	stages: true,
}

// node is what a real node needs beside it: a kubelet, and what runs containers for it. runc alone is built
// with cgo: it enters namespaces before Go starts, and takes seccomp filters from a C library.
var node = set{
	name:    "node",
	title:   "node",
	modules: []module{{"kubernetes", kubernetesModule}, {"containerd", containerdModule}, {"runc", runcModule}},
	binaries: []binary{
		{name: "runc", folder: runcFolder, module: runcModule, tags: "seccomp", cgo: true},
		{name: "host-local", folder: cniFolder, module: cniModule, pkg: "/plugins/ipam/host-local"},
		{name: "ptp", folder: cniFolder, module: cniModule, pkg: "/plugins/main/ptp"},
		{name: "containerd", folder: containerdFolder, module: containerdModule, pkg: "/cmd/containerd"},
		{name: "containerd-shim-runc-v2", folder: containerdFolder, module: containerdModule, pkg: "/cmd/containerd-shim-runc-v2"},
		{name: "ctr", folder: containerdFolder, module: containerdModule, pkg: "/cmd/ctr"},
		{name: "kubelet", folder: kubernetesFolder, module: kubernetesModule, pkg: "/cmd/kubelet"},
	},
}

// folders are those of the modules, each once.
func (s set) folders() []string {
	var folders []string
	for _, b := range s.binaries {
		if !slices.Contains(folders, b.folder) {
			folders = append(folders, b.folder)
		}
	}
	return folders
}
