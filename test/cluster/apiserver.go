// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// startGrace is how long etcd and the API server may take to start. A loaded machine is slow.
const startGrace = 2 * time.Minute

// The names of the two programs that envtest runs.
const (
	etcdName      = "etcd"
	apiServerName = "kube-apiserver"
)

// Folders below the cluster's own.
const (
	etcdFolder   = "etcd-data"
	pkiFolder    = "pki"
	scriptFolder = "bin"
)

// disabledAdmission are the admission plug-ins that would hold pods back: the first refuses pods until
// their namespace has its ServiceAccount (envtest's own choice), the second taints new nodes until the
// node lifecycle controller, which we do not run, has seen them.
const disabledAdmission = "ServiceAccount,TaintNodesByCondition"

// watchGrace is how long a stopping API server lets clients end their watches; then it ends them. By
// default it waits for a minute, which is longer than we do.
const watchGrace = "2s"

// apiServer is etcd and the API server, as envtest runs them. Unlike envtest.Environment it reads
// nothing from KUBEBUILDER_ASSETS, USE_EXISTING_CLUSTER and the like: the same code runs everywhere.
type apiServer struct {
	plane  envtest.ControlPlane
	on     *thread
	folder string
	logs   []*os.File
}

// startAPIServer starts both, from the programs in bin, with all their files below folder.
func startAPIServer(on *thread, bin, folder string, options Options) (*apiServer, error) {
	a := &apiServer{on: on, folder: folder}
	if err := a.configure(bin, options); err != nil {
		return nil, errors.Join(err, a.closeLogs())
	}
	if err := on.do(a.plane.Start); err != nil {
		return nil, errors.Join(a.explain("start control plane", err), a.closeLogs())
	}
	return a, nil
}

// configure lays out folders, logs and flags. Whatever an earlier cluster left in the folder goes.
func (a *apiServer) configure(bin string, options Options) error {
	for _, name := range []string{etcdFolder, pkiFolder, scriptFolder} {
		dir := filepath.Join(a.folder, name)
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return fmt.Errorf("create folder of the control plane: %w", err)
		}
	}
	etcd, server := &envtest.Etcd{}, &envtest.APIServer{}
	a.plane = envtest.ControlPlane{Etcd: etcd, APIServer: server}
	etcd.DataDir, server.CertDir = filepath.Join(a.folder, etcdFolder), a.pki("")
	etcd.StartTimeout, etcd.StopTimeout = startGrace, stopGrace
	server.StartTimeout, server.StopTimeout = startGrace, stopGrace
	if options.Address != "" {
		host, port, err := net.SplitHostPort(options.Address)
		if err != nil {
			return fmt.Errorf("read address of the API server: %w", err)
		}
		server.Address, server.Port = host, port
	}
	arguments := server.Configure().
		Set("disable-admission-plugins", disabledAdmission).
		Set("shutdown-watch-termination-grace-period", watchGrace)
	for name, value := range options.APIServerFlags {
		arguments.Set(name, value)
	}
	return errors.Join(a.tie(bin, etcdName, &etcd.Path), a.tie(bin, apiServerName, &server.Path), a.openLogs())
}

// tie makes path start a program that does not outlive us.
func (a *apiServer) tie(bin, name string, path *string) (err error) {
	*path, err = tie(filepath.Join(bin, name), filepath.Join(a.folder, scriptFolder))
	return err
}

func (a *apiServer) openLogs() error {
	for _, name := range []string{etcdName, apiServerName} {
		log, err := os.Create(logFile(a.folder, name))
		if err != nil {
			return fmt.Errorf("create log of %s: %w", name, err)
		}
		a.logs = append(a.logs, log)
	}
	a.plane.Etcd.Out, a.plane.Etcd.Err = a.logs[0], a.logs[0]
	a.plane.APIServer.Out, a.plane.APIServer.Err = a.logs[1], a.logs[1]
	return nil
}

func (a *apiServer) closeLogs() error {
	var errs []error
	for _, log := range a.logs {
		errs = append(errs, log.Close())
	}
	a.logs = nil
	return errors.Join(errs...)
}

// admin is the configuration of a client that may do everything.
func (a *apiServer) admin() (*rest.Config, []byte, error) {
	limits := &rest.Config{QPS: 1000, Burst: 2000} // tests are not to wait for their own client
	user, err := a.plane.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, limits)
	if err != nil {
		return nil, nil, fmt.Errorf("add admin user: %w", err)
	}
	kubeconfig, err := user.KubeConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("make admin kubeconfig: %w", err)
	}
	return user.Config(), kubeconfig, nil
}

// restart stops the API server and starts it again, with the same port, certificates and data.
func (a *apiServer) restart() error {
	if err := a.plane.APIServer.Stop(); err != nil {
		return fmt.Errorf("stop %s: %w", apiServerName, err)
	}
	if err := a.on.do(a.plane.APIServer.Start); err != nil {
		return a.explain("restart "+apiServerName, err)
	}
	return nil
}

func (a *apiServer) stop() error {
	if err := errors.Join(a.plane.Stop(), a.closeLogs()); err != nil {
		return fmt.Errorf("stop control plane: %w", err)
	}
	return nil
}

// explain adds the end of both logs: envtest knows that a program did not start, not why.
func (a *apiServer) explain(what string, err error) error {
	return fmt.Errorf("%s: %w; the end of the logs:\n[%s]\n%s\n[%s]\n%s", what, err,
		etcdName, logTail(logFile(a.folder, etcdName)), apiServerName, logTail(logFile(a.folder, apiServerName)))
}

// pki is the path of a file in the folder of the API server's certificates and keys.
func (a *apiServer) pki(name string) string { return filepath.Join(a.folder, pkiFolder, name) }
