// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var argoRollout = schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Rollout"}

// The tests stand in for Argo's controller: they write what it writes.
var _ = Describe("A rollout of an Argo Rollout", Ordered, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) {
		installArgo(ctx)
	})

	BeforeEach(func(ctx SpecContext) {
		namespace = makeNamespace(ctx, "prod")
	})

	It("appears on its issues though Argo Rollouts was installed after the manager had started, and so does the next", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "SHOP-500")
		create(ctx, o)
		playArgo(ctx, o, 1, argoProgressing)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-500"})
		playArgo(ctx, o, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-500"})
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/Rollout/web"))

		change(ctx, o, releaseArgo("SHOP-501"))
		playArgo(ctx, o, 2, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-500"}, shown{2, "successful", "production", "SHOP-501"})
	})

	It("is pending while it is paused at a step, and goes on", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "SHOP-510")
		create(ctx, o)
		playArgo(ctx, o, 1, argoProgressing)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-510"})
		playArgo(ctx, o, 1, argoPaused)
		awaitJira(namespace, shown{1, "pending", "production", "SHOP-510"})
		playArgo(ctx, o, 1, argoProgressing)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-510"})
		playArgo(ctx, o, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-510"})
	})

	It("that is degraded has failed, and says why; it is successful where it becomes healthy after all", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "SHOP-520")
		create(ctx, o)
		playArgo(ctx, o, 1, argoDegraded)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-520"})
		Expect(stored(jiraNow, namespace)[0].Description).To(ContainSubstring("has timed out progressing"))
		playArgo(ctx, o, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-520"})
	})

	It("that is aborted has failed, and is rolled_back once the earlier template is there again with its own keys", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "SHOP-530")
		create(ctx, o)
		playArgo(ctx, o, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-530"})

		change(ctx, o, releaseArgo("SHOP-531"))
		playArgo(ctx, o, 2, argoProgressing)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-530"}, shown{2, "in_progress", "production", "SHOP-531"})
		nextSecond()
		playArgo(ctx, o, 2, argoAborted)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-530"}, shown{2, "failed", "production", "SHOP-531"})
		Expect(stored(jiraNow, namespace)[1].Description).To(ContainSubstring("Rollout aborted update to revision 2"))

		change(ctx, o, releaseArgo("SHOP-530"))
		playArgo(ctx, o, 3, argoHealthy)
		awaitJira(namespace,
			shown{1, "successful", "production", "SHOP-530"},
			shown{2, "rolled_back", "production", "SHOP-531"},
			shown{3, "successful", "production", "SHOP-530"})
	})

	It("is told only once the template has a revision, and is cancelled where the Rollout is deleted before it finished", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "SHOP-540")
		create(ctx, o)
		playArgo(ctx, o, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-540"})

		change(ctx, o, releaseArgo("SHOP-541"))
		playArgo(ctx, o, 1, argoUnnumbered)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-540"}}))

		playArgo(ctx, o, 2, argoProgressing)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-540"}, shown{2, "in_progress", "production", "SHOP-541"})
		Expect(kube.Delete(ctx, o)).To(Succeed())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-540"}, shown{2, "cancelled", "production", "SHOP-541"})
	})

	It("that was told already is not told again when the manager starts anew", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "SHOP-550")
		create(ctx, o)
		playArgo(ctx, o, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-550"})
		before := bulkRequests(namespace)

		restartManager()
		other := makeNamespace(ctx, "prod")
		next := makeArgoRollout(other, "web", "SHOP-551")
		create(ctx, next)
		playArgo(ctx, next, 1, argoHealthy)
		awaitJira(other, shown{1, "successful", "production", "SHOP-551"})
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-550"}}))
		Expect(bulkRequests(namespace)).To(Equal(before))
	})
})

// argoStatus returns what Argo's controller writes of a revision; its template's hash is made of the revision.
type argoStatus func(revision int) map[string]any

