// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/record"
)

const (
	digest      = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
	otherDigest = "sha256:1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b"
)

// imageOf makes the record of a build in a namespace that made the image of digest, of a commit.
func imageOf(namespace, name, commit string, change ...func(*v1alpha1.JiraBuild)) *v1alpha1.JiraBuild {
	b := &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("uid-of-" + namespace + "-" + name), CreationTimestamp: metav1.NewTime(noon)},
		Spec: v1alpha1.JiraBuildSpec{
			Site: "acme", State: v1alpha1.BuildSuccessful, Images: []string{otherDigest, digest},
			Run: &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: name, UID: "1"},
			References: []v1alpha1.BuildReference{
				{Ref: &v1alpha1.BuildRef{Name: "main", URL: "https://git.example/shop"}},
				{Commit: &v1alpha1.BuildCommit{ID: commit, RepositoryURL: "https://git.example/shop"}},
			},
		},
	}
	for _, f := range change {
		f(b)
	}
	return b
}

func made(minutes int) func(*v1alpha1.JiraBuild) {
	return func(b *v1alpha1.JiraBuild) {
		b.CreationTimestamp = metav1.NewTime(noon.Add(time.Duration(minutes) * time.Minute))
	}
}

// builtFrom has a controller look for the commit of an image that runs in the namespace shop-prod. The site lets the namespaces
// of the team ci speak for all, unless it is told not to.
func builtFrom(t *testing.T, image string, trust bool, builds ...client.Object) string {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	objects := builds
	for name, team := range map[string]string{"shop-prod": "shop", "ci": "ci", "mallory": "mallory"} {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": team}}})
	}
	kube := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithIndex(&v1alpha1.JiraBuild{}, indexImage, func(o client.Object) []string { return o.(*v1alpha1.JiraBuild).Spec.Images }).Build()
	made := makeSite("acme")
	if trust {
		made.Spec.Builds.ImageNamespaces = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "ci"}}
	}
	site, _ := record.Compile(made)
	r := &Reconciler{Client: kube}
	found := r.observer().builtFrom(t.Context(), site, environment.Namespace{Name: "shop-prod", Labels: map[string]string{"team": "shop"}}, image)
	if found == nil {
		return ""
	}
	if found.RepositoryURL != "https://git.example/shop" {
		t.Errorf("the commit is of %s", found.RepositoryURL)
	}
	return found.ID
}

func TestTheCommitOfAnImageThatABuildMade(t *testing.T) {
	const image = "ghcr.io/acme/shop@" + digest
	byHand := func(b *v1alpha1.JiraBuild) { b.Spec.Run = nil }
	state := func(s v1alpha1.BuildState) func(*v1alpha1.JiraBuild) {
		return func(b *v1alpha1.JiraBuild) { b.Spec.State = s }
	}
	for name, tt := range map[string]struct {
		image  string
		trust  bool
		builds []client.Object
		want   string
	}{
		"no build":                                {image, true, nil, ""},
		"of its own namespace":                    {image, false, []client.Object{imageOf("shop-prod", "a", "c1")}, "c1"},
		"with tag and digest":                     {"ghcr.io/acme/shop:v1@" + digest, false, []client.Object{imageOf("shop-prod", "a", "c1")}, "c1"},
		"of a namespace that may speak":           {image, true, []client.Object{imageOf("ci", "a", "c1")}, "c1"},
		"of the same, at a site that trusts none": {image, false, []client.Object{imageOf("ci", "a", "c1")}, ""},
		"of a namespace that may not":             {image, true, []client.Object{imageOf("mallory", "a", "evil")}, ""},
		"of one that may not, made earlier":       {image, true, []client.Object{imageOf("mallory", "a", "evil", made(-60)), imageOf("ci", "a", "c1")}, "c1"},
		"of a namespace that is not there":        {image, true, []client.Object{imageOf("gone", "a", "evil")}, ""},
		"of another image":                        {"ghcr.io/acme/shop@sha256:2c2c", true, []client.Object{imageOf("ci", "a", "c1")}, ""},
		"of an image without a digest":            {"ghcr.io/acme/shop:v1", true, []client.Object{imageOf("ci", "a", "c1"), imageOf("ci", "b", "c2", func(b *v1alpha1.JiraBuild) { b.Spec.Images = nil })}, ""},
		"by hand, in its own namespace":           {image, false, []client.Object{imageOf("shop-prod", "a", "evil", byHand)}, ""},
		"by hand, where builds may speak":         {image, true, []client.Object{imageOf("ci", "a", "evil", byHand)}, ""},
		"of a build that failed":                  {image, false, []client.Object{imageOf("shop-prod", "a", "c1", state(v1alpha1.BuildFailed))}, ""},
		"of a build that nobody saw end":          {image, false, []client.Object{imageOf("shop-prod", "a", "c1", state(v1alpha1.BuildUnknown))}, ""},
		"of a build of no commit":                 {image, false, []client.Object{imageOf("shop-prod", "a", "c1", func(b *v1alpha1.JiraBuild) { b.Spec.References = b.Spec.References[:1] })}, ""},
		"the oldest of several":                   {image, true, []client.Object{imageOf("ci", "a", "c2", made(2)), imageOf("shop-prod", "b", "c1", made(1)), imageOf("ci", "c", "c3", made(3))}, "c1"},
		"the oldest that has a commit":            {image, false, []client.Object{imageOf("shop-prod", "a", "c1", state(v1alpha1.BuildFailed), made(1)), imageOf("shop-prod", "b", "c2", made(2))}, "c2"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, builtFrom(t, tt.image, tt.trust, tt.builds...)); diff != "" {
				t.Errorf("commit (-want +got):\n%s", diff)
			}
		})
	}
}

// Two builds of one second: whichever the cache shows first, the same counts. Else each observation would write another commit.
func TestOfTwoBuildsOfOneSecondTheSameCounts(t *testing.T) {
	a, b := imageOf("shop-prod", "a", "c1"), imageOf("shop-prod", "b", "c2")
	site, _ := record.Compile(makeSite("acme"))
	seen := map[string]bool{}
	for _, shown := range [][]v1alpha1.JiraBuild{{*a, *b}, {*b, *a}} {
		reader := interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
			List: func(_ context.Context, _ client.WithWatch, list client.ObjectList, _ ...client.ListOption) error {
				list.(*v1alpha1.JiraBuildList).Items = shown
				return nil
			},
		})
		r := &Reconciler{Client: reader}
		seen[r.observer().builtFrom(t.Context(), site, environment.Namespace{Name: "shop-prod"}, "x@"+digest).ID] = true
	}
	if len(seen) != 1 {
		t.Errorf("the commits are %v, want one", seen)
	}
}

// Where the builds cannot be read, the image is asked as if there were none.
func TestBuildsThatCannotBeReadAreNone(t *testing.T) {
	site, _ := record.Compile(makeSite("acme"))
	r := &Reconciler{Client: interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errors.New("the cache is not there")
		},
	})}
	if got := r.observer().builtFrom(t.Context(), site, environment.Namespace{Name: "shop-prod"}, "x@"+digest); got != nil {
		t.Errorf("the commit is %+v", got)
	}
}
