// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestMadePerRevision(t *testing.T) {
	yes := true
	controller := func(apiVersion, kind string) metav1.OwnerReference {
		return metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: "web-00007", Controller: &yes}
	}
	owner := func(apiVersion, kind string) metav1.OwnerReference {
		return metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: "web-00007"}
	}
	tests := map[string]struct {
		owner metav1.OwnerReference
		want  bool
	}{
		"Knative's Revision":                          {controller("serving.knative.dev/v1", "Revision"), true},
		"Crossplane's package":                        {controller("pkg.crossplane.io/v1", "ProviderRevision"), true},
		"OpenKruise's release":                        {controller("rollouts.kruise.io/v1beta1", "BatchRelease"), true},
		"Temporal's build, which it does not control": {owner("temporal.io/v1alpha1", "TemporalWorkerDeployment"), true},
		"a Pod that leads a group":                    {controller("v1", "Pod"), true},
		"a run":                                       {controller("tekton.dev/v1", "PipelineRun"), true},
		"a database":                                  {controller("acid.zalan.do/v1", "postgresql"), false},
		"an operator's own kind":                      {controller("kafka.strimzi.io/v1beta2", "StrimziPodSet"), false},
		"KServe's service":                            {controller("serving.kserve.io/v1beta1", "InferenceService"), false},
		"OpenFaaS's function":                         {controller("openfaas.com/v1", "Function"), false},
		"a bundle of OLM's":                           {owner("operators.coreos.com/v1alpha1", "ClusterServiceVersion"), false},
		"Helm's release, by an operator":              {controller("helm.toolkit.fluxcd.io/v2", "HelmRelease"), false},
		"Flagger's Canary":                            {controller("flagger.app/v1beta1", "Canary"), false},
		"another group's Pod":                         {controller("example.com/v1", "Pod"), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			workload := &metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{tt.owner}}
			if got := MadePerRevision(workload); got != tt.want {
				t.Errorf("MadePerRevision() = %v, want %v", got, tt.want)
			}
		})
	}
	if MadePerRevision(&metav1.ObjectMeta{}) {
		t.Error("MadePerRevision() = true of a workload without an owner")
	}
}
