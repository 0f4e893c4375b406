package workload

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestAnObservationWaitsForTheRecordsThatWereCreated(t *testing.T) {
	var u unseen
	web, api := client.ObjectKey{Namespace: "shop", Name: "web"}, client.ObjectKey{Namespace: "shop", Name: "api"}
	none := map[string][]*v1alpha1.JiraDeployment{}
	one := map[string][]*v1alpha1.JiraDeployment{"acme": {makeRecord("acme", "web-1", "SHOP-1")}}
	both := map[string][]*v1alpha1.JiraDeployment{"acme": one["acme"], "pay": {makeRecord("pay", "web-2", "SHOP-1")}}
	if wait := u.wait(web, none, noon); wait != 0 {
		t.Errorf("before any was created it waits %s", wait)
	}
	u.add(web, "web-1", noon)
	u.add(web, "web-2", noon.Add(unseenPatience/4))
	later := noon.Add(unseenPatience / 2)
	if wait := u.wait(api, none, later); wait != 0 {
		t.Errorf("another workload waits %s", wait)
	}
	if wait := u.wait(web, one, later); wait != 3*unseenPatience/4 {
		t.Errorf("where one is missing it waits %s", wait)
	}
	if wait := u.wait(web, both, later); wait != 0 || len(u.records) != 0 {
		t.Errorf("where all are there it waits %s, and remembers %v", wait, u.records)
	}
	u.add(web, "web-3", noon)
	if wait := u.wait(web, none, noon.Add(unseenPatience)); wait != 0 || len(u.records) != 0 {
		t.Errorf("for a record that never comes it waits %s, and remembers %v", wait, u.records)
	}
}

// A restart just after its release was recorded is no release, however far behind the cache is.
func TestARestartIsNoReleaseWhereTheCacheIsBehind(t *testing.T) {
	w := newWorkshop(t)
	w.behind = true
	w.restart()
	result, err := w.reconcile()
	if err != nil || result.RequeueAfter <= 0 {
		t.Errorf("Reconcile() = %s, %v; want it to wait for the cache", result.RequeueAfter, err)
	}
	w.behind = false
	if _, err := w.reconcile(); err != nil {
		t.Fatal(err)
	}
	var records v1alpha1.JiraDeploymentList
	if err := w.r.List(t.Context(), &records, client.InNamespace("shop-prod")); err != nil {
		t.Fatal(err)
	}
	if len(records.Items) != 1 || records.Items[0].Spec.Revision != 1 {
		t.Errorf("there are %d records, the first of revision %d; want that of the release alone", len(records.Items), records.Items[0].Spec.Revision)
	}
}
