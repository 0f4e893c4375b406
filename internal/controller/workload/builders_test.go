package workload

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// noon is the time at which the tests begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func makeRecord(site, name string, keys ...string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-" + site, Name: name, UID: types.UID(site + "/" + name), Generation: 1, CreationTimestamp: metav1.NewTime(noon),
		},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: site, Sequence: 1, State: v1alpha1.StateSuccessful, LastUpdated: metav1.NewTime(noon), IssueKeys: keys,
			Pipeline:    v1alpha1.Pipeline{ID: "eu-1/" + name},
			Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
		},
	}
}
