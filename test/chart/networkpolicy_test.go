// SPDX-License-Identifier: Apache-2.0

package chart

import "testing"

const policy = "NetworkPolicy/rollcall"

func TestTheNetworkPolicy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		values string
		expect []expectation
	}{
		"by default lets nobody in": {expect: []expectation{
			{object: policy, path: "spec.policyTypes", want: `[Ingress, Egress]`},
			{object: policy, path: "spec.ingress", want: `[]`},
		}},
		"lets nobody in where there are no metrics": {values: `{metrics: {enabled: false}, ` + scraped + `}`, expect: []expectation{
			{object: policy, path: "spec.ingress", want: `[]`},
		}},
		// A cache of DNS may have a link-local address, and an API server that of a node.
		"by default lets out to DNS, to the API server, and by https to all but link-local addresses": {expect: []expectation{
			{object: policy, path: "spec.egress", want: `[
				{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}, {port: 5353, protocol: UDP}, {port: 5353, protocol: TCP}]},
				{ports: [{port: 6443, protocol: TCP}]},
				{ports: [{port: 443, protocol: TCP}], to: [
					{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}},
					{ipBlock: {cidr: "::/0", except: ["fe80::/10"]}},
					{namespaceSelector: {}}]}]`},
		}},
		// A rule without ports would let out to all of them.
		"has no rule for an API server that is not on nodes": {values: `networkPolicy: {apiServerPorts: []}`, expect: []expectation{
			{object: policy, path: "spec.egress.1.ports", want: `[{port: 443, protocol: TCP}]`},
			{object: policy, path: "spec.egress.2", want: `null`},
		}},
		"narrows the proxy's port as well": {values: `{proxy: {httpsProxy: "http://10.1.2.3:3128"}, networkPolicy: {egressTo: [{ipBlock: {cidr: 10.1.2.3/32}}]}}`, expect: []expectation{
			{object: policy, path: "spec.egress.2", want: `{ports: [{port: 443, protocol: TCP}, {port: 3128, protocol: TCP}], to: [{ipBlock: {cidr: 10.1.2.3/32}}]}`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rendered := render(t, tt.values)
			for _, e := range tt.expect {
				if why := e.check(t, rendered); why != "" {
					t.Error(why)
				}
			}
		})
	}
}