var (
	argoProgressing argoStatus = func(revision int) map[string]any {
		message := `ReplicaSet "web-` + argoHash(revision) + `" is progressing.`
		return argoUpdate(revision, 1, "Progressing", "more replicas need to be updated",
			argoCondition("Progressing", "True", "ReplicaSetUpdated", message))
	}
	argoPaused argoStatus = func(revision int) map[string]any {
		return argoUpdate(revision, 1, "Paused", "CanaryPauseStep",
			argoCondition("Progressing", "Unknown", "RolloutPaused", "Rollout is paused"),
			argoCondition("Paused", "True", "RolloutPaused", "Rollout is paused"))
	}
	argoHealthy argoStatus = func(revision int) map[string]any {
		message := `ReplicaSet "web-` + argoHash(revision) + `" has successfully progressed.`
		status := argoUpdate(revision, 3, "Healthy", "", argoCondition("Progressing", "True", "NewReplicaSetAvailable", message))
		status["stableRS"] = status["currentPodHash"]
		return status
	}
	argoDegraded argoStatus = func(revision int) map[string]any {
		message := `ReplicaSet "web-` + argoHash(revision) + `" has timed out progressing.`
		return argoUpdate(revision, 1, "Degraded", "ProgressDeadlineExceeded: "+message,
			argoCondition("Progressing", "False", "ProgressDeadlineExceeded", message))
	}
	argoAborted argoStatus = func(revision int) map[string]any {
		message := "Rollout aborted update to revision " + strconv.Itoa(revision)
		status := argoUpdate(revision, 0, "Degraded", "RolloutAborted: "+message,
			argoCondition("Progressing", "False", "RolloutAborted", message))
		status["abort"] = true
		return status
	}
	// argoUnnumbered is the pass that sees a new template, and makes its ReplicaSet in the next.
	argoUnnumbered argoStatus = func(revision int) map[string]any {
		return argoUpdate(revision+1, 0, "Progressing", "more replicas need to be updated",
			argoCondition("Progressing", "True", "ReplicaSetUpdated", `Rollout "web" is progressing.`))
	}
)

func argoHash(revision int) string {
	return "7c4d9" + strconv.Itoa(revision)
}

func argoUpdate(revision int, updated int64, phase, message string, conditions ...any) map[string]any {
	return map[string]any{
		"phase": phase, "message": message, "updatedReplicas": updated, "availableReplicas": int64(3),
		"currentPodHash": argoHash(revision), "stableRS": argoHash(revision - 1), "conditions": conditions,
	}
}

func argoCondition(conditionType, status, reason, message string) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	return map[string]any{
		"type": conditionType, "status": status, "reason": reason, "message": message, "lastUpdateTime": now, "lastTransitionTime": now,
	}
}

// makeArgoRollout returns a Rollout of three pods.
func makeArgoRollout(namespace, name, keys string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"replicas": int64(3),
		"strategy": map[string]any{"canary": map[string]any{"steps": []any{map[string]any{"setWeight": int64(20)}}}},
	}}}
	o.SetGroupVersionKind(argoRollout)
	o.SetNamespace(namespace)
	o.SetName(name)
	o.SetLabels(map[string]string{"site": "acme"})
	releaseArgo(keys)(o)
	return o
}

// releaseArgo gives a Rollout the pod template of a release with these issue keys.
func releaseArgo(keys string) func(*unstructured.Unstructured) {
	return func(o *unstructured.Unstructured) {
		o.Object["spec"].(map[string]any)["template"] = map[string]any{
			"metadata": map[string]any{
				"labels":      map[string]any{"app": "e2e"},
				"annotations": map[string]any{v1alpha1.AnnotationIssueKeys: keys},
			},
			"spec": map[string]any{"containers": []any{map[string]any{"name": "web", "image": "shop/web:for-" + strings.ToLower(keys)}}},
		}
	}
}

// playArgo does what Argo's controller does in one pass: it numbers the template, and then writes the status.
func playArgo(ctx context.Context, o *unstructured.Unstructured, revision int, status argoStatus) {
	GinkgoHelper()
	change(ctx, o, func(o *unstructured.Unstructured) {
		annotations := maps.Clone(o.GetAnnotations())
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations["rollout.argoproj.io/revision"] = strconv.Itoa(revision)
		o.SetAnnotations(annotations)
	})
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(o), o)).To(Succeed())
		now := status(revision)
		now["observedGeneration"] = strconv.FormatInt(o.GetGeneration(), 10)
		o.Object["status"] = now
		g.Expect(kube.Status().Update(ctx, o)).To(Succeed())
	}).Should(Succeed())
}

// nextSecond waits until a condition has another time than those that were written so far: one of the very second
// in which the release before finished could be that release's.
func nextSecond() {
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
}
