// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/node"
)

const (
	release         = "rollcall"
	systemNamespace = "rollcall-system"
	siteName        = "acme"
	secretName      = "acme-jira"
	caConfigMap     = "private-authority"
)

// install does what the README tells an administrator to do, in a namespace that admits only pods of the
// profile restricted.
func (w *world) install(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name:   systemNamespace,
		Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	inNamespace := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: systemNamespace, Name: name} }
	secretMeta := inNamespace(secretName)
	secretMeta.Annotations = map[string]string{v1alpha1.AnnotationAPIURL: w.jira.URL()}
	if err := w.create(ctx, namespace,
		&corev1.ConfigMap{ObjectMeta: inNamespace(caConfigMap), Data: map[string]string{"ca.crt": string(w.jira.CAPEM())}},
		&corev1.Secret{ObjectMeta: secretMeta, StringData: map[string]string{
			v1alpha1.SecretClientID: clientID, v1alpha1.SecretClientSecret: w.secret,
		}},
	); err != nil {
		return err
	}
	values, err := w.writeValues()
	if err != nil {
		return err
	}
	if err := w.runHelm(ctx, "install", release, w.chart, "--wait", "--values="+values, "--set=image.tag="+oldVersion); err != nil {
		return err
	}
	return w.managersReady(ctx, oldVersion)
}

// writeValues writes the chart's values, but for the image's tag.
func (w *world) writeValues() (string, error) {
	content, err := yaml.Marshal(map[string]any{
		"clusterName":     clusterName,
		"allowedAPIHosts": []string{node.HostAddress},
		"image":           map[string]any{"repository": managerImage, "pullPolicy": "Never"},
		"ca":              map[string]any{"configMapName": caConfigMap},
		"log":             map[string]any{"level": "debug"},
		"sites": []any{map[string]any{
			"name": siteName,
			"spec": v1alpha1.JiraSiteSpec{
				Host:        w.jira.Host(),
				APIURL:      w.jira.URL(),
				Credentials: v1alpha1.Credentials{SecretName: secretName},
				Projects:    []string{"SHOP"},
			},
		}},
	})
	if err != nil {
		return "", fmt.Errorf("make values: %w", err)
	}
	file := filepath.Join(w.scratch, "values.yaml")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return "", fmt.Errorf("write values: %w", err)
	}
	return file, nil
}

// runHelm runs helm in the release's namespace, with caches and settings of its own.
func (w *world) runHelm(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, w.helm, append(args, "--namespace="+systemNamespace, "--timeout="+patience.String())...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+w.node.Kubeconfig(), "HOME="+w.scratch,
		"HELM_CACHE_HOME=", "HELM_CONFIG_HOME=", "HELM_DATA_HOME=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("helm %s: %w\n%s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// managersReady checks that both replicas are ready, and of that version.
func (w *world) managersReady(ctx context.Context, version string) error {
	pods, err := w.managers(ctx)
	if err != nil {
		return err
	}
	if len(pods) != 2 {
		return fmt.Errorf("there are %d managers, not 2", len(pods))
	}
	for _, pod := range pods {
		status := pod.Status.ContainerStatuses[0]
		if !status.Ready || status.RestartCount > 0 || status.Image != managerImage+":"+version {
			return fmt.Errorf("pod %s: ready is %t, %d restarts, image %s", pod.Name, status.Ready, status.RestartCount, status.Image)
		}
	}
	return nil
}

// managers are the manager's pods that are not on their way out.
func (w *world) managers(ctx context.Context) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := w.kube.List(ctx, &list, client.InNamespace(systemNamespace), client.MatchingLabels{"app.kubernetes.io/component": "manager"}); err != nil {
		return nil, fmt.Errorf("list managers: %w", err)
	}
	var pods []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods, nil
}

func (w *world) awaitSite(ctx context.Context) error {
	return eventually(ctx, func() error {
		var site v1alpha1.JiraSite
		if err := w.get(ctx, "", siteName, &site); err != nil {
			return err
		}
		ready := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady)
		if ready == nil {
			return errors.New("no manager has checked the site")
		}
		if ready.Status != metav1.ConditionTrue {
			return fmt.Errorf("the site is not Ready: %s: %s", ready.Reason, ready.Message)
		}
		return nil
	})
}

func (w *world) testRelease(ctx context.Context) error {
	return w.runHelm(ctx, "test", release)
}
