// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// tokenSeconds is how long a ServiceAccount's token is valid: longer than any test.
const tokenSeconds int64 = 6 * 60 * 60

// ServiceAccountKubeconfig returns the path of a kubeconfig file with which a program is the given
// ServiceAccount, and may do what RBAC grants it. The ServiceAccount has to exist.
func (c *Cluster) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (path string, err error) {
	kube, err := client.New(c.config, client.Options{})
	if err != nil {
		return "", fmt.Errorf("make client: %w", err)
	}
	seconds := tokenSeconds
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	if err := kube.SubResource("token").Create(ctx, account, request); err != nil {
		return "", fmt.Errorf("request token of ServiceAccount %s/%s: %w", namespace, name, err)
	}
	content, err := c.tokenKubeconfig(namespace, request.Status.Token)
	if err != nil {
		return "", fmt.Errorf("make kubeconfig of ServiceAccount %s/%s: %w", namespace, name, err)
	}
	return c.writeKubeconfig(fmt.Sprintf("kubeconfig.%s.%s", namespace, name), content)
}

// tokenKubeconfig is a kubeconfig for a bearer token, with the given namespace as its default.
func (c *Cluster) tokenKubeconfig(namespace, token string) ([]byte, error) {
	const name = "rollcall"
	return clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{
			name: {Server: c.config.Host, CertificateAuthorityData: c.config.CAData},
		},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: token}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name, Namespace: namespace}},
		CurrentContext: name,
	})
}

func (c *Cluster) writeKubeconfig(name string, content []byte) (path string, err error) {
	path = filepath.Join(c.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	return path, nil
}
