// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	promotedYes     = corev1.ConditionTrue
	promotedNo      = corev1.ConditionFalse
	promotedUnknown = corev1.ConditionUnknown
)

// The target web is at its second revision, written at minute 5. Flagger gave the primary the first at minute 1.
func TestUnderCanary(t *testing.T) {
	target := makeDeployment("web").Image("shop/web:2.0").Revision("2").Replicas(0).Pods(0, 0, 0).TemplateWritten("kubectl", 5).
		TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-12")
	primary := func(image, keys string, written int) *deploymentBuilder {
		return makeDeployment("web-primary").OwnedBy("of-web").Image(image).Revision("7").Replicas(3).Pods(3, 3, 3).
			Progressing(reasonNewAvailable, at(0), at(9), "").TemplateWritten(managerFlagger, written).
			TemplateAnnotation("rollcall.dev/issue-keys", keys).TemplateAnnotation(annotationFlaggerID, "6e95e822")
	}
	earlier := primary("shop/web:1.0", "SHOP-11", 1)
	promoted := func() *deploymentBuilder { return primary("shop/web:2.0", "SHOP-12", 8) }
	canary := func() canaryBuilder { return makeCanary("Deployment", "web").Specs("12", "11") }
	tests := map[string]struct {
		canary          canaryBuilder
		primary         *deploymentBuilder
		wantNothing     bool
		wantState       State
		wantSince       time.Time
		wantMessage     string // empty: the primary's
		wantUnconfirmed bool
	}{
		"the analysis goes on":            {canary: canary().Phase(canaryProgressing, promotedUnknown, 6), primary: earlier, wantState: InProgress, wantSince: at(6), wantMessage: "Canary Progressing."},
		"a person has to approve it":      {canary: canary().Phase(canaryWaiting, promotedUnknown, 6), primary: earlier, wantState: Pending, wantSince: at(6), wantMessage: "Canary Waiting."},
		"a person has to promote it":      {canary: canary().Phase(canaryWaitingPromote, promotedUnknown, 6), primary: earlier, wantState: Pending, wantSince: at(6), wantMessage: "Canary WaitingPromotion."},
		"the analysis failed":             {canary: canary().Phase(canaryFailed, promotedNo, 7), primary: earlier, wantState: Failed, wantSince: at(7), wantMessage: "Canary Failed."},
		"it failed, and nobody says when": {canary: canary().Phase(canaryFailed, promotedNo, 7).WithoutConditions(), primary: earlier, wantState: Failed, wantMessage: "Its Canary is in phase Failed."},
		"the earlier template's analysis failed": {
			canary: canary().Phase(canaryFailed, promotedNo, 4), primary: earlier,
			wantState: Failed, wantSince: at(4), wantMessage: "Canary Failed.", wantUnconfirmed: true,
		},
		"the primary rolls it out": {
			canary: canary().Phase(canaryPromoting, promotedUnknown, 8), primary: promoted().Pods(4, 2, 3).Progressing("ReplicaSetUpdated", at(8), at(8), ""),
			wantState: InProgress, wantSince: at(8),
		},
		"the primary has it": {canary: canary().Phase(canarySucceeded, promotedYes, 9), primary: promoted(), wantState: Successful, wantSince: at(9)},
		"the primary has it, and traffic moves back": {
			canary: canary().Phase(canaryFinalising, promotedUnknown, 9), primary: promoted(), wantState: Successful, wantSince: at(9),
		},
		"it was promoted without an analysis, and the primary's pods never become ready": {
			canary:    canary().Phase(canarySucceeded, promotedYes, 8),
			primary:   promoted().Pods(4, 1, 3).Progressing(reasonDeadlineExceeded, at(18), at(18), "timed out"),
			wantState: Failed, wantSince: at(18), wantMessage: "timed out",
		},
		"Flagger has not noticed it yet": {
			canary: canary().Phase(canarySucceeded, promotedYes, 4), primary: earlier, wantState: Successful, wantSince: at(9), wantUnconfirmed: true,
		},
		"a change that shows in no image and no annotation, and that Flagger has not noticed yet": {
			canary: canary().Phase(canarySucceeded, promotedYes, 4), primary: primary("shop/web:2.0", "SHOP-12", 3),
			wantState: Successful, wantSince: at(9), wantUnconfirmed: true,
		},
		"the template that was promoted last is restored after a failure": {
			canary: canary().Phase(canaryFailed, promotedNo, 4).Specs("12", "12"), primary: primary("shop/web:2.0", "SHOP-12", 3),
			wantState: Successful, wantSince: at(9),
		},
		"another template comes after that": {
			canary: canary().Phase(canaryFailed, promotedNo, 4).Specs("12", "12"), primary: earlier,
			wantState: Failed, wantSince: at(4), wantMessage: "Canary Failed.", wantUnconfirmed: true,
		},
		"the Canary is new, and there is no primary": {canary: canary().Phase("Initializing", promotedUnknown, 6), wantNothing: true},
		"the Canary is new, and its primary is there": {
			canary: canary().Phase("Initializing", promotedUnknown, 6), primary: promoted().Pods(3, 3, 1).Progressing("ReplicaSetUpdated", at(6), at(6), ""),
			wantState: InProgress, wantSince: at(6),
		},
		"the primary is gone":         {canary: canary().Phase(canarySucceeded, promotedYes, 9), wantNothing: true},
		"the Canary is being deleted": {canary: canary().Phase("Terminating", promotedUnknown, 9), primary: earlier, wantNothing: true},
	}
	own, ok := FromDeployment(target.Obj())
	if !ok {
		t.Fatal("FromDeployment tells nothing of the target")
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for as, trim := range map[string]func(*appsv1.Deployment) *appsv1.Deployment{
				"whole": func(d *appsv1.Deployment) *appsv1.Deployment { return d }, "trimmed": func(d *appsv1.Deployment) *appsv1.Deployment { return trimmed(t, d) },
			} {
				own, _ := FromDeployment(trim(target.Obj()))
				var primary *Rollout
				if tt.primary != nil {
					r, _ := FromDeployment(trim(tt.primary.Obj()))
					primary = &r
				}
				got, ok := UnderCanary(own, trimmedArgo(t, tt.canary.Obj()), primary)
				if ok == tt.wantNothing {
					t.Fatalf("%s: UnderCanary() = %+v, %v; want something: %v", as, got, ok, !tt.wantNothing)
				}
				wantMessage := tt.wantMessage
				if wantMessage == "" && !tt.wantNothing {
					wantMessage = primary.Message
				}
				if got.State != tt.wantState || !got.Since.Equal(tt.wantSince) || got.Message != wantMessage || got.Unconfirmed != tt.wantUnconfirmed {
					t.Errorf("%s: UnderCanary() = %s since %v, %q, unconfirmed %v; want %s since %v, %q, %v", as,
						got.State, got.Since, got.Message, got.Unconfirmed, tt.wantState, tt.wantSince, wantMessage, tt.wantUnconfirmed)
				}
			}
		})
	}
	of := must(FromDeployment(promoted().Obj()))
	got, _ := UnderCanary(own, canary().Phase(canarySucceeded, promotedYes, 9).Obj(), of)
	want := *of
	want.Workload, want.Sources, want.Revision, want.TemplateHash, want.Written = own.Workload, own.Sources, own.Revision, own.TemplateHash, own.Written
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("UnderCanary() tells of another than the target, or stands otherwise than the primary (-want +got):\n%s", diff)
	}
}

