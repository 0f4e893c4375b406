// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
)

func TestARolloutTakesItsTemplateFromADeployment(t *testing.T) {
	// The Deployment is scaled to zero, and so finished whatever its template is.
	deployment := makeDeployment("web").Image("shop/web:2.0").Generation(5, 5).Revision("9").Replicas(0).Pods(0, 0, 0).
		TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-12").TemplateLabel("tier", "front")
	tests := map[string]struct {
		rollout     *argoBuilder
		deployment  *deploymentBuilder
		wantNothing bool
		wantState   State
	}{
		"rolling out":      {makeArgoRollout("web").Released().Of("web", "5"), deployment, false, InProgress},
		"paused at a step": {makeArgoRollout("web").Released().Of("web", "5").Phase("Paused", "CanaryPauseStep"), deployment, false, Pending},
		"aborted":          {makeArgoRollout("web").Released().Of("web", "5").Phase("Degraded", "RolloutAborted").Abort(), deployment, false, Failed},
		"finished":         {makeArgoRollout("web").Of("web", "5"), deployment, false, Successful},
		"of a Deployment with another name": {
			makeArgoRollout("web").Of("shop", "5"), makeDeployment("shop").Generation(5, 5), false, Successful,
		},
		"its controller has not seen the Deployment's last change": {makeArgoRollout("web").Of("web", "4"), deployment, true, ""},
		"a controller before 1.1 does not tell what it has seen":   {makeArgoRollout("web").Of("web", ""), deployment, true, ""},
		"the Deployment is gone":                                   {makeArgoRollout("web").Of("web", "5"), nil, true, ""},
		"of another Deployment":                                    {makeArgoRollout("web").Of("shop", "5"), deployment, true, ""},
		"of a ReplicaSet of the same name":                         {makeArgoRollout("web").Of("web", "5").OfKind("apps/v1", "ReplicaSet", "web"), deployment, true, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var whole, small *appsv1.Deployment
			if tt.deployment != nil {
				whole, small = tt.deployment.Obj(), trimmed(t, tt.deployment.Obj())
			}
			got, ok := FromArgoRollout(tt.rollout.Obj(), whole)
			if ok == tt.wantNothing || got.State != tt.wantState {
				t.Fatalf("FromArgoRollout() = %q, %v; want %q, something: %v", got.State, ok, tt.wantState, !tt.wantNothing)
			}
			fromCache, _ := FromArgoRollout(trimmedArgo(t, tt.rollout.Obj()), small)
			if diff := cmp.Diff(got, fromCache, unread); diff != "" {
				t.Errorf("FromArgoRollout() after Trim (-before +after):\n%s", diff)
			}
			if tt.wantNothing {
				return
			}
			if want := TemplateHash(whole.Spec.Template); got.TemplateHash != want || got.Kind != "Rollout" || got.Name != "web" {
				t.Errorf("FromArgoRollout() tells of %s %s, template %s; want Rollout web, %s", got.Kind, got.Name, got.TemplateHash, want)
			}
		})
	}
}

func TestWhatIsWrittenOnTheRolloutGoesBeforeWhatIsWrittenOnItsDeployment(t *testing.T) {
	deployment := makeDeployment("web").Image("shop/web:2.0").
		Annotation("rollcall.dev/url", "https://ci.example/7").Annotation("rollcall.dev/branch", "SHOP-1").Label("team", "shop").Label("tier", "front").
		TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-12").TemplateLabel("app", "web")
	b := makeArgoRollout("web").Of("web", "1").With(func(d *deploymentBuilder) {
		d.Annotation("rollcall.dev/branch", "SHOP-2").Label("team", "pay")
	})
	want := Sources{
		Annotations: map[string]string{
			annotationArgoRevision: "1", annotationRevision: "1", "rollcall.dev/branch": "SHOP-2", "rollcall.dev/url": "https://ci.example/7",
		},
		Labels:              map[string]string{"team": "pay", "tier": "front"},
		TemplateAnnotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-12"},
		TemplateLabels:      map[string]string{"app": "web"},
		Images:              []string{"shop/web:2.0"},
		ExactHash:           ExactHash(deployment.Obj().Spec.Template),
	}
	before := deployment.Obj()
	got, _ := FromArgoRollout(b.Obj(), before)
	if diff := cmp.Diff(want, got.Sources); diff != "" {
		t.Errorf("Sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(deployment.Obj(), before); diff != "" {
		t.Errorf("the Deployment (-before +after):\n%s", diff)
	}
}

func TestReferredDeployment(t *testing.T) {
	tests := map[string]struct {
		rollout *argoBuilder
		want    string
		wantOK  bool
	}{
		"a template of its own": {makeArgoRollout("web"), "", false},
		"a Deployment's":        {makeArgoRollout("web").Of("shop", "1"), "shop", true},
		"a ReplicaSet's":        {makeArgoRollout("web").OfKind("apps/v1", "ReplicaSet", "shop"), "shop", false},
		"a PodTemplate's":       {makeArgoRollout("web").OfKind("v1", "PodTemplate", "shop"), "shop", false},
		"that of another group": {makeArgoRollout("web").OfKind("example.com/v1", "Deployment", "shop"), "shop", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := ReferredDeployment(trimmedArgo(t, tt.rollout.Obj()))
			if ok != tt.wantOK || ok && got != tt.want {
				t.Errorf("ReferredDeployment() = %q, %v; want %q, %v", got, ok, tt.want, tt.wantOK)
			}
		})
	}
}
