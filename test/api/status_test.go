// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// aDelivery are the fields of a delivery.
var aDelivery = map[string]string{
	"state": "successful", "updateSequenceNumber": "1772355600000001", "issues": "SHOP-12", "reason": "Accepted", "message": "Jira took the record.",
	"sentTime": `"2026-07-01T10:00:00.000001Z"`, "answeredTime": `"2026-07-01T10:00:00.123456Z"`,
}

// delivered is a history of one delivery.
var delivered = `[` + deliveryWith("") + `]`

// deliveryWith returns a delivery in which a field is another.
func deliveryWith(field string) string {
	name, _, _ := strings.Cut(field, ":")
	without := deliveryWithout(name)
	if field == "" {
		return without
	}
	return strings.TrimSuffix(without, "}") + ", " + field + "}"
}

// deliveryWithout returns a delivery without a field.
func deliveryWithout(name string) string {
	var fields []string
	for _, field := range slices.Sorted(maps.Keys(aDelivery)) {
		if field != name {
			fields = append(fields, field+": "+aDelivery[field])
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// What is delivered is told by comparing generations: they must count the changes of the spec, and nothing else.
func TestTheStatusIsASubresource(t *testing.T) {
	c := apiServer(t)
	for kind, test := range map[string]struct {
		object, status, change string
	}{
		"JiraSite": {
			minimalSite,
			`{cloudID: abc, observedGeneration: 1, lastProbeTime: "2026-07-01T10:00:00Z", pending: 0, oldestPending: "2026-07-01T09:00:00Z", ` +
				`lastAccepted: "2026-07-01T10:00:00Z", readBack: {time: "2026-07-01T10:00:00Z", result: Missing, message: gone, ` +
				`record: {kind: JiraDeployment, namespace: shop, name: web-7}}, conditions: [` + conditions("Ready") + `]}`,
			`requestsPerMinute: 60`,
		},
		"JiraDeployment": {
			minimalDeployment,
			`{observedGeneration: 1, deliveredGeneration: 1, deliveredTime: "2026-07-01T10:00:00.123456Z", unknownIssueKeys: [SHOP-12], history: ` + delivered + `, conditions: [` + conditions("Delivered") + `]}`,
			`state: rolled_back`,
		},
		"JiraBuild": {
			minimalBuild,
			`{observedGeneration: 1, deliveredGeneration: 1, deliveredTime: "2026-07-01T10:00:00.123456Z", unknownIssueKeys: [SHOP-12], history: ` + delivered + `, conditions: [` + conditions("Delivered") + `]}`,
			`state: failed`,
		},
	} {
		t.Run(kind, func(t *testing.T) {
			g := NewWithT(t)
			o := merge(t, parse(t, test.object), "status", test.status)
			want := o.Object["status"]
			store(t, c, o)
			g.Expect(o.Object).NotTo(HaveKey("status"), "who creates an object cannot say that it was delivered")
			g.Expect(o.GetGeneration()).To(Equal(int64(1)))

			told := merge(t, merge(t, o, "status", test.status), "spec", test.change)
			g.Expect(c.Status().Update(t.Context(), told)).To(Succeed())
			stored := get(t, c, o)
			g.Expect(stored.GetGeneration()).To(Equal(int64(1)), "a change of the status is no new generation")
			g.Expect(stored.Object["status"]).To(Equal(want))
			g.Expect(stored.Object["spec"]).To(Equal(o.Object["spec"]), "the status subresource leaves the spec alone")
			g.Expect(typed(t, stored)).NotTo(BeNil())

			changed := merge(t, stored, "spec", test.change)
			delete(changed.Object, "status")
			g.Expect(c.Update(t.Context(), changed)).To(Succeed())
			stored = get(t, c, o)
			g.Expect(stored.GetGeneration()).To(Equal(int64(2)), "a change of the spec is a new generation")
			g.Expect(stored.Object["status"]).To(Equal(want), "an update of the object leaves the status alone")

			labelled := stored.DeepCopy()
			labelled.SetLabels(map[string]string{"a": "b"})
			g.Expect(c.Update(t.Context(), labelled)).To(Succeed())
			g.Expect(get(t, c, o).GetGeneration()).To(Equal(int64(2)), "a change of a label is no new generation")

			target := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: o.GetNamespace(), Name: o.GetName()}}
			target.SetGroupVersionKind(o.GroupVersionKind())
			g.Expect(c.Status().Patch(t.Context(), target, client.RawPatch(types.MergePatchType, []byte(`{"status":null}`)))).To(Succeed())
			g.Expect(target.UID).To(Equal(o.GetUID()), "an answer of metadata says which object it was")
			g.Expect(get(t, c, o).Object).NotTo(HaveKey("status"), "a status can be taken away")
		})
	}
}

func get(t *testing.T, c client.Client, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	stored := &unstructured.Unstructured{}
	stored.SetGroupVersionKind(o.GroupVersionKind())
	NewWithT(t).Expect(c.Get(t.Context(), client.ObjectKeyFromObject(o), stored)).To(Succeed())
	return stored
}