func must(r Rollout, _ bool) *Rollout { return &r }

func TestUnderCanarySaysNothingOfWhatItCannotRead(t *testing.T) {
	o := makeCanary("Deployment", "web").Obj()
	o.Object["status"] = "text"
	if got, ok := UnderCanary(Rollout{}, o, nil); ok {
		t.Errorf("UnderCanary() = %+v, want nothing", got)
	}
	if _, _, ok := CanaryTarget(o); !ok {
		t.Error("CanaryTarget() = false: its target would be told as if Flagger were not there")
	}
}

func TestCanaryTarget(t *testing.T) {
	tests := map[string]struct {
		canary         canaryBuilder
		wantKind, want string
		wantOK         bool
	}{
		"a Deployment":         {makeCanary("Deployment", "web"), "Deployment", "web", true},
		"a DaemonSet":          {makeCanary("DaemonSet", "web"), "DaemonSet", "web", true},
		"a Service":            {makeCanary("Deployment", "web").Target("v1", "Service", "web"), "", "", false},
		"a Service of Knative": {makeCanary("Deployment", "web").Target("serving.knative.dev/v1", "Service", "web"), "", "", false},
		"another group's kind": {makeCanary("Deployment", "web").Target("example.com/v1", "Deployment", "web"), "", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			kind, target, ok := CanaryTarget(trimmedArgo(t, tt.canary.Obj()))
			if ok != tt.wantOK || ok && (kind != tt.wantKind || target != tt.want) {
				t.Errorf("CanaryTarget() = %s %s, %v; want %s %s, %v", kind, target, ok, tt.wantKind, tt.want, tt.wantOK)
			}
		})
	}
}

