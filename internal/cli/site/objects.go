// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// objects are what is to be written.
type objects struct {
	name, namespace              string
	host, clientID, secret       string
	projects, environments       []string
	secretName, existing, apiURL string
}

// make returns the Secret, nil where there is one already, and the JiraSite.
func (o *objects) make() (*corev1.Secret, *v1alpha1.JiraSite, error) {
	site := &v1alpha1.JiraSite{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "JiraSite"},
		ObjectMeta: metav1.ObjectMeta{Name: o.name},
		Spec: v1alpha1.JiraSiteSpec{
			Host:        o.host,
			APIURL:      o.apiURL,
			Credentials: v1alpha1.Credentials{SecretName: o.nameOfSecret()},
			Projects:    o.projects,
		},
	}
	for _, text := range o.environments {
		rule, err := parseEnvironment(text)
		if err != nil {
			return nil, nil, command.Usage(err)
		}
		site.Spec.Environments = append(site.Spec.Environments, rule)
	}
	if o.existing != "" {
		return nil, site, nil
	}
	secret := &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: o.nameOfSecret()},
		Type:       corev1.SecretTypeOpaque,
		Data:       map[string][]byte{v1alpha1.SecretClientID: []byte(o.clientID), v1alpha1.SecretClientSecret: []byte(o.secret)},
	}
	if o.apiURL != "" {
		secret.Annotations = map[string]string{v1alpha1.AnnotationAPIURL: o.apiURL}
	}
	return secret, site, nil
}

func (o *objects) nameOfSecret() string {
	return cmp.Or(o.existing, o.secretName, o.name+"-jira")
}

// parseEnvironment reads ID:TYPE:NAMESPACES.
func parseEnvironment(text string) (v1alpha1.EnvironmentRule, error) {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) != 3 {
		return v1alpha1.EnvironmentRule{}, fmt.Errorf("--environment %q: write it as ID:TYPE:NAMESPACES, such as 'prod-eu:production:shop-prod,*-prod'", text)
	}
	return v1alpha1.EnvironmentRule{ID: parts[0], Type: v1alpha1.EnvironmentType(parts[1]), Namespaces: strings.Split(parts[2], ",")}, nil
}

const leftOut = "The client secret is left out: add the key client-secret to the Secret before you apply this."

// print prints what would be written, without the client secret.
func (c *creation) print() error {
	c.objects.secret = ""
	secret, site, err := c.objects.make()
	if err != nil {
		return err
	}
	list := []any{site}
	if secret != nil {
		secret.Data = nil
		secret.StringData = map[string]string{v1alpha1.SecretClientID: c.objects.clientID}
		list = []any{secret, site}
		fmt.Fprintln(c.env.ErrOut, leftOut)
	}
	if c.output == "json" {
		text, err := json.MarshalIndent(map[string]any{"apiVersion": "v1", "kind": "List", "items": list}, "", "  ")
		if err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		_, err = fmt.Fprintln(c.env.Out, string(text))
		return err
	}
	for i, object := range list {
		text, err := yaml.Marshal(object)
		if err != nil {
			return fmt.Errorf("write YAML: %w", err)
		}
		if i < len(list)-1 {
			text = fmt.Appendf(nil, "# %s\n%s---\n", leftOut, text)
		}
		if _, err := c.env.Out.Write(text); err != nil {
			return err
		}
	}
	return nil
}
