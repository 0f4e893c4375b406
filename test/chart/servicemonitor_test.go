// SPDX-License-Identifier: Apache-2.0

package chart

import "testing"

const reader = "rollcall-metrics-reader"

func TestTheServiceMonitor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		metrics string
		path    string
		want    string
		reader  bool // a ServiceAccount is made for it
	}{
		"verifies a certificate that somebody signed": {
			metrics: `{certSecretName: cert, serviceMonitor: {enabled: true}}`, reader: true,
			path: "spec.endpoints.0.tlsConfig", want: `{ca: {secret: {name: cert, key: ca.crt}}, serverName: rollcall-metrics.rollcall-system.svc}`,
		},
		"verifies as it is told": {
			metrics: `{certSecretName: cert, serviceMonitor: {enabled: true, tlsConfig: {serverName: rollcall}}}`, reader: true,
			path: "spec.endpoints.0.tlsConfig", want: `{serverName: rollcall}`,
		},
		"shows another token": {
			metrics: `{serviceMonitor: {enabled: true, authorization: {credentials: {name: a, key: b}}}}`,
			path:    "spec.endpoints.0.authorization", want: `{credentials: {name: a, key: b}}`,
		},
		"shows none where nobody asks": {
			metrics: `{secure: false, serviceMonitor: {enabled: true}}`,
			path:    "spec.endpoints.0.authorization", want: `null`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rendered := render(t, `{`+scraped+`, metrics: `+tt.metrics+`}`)
			e := expectation{object: "ServiceMonitor/rollcall", path: tt.path, want: tt.want}
			if why := e.check(t, rendered); why != "" {
				t.Error(why)
			}
			for _, kind := range []string{"ServiceAccount/", "Secret/", "ClusterRoleBinding/"} {
				if made := rendered[kind+reader] != nil; made != tt.reader {
					t.Errorf("%s: made is %t, want %t", kind+reader, made, tt.reader)
				}
			}
		})
	}
}
