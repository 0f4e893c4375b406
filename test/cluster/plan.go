package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
)

// moduleFolder holds the go.mod files that pin the control plane, below the repository root.
const moduleFolder = "hack/controlplane"

// kwokFolder is the module of KWOK, below moduleFolder: it needs an older Kubernetes than we run.
const kwokFolder = "kwok"

const (
	etcdModule       = "go.etcd.io/etcd/server/v3"
	kubernetesModule = "k8s.io/kubernetes"
	kwokModule       = "sigs.k8s.io/kwok"
)

// binary is a program of the control plane and where its source is.
type binary struct {
	name   string
	folder string // of the go.mod that pins it, below moduleFolder
	module string
	pkg    string // import path below the module; empty: the module itself
}

// binaries are in the order in which they are built. The three Kubernetes commands stand together
// because they share most of their packages: the first one compiles them for the others.
var binaries = []binary{
	{name: "etcd", module: etcdModule},
	{name: "kube-apiserver", module: kubernetesModule, pkg: "/cmd/kube-apiserver"},
	{name: "kube-controller-manager", module: kubernetesModule, pkg: "/cmd/kube-controller-manager"},
	{name: "kube-scheduler", module: kubernetesModule, pkg: "/cmd/kube-scheduler"},
	{name: "kwok", folder: kwokFolder, module: kwokModule, pkg: "/cmd/kwok"},
}

// plan says what to build, from which modules, into which folder.
type plan struct {
	source   string            // absolute path of moduleFolder
	target   string            // cache folder, unique to what is built
	versions map[string]string // module path -> version, from the go.mod files
}

// makePlan reads the pinned versions and derives the cache folder from all that decides what comes
// out: the content of the module files, the way of building, and the platform.
func makePlan() (*plan, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	cache, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	p := &plan{source: filepath.Join(root, filepath.FromSlash(moduleFolder)), versions: map[string]string{}}
	digest := sha256.New()
	for _, folder := range []string{".", kwokFolder} {
		if err := p.readModule(filepath.Join(p.source, folder), digest); err != nil {
			return nil, fmt.Errorf("read pinned versions: %w", err)
		}
	}
	for _, b := range binaries {
		fmt.Fprintln(digest, p.buildArgs(b, b.name))
	}
	p.target = filepath.Join(cache, "controlplane", p.key(hex.EncodeToString(digest.Sum(nil))))
	return p, nil
}

// readModule adds the requirements of the module in dir to the versions, and its files to the digest.
func (p *plan) readModule(dir string, digest io.Writer) error {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return err
	}
	fmt.Fprintf(digest, "%d %d\n%s%s", len(mod), len(sum), mod, sum)
	file, err := modfile.Parse(filepath.Join(dir, "go.mod"), mod, nil)
	if err != nil {
		return err
	}
	for _, b := range binaries {
		if version := requirement(file, b.module); version != "" && filepath.Join(p.source, b.folder) == dir {
			p.versions[b.module] = version
		}
	}
	return nil
}

// requirement is the version of a module that a go.mod requires, or nothing.
func requirement(file *modfile.File, module string) string {
	for _, require := range file.Require {
		if require.Mod.Path == module {
			return require.Mod.Version
		}
	}
	return ""
}

// key is readable, so that a person can tell an old folder from a new one, and unique by its digest.
func (p *plan) key(digest string) string {
	return fmt.Sprintf("kubernetes-%s_etcd-%s_kwok-%s_%s-%s_%s", p.versions[kubernetesModule],
		p.versions[etcdModule], p.versions[kwokModule], runtime.GOOS, runtime.GOARCH, digest[:12])
}

// buildArgs are the arguments of the go command that build b into the file out.
func (p *plan) buildArgs(b binary, out string) []string {
	return []string{"build", "-v", "-trimpath", "-ldflags", p.linkerFlags(b), "-o", out, b.module + b.pkg}
}

// linkerFlags strip the debugging tables, and tell the Kubernetes commands their version: without it
// the API server reports v0.0.0.
func (p *plan) linkerFlags(b binary) string {
	flags := "-s -w"
	if b.module != kubernetesModule {
		return flags
	}
	version := p.versions[b.module]
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	const variable = " -X k8s.io/component-base/version."
	flags += variable + "gitVersion=" + version + variable + "gitTreeState=clean"
	if len(parts) == 3 {
		flags += variable + "gitMajor=" + parts[0] + variable + "gitMinor=" + parts[1]
	}
	return flags
}

// cacheFolder is $ROLLCALL_CACHE, else the user's own cache.
func cacheFolder() (string, error) {
	if dir := os.Getenv("ROLLCALL_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache folder (set ROLLCALL_CACHE to choose one): %w", err)
	}
	return filepath.Join(dir, "rollcall"), nil
}