func TestTargetOfPrimary(t *testing.T) {
	other := makeDeployment("db-primary").OwnedBy("db")
	other.d.OwnerReferences[0].Kind = "Postgres"
	tests := map[string]struct {
		workload *deploymentBuilder
		want     string
		wantOK   bool
	}{
		"a primary":                  {makeDeployment("web-primary").OwnedBy("of-web"), "web", true},
		"a name that only looks so":  {makeDeployment("web-primary"), "", false},
		"another operator's primary": {other, "", false},
		"what else a Canary owns":    {makeDeployment("loadtester").OwnedBy("of-web"), "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := TargetOfPrimary(trimmed(t, tt.workload.Obj()))
			if ok != tt.wantOK || ok && (got != tt.want || PrimaryName(got) != tt.workload.d.Name) {
				t.Errorf("TargetOfPrimary() = %q, %v; want %q, %v", got, ok, tt.want, tt.wantOK)
			}
		})
	}
}

// Flagger cannot scale a DaemonSet: it keeps its pods away by a node selector in the template.
func TestADaemonSetThatFlaggerScalesToZeroIsNoRelease(t *testing.T) {
	before := template("shop/agent:1.0")
	before.Spec.NodeSelector = map[string]string{"pool": "edge"}
	after := *before.DeepCopy()
	after.Spec.NodeSelector[scaleToZeroSelector] = "true"
	if a, b := TemplateHash(before), TemplateHash(after); a != b {
		t.Errorf("TemplateHash() = %s, scaled to zero %s; want the same", a, b)
	}
	if after.Spec.NodeSelector[scaleToZeroSelector] != "true" {
		t.Error("TemplateHash changed the template that it was given")
	}
	written := &metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{
		wrote("kubectl", "", 5, `{"f:spec":{"f:template":{"f:spec":{"f:containers":{}}}}}`),
		wrote(managerFlagger, "", 9, `{"f:spec":{"f:template":{"f:spec":{"f:nodeSelector":{}}}}}`),
		wrote("kube-controller-manager", "status", 10, `{"f:status":{}}`),
	}}
	if got := templateWrittenAt(written); !got.Equal(at(5)) {
		t.Errorf("templateWrittenAt() = %v, want %v", got, at(5))
	}
}

func TestTrimKeepsOfACanaryWhatIsRead(t *testing.T) {
	full := makeCanary("Deployment", "web").Phase(canaryFailed, promotedNo, 7).Obj()
	full.SetAnnotations(map[string]string{annotationLastApplied: "{}"})
	full.Object["status"].(map[string]any)["lastTransitionTime"] = "2026-03-01T09:08:00Z" // it moves with each interval
	want := full.DeepCopy()
	want.SetAnnotations(nil)
	want.Object["spec"] = map[string]any{"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}
	delete(want.Object["status"].(map[string]any), "lastTransitionTime")
	once := trimmedArgo(t, full)
	if diff := cmp.Diff(want, once); diff != "" {
		t.Errorf("Trim (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(once, trimmedArgo(t, once.DeepCopy())); diff != "" {
		t.Errorf("Trim of a trimmed Canary (-once +twice):\n%s", diff)
	}
}
