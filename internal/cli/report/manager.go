// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

const (
	// lease is the name of the manager's lease.
	lease = "rollcall.rollcall.dev"
	// lines is how many lines of a log are read, the last ones.
	lines = 20000
)

// podReader reads what is not an object.
type podReader interface {
	// log is the log of the manager in a pod, or of the one before it.
	log(ctx context.Context, pod *corev1.Pod, previous bool) (io.ReadCloser, error)
	// metrics are what the manager serves on a port.
	metrics(ctx context.Context, pod *corev1.Pod, scheme string, port int32) ([]byte, error)
}

// pods reads through the API server.
type pods struct{ kubernetes.Interface }

func (p pods) log(ctx context.Context, pod *corev1.Pod, previous bool) (io.ReadCloser, error) {
	return p.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: command.ManagerContainer, Previous: previous, TailLines: ptr.To[int64](lines)}).Stream(ctx)
}

func (p pods) metrics(ctx context.Context, pod *corev1.Pod, scheme string, port int32) ([]byte, error) {
	return p.CoreV1().Pods(pod.Namespace).ProxyGet(scheme, pod.Name, fmt.Sprint(port), "metrics", nil).DoRaw(ctx)
}

// collectManager collects the manager's Deployment, its lease, its Events, and its pods with what they say.
func (c *collector) collectManager(ctx context.Context) error {
	in := client.InNamespace(c.operator)
	var deployments appsv1.DeploymentList
	if err := c.reader.List(ctx, &deployments, in); err != nil {
		c.archive.gap("the manager's Deployment", err)
	}
	managers := slices.DeleteFunc(pointers(deployments.Items), func(d *appsv1.Deployment) bool {
		return command.ManagerOf(d.Spec.Template.Labels, &d.Spec.Template.Spec) == nil
	})
	if err := addObjects(c.archive, "manager/deployment.yaml", managers); err != nil {
		return err
	}
	var l coordinationv1.Lease
	if err := c.reader.Get(ctx, client.ObjectKey{Namespace: c.operator, Name: lease}, &l); err != nil {
		c.archive.gap("the lease of the leader", err)
	} else if err := addObjects(c.archive, "manager/lease.yaml", []*coordinationv1.Lease{&l}); err != nil {
		return err
	}
	if err := c.events(ctx, c.operator, "manager/events.yaml", func(*corev1.Event) bool { return true }); err != nil {
		return err
	}
	var list corev1.PodList
	if err := c.reader.List(ctx, &list, in); err != nil {
		c.archive.gap("the manager's pods", err)
	}
	running := slices.DeleteFunc(pointers(list.Items), func(p *corev1.Pod) bool { return command.ManagerOf(p.Labels, &p.Spec) == nil })
	if err := addObjects(c.archive, "manager/pods.yaml", running); err != nil {
		return err
	}
	for _, pod := range running {
		if err := c.pod(ctx, pod); err != nil {
			return err
		}
	}
	return nil
}

// pod collects the logs and the metrics of a pod.
func (c *collector) pod(ctx context.Context, pod *corev1.Pod) error {
	if err := c.log(ctx, pod, false, "manager/"+pod.Name+".log"); err != nil {
		return err
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == command.ManagerContainer && status.RestartCount > 0 {
			if err := c.log(ctx, pod, true, "manager/"+pod.Name+".previous.log"); err != nil {
				return err
			}
		}
	}
	m := command.ManagerOf(pod.Labels, &pod.Spec)
	at := slices.IndexFunc(m.Ports, func(p corev1.ContainerPort) bool { return p.Name == "metrics" })
	if at < 0 {
		c.archive.gap("the metrics of "+pod.Name, errors.New("they are off"))
		return nil
	}
	scheme := "https"
	if slices.Contains(m.Args, "--metrics-secure=false") {
		scheme = "http"
	}
	text, err := c.pods.metrics(ctx, pod, scheme, m.Ports[at].ContainerPort)
	if err != nil {
		c.archive.gap("the metrics of "+pod.Name+" (those by https are for who shows a token, which the API server does not pass on)", err)
		return ctx.Err()
	}
	return c.archive.add("manager/"+pod.Name+".metrics.txt", bytes.NewReader(text))
}

func (c *collector) log(ctx context.Context, pod *corev1.Pod, previous bool, file string) error {
	stream, err := c.pods.log(ctx, pod, previous)
	if err != nil {
		c.archive.gap(file, err)
		return ctx.Err()
	}
	defer stream.Close()
	if !previous {
		c.logs++
	}
	partial := &broken{Reader: stream}
	if err := c.archive.add(file, partial); err != nil {
		return err
	}
	if partial.err != nil {
		c.archive.gap("the end of "+file, partial.err)
	}
	return ctx.Err()
}

// broken ends where reading fails, and keeps why: the beginning of a log is more than no report.
type broken struct {
	io.Reader
	err error
}

func (b *broken) Read(into []byte) (int, error) {
	n, err := b.Reader.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err, err = err, io.EOF
	}
	return n, err
}
