// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// The smallest objects that the API takes.
const (
	minimalSite = `
apiVersion: rollcall.dev/v1alpha1
kind: JiraSite
metadata: {generateName: acme-}
spec:
  host: acme.atlassian.net
  credentials: {secretName: acme-jira}
`
	minimalDeployment = `
apiVersion: rollcall.dev/v1alpha1
kind: JiraDeployment
metadata: {generateName: web-, namespace: default}
spec:
  site: acme
  pipeline: {id: web}
  environment: {id: prod, type: production}
  state: successful
  issueKeys: [SHOP-12]
`
	minimalBuild = `
apiVersion: rollcall.dev/v1alpha1
kind: JiraBuild
metadata: {generateName: web-, namespace: default}
spec:
  site: acme
  pipelineID: web
  state: successful
  issueKeys: [SHOP-12]
`
)

// refusal is a change of an object that the API server refuses, and how it says so.
type refusal struct {
	// change is YAML, merged into the object: null takes a field away.
	change string
	// field is the path that the refusal names, says a part of its message.
	field, says string
}

// trial tries objects on the API server, and remembers what it refused and why.
type trial struct {
	client client.Client
	kind   string

	// cases and tried are how many refusals there are, and how many of them -run let through.
	cases, tried int
	causes       []metav1.StatusCause
}

func newTrial(t *testing.T, kind string) *trial {
	t.Helper()
	return &trial{client: apiServer(t), kind: kind}
}

// create creates a base with a change of its spec. Nothing is stored.
func (tr *trial) create(t *testing.T, base, spec string) (*unstructured.Unstructured, error) {
	t.Helper()
	o := merge(t, parse(t, base), "spec", spec)
	return o, tr.client.Create(t.Context(), o, client.DryRunAll)
}

// accepts tries to create a base with each of the changes of its spec.
func (tr *trial) accepts(t *testing.T, base string, changes map[string]string) {
	for name, change := range changes {
		t.Run(name+" is accepted", func(t *testing.T) {
			g := NewWithT(t)
			o, err := tr.create(t, base, change)
			g.Expect(err).NotTo(HaveOccurred())

			read := typed(t, o)
			again := untyped(t, read)
			again.SetName("")
			g.Expect(tr.client.Create(t.Context(), again, client.DryRunAll)).To(Succeed())
			g.Expect(equality.Semantic.DeepEqual(specOf(typed(t, again)), specOf(read))).To(BeTrue(),
				"a Go client loses nothing of\n%v\nbut writes\n%v", o.Object, again.Object)
		})
	}
}

// refuses tries to create a base with each of the changes of its spec.
func (tr *trial) refuses(t *testing.T, base string, refusals map[string]refusal) {
	tr.refusesAll(t, refusals, func(t *testing.T, r refusal) error {
		_, err := tr.create(t, base, r.change)
		return err
	})
}

// refusesChanges tries each of the changes of the spec of an object that is stored.
func (tr *trial) refusesChanges(t *testing.T, stored *unstructured.Unstructured, refusals map[string]refusal) {
	tr.refusesAll(t, refusals, func(t *testing.T, r refusal) error {
		return tr.client.Update(t.Context(), merge(t, stored, "spec", r.change), client.DryRunAll)
	})
}

// refusesStatus tries each of the statuses on an object that is stored.
func (tr *trial) refusesStatus(t *testing.T, stored *unstructured.Unstructured, refusals map[string]refusal) {
	tr.refusesAll(t, refusals, func(t *testing.T, r refusal) error {
		return tr.client.Status().Update(t.Context(), merge(t, stored, "status", r.change), client.DryRunAll)
	})
}

func (tr *trial) refusesAll(t *testing.T, refusals map[string]refusal, try func(*testing.T, refusal) error) {
	tr.cases += len(refusals)
	for name, r := range refusals {
		t.Run(name+" is refused", func(t *testing.T) {
			g := NewWithT(t)
			err := try(t, r)
			g.Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			causes := causesOf(err)
			g.Expect(slices.ContainsFunc(causes, func(c metav1.StatusCause) bool {
				return c.Field == r.field && strings.Contains(c.Message, r.says)
			})).To(BeTrue(), "want %s: %s\ngot  %v", r.field, r.says, err)
			tr.tried++
			tr.causes = append(tr.causes, causes...)
		})
	}
}

func causesOf(err error) []metav1.StatusCause {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || status.ErrStatus.Details == nil {
		return nil
	}
	return status.ErrStatus.Details.Causes
}

// parse reads an object. It is not typed, so that it can hold what Go's types cannot.
func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	NewWithT(t).Expect(yaml.Unmarshal([]byte(text), &o.Object)).To(Succeed())
	return o
}

// merge returns a copy of an object, with a change merged into one of its fields.
func merge(t *testing.T, o *unstructured.Unstructured, field, change string) *unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	before, err := json.Marshal(o)
	g.Expect(err).NotTo(HaveOccurred())
	patch, err := yaml.YAMLToJSON([]byte(change))
	g.Expect(err).NotTo(HaveOccurred(), change)
	after, err := jsonpatch.MergePatch(before, fmt.Appendf(nil, "{%q: %s}", field, patch))
	g.Expect(err).NotTo(HaveOccurred(), change)

	merged := &unstructured.Unstructured{}
	g.Expect(kjson.UnmarshalCaseSensitivePreserveInts(after, &merged.Object)).To(Succeed())
	return merged
}

// typed reads an object into its Go type, as a watch does. What it cannot read no controller can, and one such
// object stops the watch of all.
func typed(t *testing.T, o *unstructured.Unstructured) client.Object {
	t.Helper()
	g := NewWithT(t)
	scheme := runtime.NewScheme()
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	read, err := scheme.New(o.GroupVersionKind())
	g.Expect(err).NotTo(HaveOccurred())
	text, err := json.Marshal(o)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(kjson.UnmarshalCaseSensitivePreserveInts(text, read)).To(Succeed(), "Go cannot read it")
	return read.(client.Object)
}

// untyped writes an object out, as a Go client does.
func untyped(t *testing.T, o client.Object) *unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	text, err := json.Marshal(o)
	g.Expect(err).NotTo(HaveOccurred())
	written := &unstructured.Unstructured{}
	g.Expect(kjson.UnmarshalCaseSensitivePreserveInts(text, &written.Object)).To(Succeed())
	return written
}

func specOf(o client.Object) any {
	switch o := o.(type) {
	case *v1alpha1.JiraSite:
		return o.Spec
	case *v1alpha1.JiraDeployment:
		return o.Spec
	case *v1alpha1.JiraBuild:
		return o.Spec
	}
	return nil
}

// quoted writes a list of texts in YAML.
func quoted(texts []string) string {
	return `["` + strings.Join(texts, `", "`) + `"]`
}

// longIDs returns texts of so many characters in sum, all but the last of 250.
func longIDs(characters int) []string {
	const length = 250
	ids := numbered("s", (characters+length-1)/length)
	for i, id := range ids {
		ids[i] = id + strings.Repeat("ü", min(length, characters-i*length)-len(id))
	}
	return ids
}

// numbered returns texts with the numbers from 1 to n.
func numbered(prefix string, n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint(prefix, i+1)
	}
	return texts
}
