// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const pendingIndex = "pending"

// cluster is a cache with the sites acme, which is Ready, and pay, and with these records.
func cluster(t *testing.T, records ...client.Object) *fake.ClientBuilder {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	pendingAt := func(o client.Object) []string {
		if r := o.(v1alpha1.Record); !r.Settled() {
			return []string{r.GetSite()}
		}
		return nil
	}
	acme := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}}
	acme.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady}}
	acme.Status.LastProbeTime, acme.Status.LastAccepted = metav1.Unix(1700000100, 0), metav1.Unix(1700000000, 0)
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(records...).
		WithObjects(acme, &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "pay"}}).
		WithIndex(&v1alpha1.JiraDeployment{}, pendingIndex, pendingAt).WithIndex(&v1alpha1.JiraBuild{}, pendingIndex, pendingAt)
}

func status(reason string) v1alpha1.RecordStatus {
	if reason == "" {
		return v1alpha1.RecordStatus{}
	}
	return v1alpha1.RecordStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Reason: reason, ObservedGeneration: 1}}}
}

func deployment(site, name, reason string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1, CreationTimestamp: metav1.Unix(1800000000, 0)},
		Spec:       v1alpha1.JiraDeploymentSpec{Site: site}, Status: v1alpha1.JiraDeploymentStatus{RecordStatus: status(reason)},
	}
}

func build(site, name, reason string) *v1alpha1.JiraBuild {
	return &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1, CreationTimestamp: metav1.Unix(1800000000, 0)},
		Spec:       v1alpha1.JiraBuildSpec{Site: site}, Status: v1alpha1.JiraBuildStatus{RecordStatus: status(reason)},
	}
}

func elected() chan struct{} {
	elected := make(chan struct{})
	close(elected)
	return elected
}

func TestPendingRecordsAreCountedByKind(t *testing.T) {
	reader := cluster(t,
		deployment("acme", "d-1", ""), deployment("acme", "d-2", v1alpha1.ReasonPending), deployment("acme", "d-3", v1alpha1.ReasonNotSelected),
		deployment("acme", "d-4", v1alpha1.ReasonAccepted), deployment("pay", "d-5", ""),
		build("acme", "b-1", v1alpha1.ReasonPermissionMissing), build("acme", "b-2", v1alpha1.ReasonProjectNotAllowed), build("acme", "b-3", v1alpha1.ReasonHandmadeNotAllowed),
		build("acme", "b-4", v1alpha1.ReasonRejected),
	).Build()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(reader, pendingIndex, elected(), time.Now))
	want := map[string]float64{
		"rollcall_site_last_accepted_timestamp_seconds{site=acme}":                         1700000000,
		"rollcall_site_last_probe_timestamp_seconds{site=acme}":                            1700000100,
		"rollcall_site_ready{reason=Ready,site=acme}":                                      1,
		"rollcall_site_ready{reason=Unknown,site=pay}":                                     0,
		"rollcall_records_pending{kind=JiraDeployment,site=acme}":                          2,
		"rollcall_records_withheld{kind=JiraDeployment,site=acme}":                         1,
		"rollcall_records_oldest_pending_timestamp_seconds{kind=JiraBuild,site=acme}":      1800000000,
		"rollcall_records_oldest_pending_timestamp_seconds{kind=JiraDeployment,site=acme}": 1800000000,
		"rollcall_records_oldest_pending_timestamp_seconds{kind=JiraDeployment,site=pay}":  1800000000,
		"rollcall_records_pending{kind=JiraBuild,site=acme}":                               1,
		"rollcall_records_withheld{kind=JiraBuild,site=acme}":                              2,
		"rollcall_records_pending{kind=JiraDeployment,site=pay}":                           1,
		"rollcall_records_withheld{kind=JiraDeployment,site=pay}":                          0,
		"rollcall_records_pending{kind=JiraBuild,site=pay}":                                0,
		"rollcall_records_withheld{kind=JiraBuild,site=pay}":                               0,
	}
	if diff := cmp.Diff(want, scrape(t, registry)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestOnlyTheLeaderMeasures(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(cluster(t, build("acme", "b-1", "")).Build(), pendingIndex, make(chan struct{}), time.Now))
	if got := scrape(t, registry); len(got) > 0 {
		t.Errorf("a manager that waits measures %v", got)
	}
}

func TestAScrapeFailsWhereARecordCannotBeRead(t *testing.T) {
	for name, unreadable := range map[string]client.ObjectList{
		"sites": &v1alpha1.JiraSiteList{}, "deployments": &v1alpha1.JiraDeploymentList{}, "builds": &v1alpha1.JiraBuildList{},
	} {
		t.Run(name, func(t *testing.T) {
			reader := cluster(t).WithInterceptorFuncs(interceptor.Funcs{
				List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
					if reflect.TypeOf(list) == reflect.TypeOf(unreadable) {
						return errors.New("the cache is not there")
					}
					return c.List(ctx, list, opts...)
				},
			}).Build()
			registry := prometheus.NewPedanticRegistry()
			registry.MustRegister(NewCollector(reader, pendingIndex, elected(), time.Now))
			if _, err := registry.Gather(); err == nil {
				t.Error("nobody says that something is missing")
			}
		})
	}
}
