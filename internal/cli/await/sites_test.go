// SPDX-License-Identifier: Apache-2.0

package await

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func makeSite(name string, status metav1.ConditionStatus, reason string, observed int64) *v1alpha1.JiraSite {
	return &v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Generation: 2},
		Status: v1alpha1.JiraSiteStatus{Conditions: []metav1.Condition{{
			Type: v1alpha1.ConditionReady, Status: status, Reason: reason, Message: "so it is", ObservedGeneration: observed,
		}}},
	}
}

// What Jira said must not move somebody's cursor, or look like another site's line.
func TestSitesSaysNothingThatATerminalObeys(t *testing.T) {
	site := makeSite("acme", metav1.ConditionFalse, v1alpha1.ReasonUnreachable, 2)
	site.Status.Conditions[0].Message = "no\x1b[2Jthing\npay: Ready"
	text, _ := tellSites([]v1alpha1.JiraSite{*site})
	if want := "acme: Unreachable: no\ufffd[2Jthing pay: Ready\n"; text != want {
		t.Errorf("tellSites() says %q, want %q", text, want)
	}
}

func TestSites(t *testing.T) {
	ready := makeSite("acme", metav1.ConditionTrue, v1alpha1.ReasonReady, 2)
	broken := makeSite("pay", metav1.ConditionFalse, v1alpha1.ReasonSecretNotFound, 2)
	stale := makeSite("stale", metav1.ConditionTrue, v1alpha1.ReasonReady, 1)
	suspended := makeSite("quiet", metav1.ConditionFalse, v1alpha1.ReasonSuspended, 2)
	suspended.Spec.Suspend = true
	tests := map[string]struct {
		sites     []*v1alpha1.JiraSite
		names     []string
		wantText  string
		wantError string
	}{
		"all are Ready":                            {sites: []*v1alpha1.JiraSite{ready}, wantText: "acme: Ready: so it is\n"},
		"the one that is named is":                 {sites: []*v1alpha1.JiraSite{ready, broken}, names: []string{"acme"}, wantText: "acme: Ready: so it is\n"},
		"all are Ready but one that is suspended":  {sites: []*v1alpha1.JiraSite{ready, suspended}, wantText: "acme: Ready: so it is\n"},
		"all are suspended":                        {sites: []*v1alpha1.JiraSite{suspended}, wantText: "There is no JiraSite", wantError: "there is no JiraSite"},
		"one is not":                               {sites: []*v1alpha1.JiraSite{ready, broken}, wantText: "pay: SecretNotFound: so it is\n", wantError: "not Ready: pay"},
		"one was changed, and is not checked anew": {sites: []*v1alpha1.JiraSite{stale}, wantText: "stale: no manager has checked it yet\n", wantError: "not Ready: stale"},
		"one that is named is not there":           {names: []string{"gone"}, wantText: "gone: there is no such JiraSite\n", wantError: "not Ready: gone"},
		"there is none":                            {wantText: "There is no JiraSite", wantError: "there is no JiraSite"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := v1alpha1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			builder := fake.NewClientBuilder().WithScheme(scheme)
			for _, site := range tt.sites {
				builder = builder.WithObjects(site)
			}
			var out strings.Builder
			err := Sites(t.Context(), builder.Build(), &out, 10*time.Millisecond, tt.names)
			if tt.wantError == "" && err != nil || tt.wantError != "" && (err == nil || !strings.Contains(err.Error(), tt.wantError)) {
				t.Errorf("Sites() error = %v, want %q", err, tt.wantError)
			}
			if !strings.Contains(out.String(), tt.wantText) {
				t.Errorf("Sites() says %q, want %q in it", out.String(), tt.wantText)
			}
		})
	}
}
