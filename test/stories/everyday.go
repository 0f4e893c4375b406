// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/recording"
)

func paused(o client.Object) { o.(*appsv1.Deployment).Spec.Paused = true }

func recreating(o client.Object) {
	o.(*appsv1.Deployment).Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
}

// withoutDeadline is how people switch a Deployment's progress deadline off.
func withoutDeadline(o client.Object) {
	o.(*appsv1.Deployment).Spec.ProgressDeadlineSeconds = new(int32(math.MaxInt32))
}

// everydayStories are what happens to a Deployment between releases, and to those who watch it.
var everydayStories = []story{
	deployment("a restart after a success is silent", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.restarts()
	}),
	deployment("a release is undone long after a restart", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.restarts()
		p.rest()
		p.do("kubectl rollout undo --to-revision=1", func() error { return p.undo(1) })
	}),
	deployment("a restart after a failure is a new attempt", func(p *stage) {
		first := version("1.0", "SHOP-1").with(stuck)
		p.creates(first)
		p.rest()
		p.do("new pods will find the database that they wait for", nil)
		p.restarts()
		p.pass(time.Second)
		p.do("", func() error { return p.mend(first) })
	}),
	deployment("what a cluster does all day is silent", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.do("the autoscaler wants 6 pods", func() error { return p.scale(6) })
		p.rest()
		p.do("the autoscaler wants 2 pods", func() error { return p.scale(2) })
		p.rest()
		p.do("a node is drained, and takes a pod along", func() error { return p.drop(1) })
		p.rest()
		p.do("a pod fails its readiness probe for a while", func() error { return p.sicken(1, corev1.ConditionFalse) })
		p.pass(time.Second)
		p.do("", func() error { return p.sicken(1, corev1.ConditionTrue) })
		p.rest()
		p.do("a GitOps tool writes a label", func() error { return p.label("argocd.argoproj.io/instance", "shop") })
		p.do("and an annotation", func() error {
			return p.annotate("argocd.argoproj.io/tracking-id", "shop:apps/Deployment:shop-prod/web")
		})
		p.rest()
		p.pauses()
		p.rest()
		p.resumes()
		p.rest()
		p.do("all pods fail, and stay so", func() error { return p.sicken(2, corev1.ConditionFalse) })
	}),
	deployment("a new template and a new size at once", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").pods(2))
		p.rest()
		p.applies(version("2.0", "SHOP-2").pods(5))
	}),
	deployment("scaled to zero with a new template", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").with(stuck))
		p.pass(time.Second)
		p.do("kubectl apply, with replicas 0: 2.0 with SHOP-2", func() error { return p.apply(version("2.0", "SHOP-2").pods(0)) })
	}),
	deployment("keys are corrected after the release", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").on(onWorkload))
		p.rest()
		p.do("kubectl annotate rollcall.dev/issue-keys=SHOP-1,SHOP-9", func() error { return p.annotate(v1alpha1.AnnotationIssueKeys, "SHOP-1,SHOP-9") })
	}),
	deployment("keys come late", func(p *stage) {
		p.creates(version("1.0").on(onWorkload))
		p.rest()
		p.do("kubectl annotate rollcall.dev/issue-keys=SHOP-1", func() error { return p.annotate(v1alpha1.AnnotationIssueKeys, "SHOP-1") })
	}),
	deployment("a release without keys supersedes one", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(stuck))
		p.pass(time.Second)
		p.applies(version("2.1"))
		p.rest()
		p.applies(version("3.0", "SHOP-3"))
	}),
	deployment("a release without keys fails, and an undo brings the one before it back", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.applies(version("3.0").with(stuck))
		p.rest()
		p.do("kubectl rollout undo --to-revision=1", func() error { return p.undo(1) })
	}),
	deployment("a release that one without keys superseded comes back", func(p *stage) {
		second := version("2.0", "SHOP-2").with(stuck)
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(second)
		p.pass(time.Second)
		p.applies(version("2.1"))
		p.rest()
		p.applies(second)
		p.pass(time.Second)
		p.do("the database that its pods wait for is there", func() error { return p.mend(second) })
	}),
	deployment("a template comes back, and the keys on the workload do not", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").on(onWorkload))
		p.rest()
		p.applies(version("2.0", "SHOP-2").on(onWorkload))
		p.rest()
		p.do("kubectl set image: 1.0", func() error { return p.apply(version("1.0", "SHOP-2").on(onWorkload)) })
	}),
	deployment("a Deployment is deleted half-way", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.deletes()
	}),
	deployment("a Deployment is deleted and created again under the same name", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(stuck))
		p.pass(time.Second)
		p.deletes()
		p.pass(time.Second)
		p.creates(version("2.1", "SHOP-2"))
		p.rest()
		p.applies(version("3.0", "SHOP-3"))
	}),
	deployment("a Deployment without a progress deadline", func(p *stage) {
		p.do("kubectl create, without a deadline: 1.0 with SHOP-1", func() error { return p.create(version("1.0", "SHOP-1"), withoutDeadline) })
		p.rest()
		second := version("2.0", "SHOP-2").with(stuck)
		p.applies(second)
		p.rest()
		p.do("the database that its pods wait for is there", func() error { return p.mend(second) })
	}),
	deployment("a failed release is replaced with strategy Recreate", func(p *stage) {
		p.do("kubectl create, strategy Recreate: 1.0 with SHOP-1 (its pods never become ready)", func() error {
			return p.create(version("1.0", "SHOP-1").with(stuck), recreating)
		})
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
	}),
	deployment("a release that may have no pods", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(forbidden))
		p.rest()
		p.do("the namespace allows them", p.allow)
		p.pass(20 * time.Second) // the next try comes when as much time has passed again
	}),
	deployment("Rollcall is down while much happens", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.manager(recording.Down, "Rollcall goes down")
		p.rest()
		p.applies(version("3.0", "SHOP-3"))
		p.rest()
		p.applies(version("4.0", "SHOP-4").with(stuck))
		p.rest()
		p.manager(recording.Up, "Rollcall is up again")
	}),
	deployment("a site is created after the workload", func(p *stage) {
		p.manager(recording.Down, "there is no JiraSite")
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.manager(recording.Up, "the JiraSite is created")
		p.rest()
		p.undoes()
	}),
	deployment("Jira does not answer for a day", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.manager(recording.Silent, "Jira does not answer")
		for i := 2; i <= 8; i++ {
			p.applies(version(fmt.Sprintf("%d.0", i), fmt.Sprintf("SHOP-%d", i)))
			p.rest()
		}
		p.manager(recording.Answered, "Jira answers again")
	}),
	deployment("a new leader reads a state from before the workload was created", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.pass(300 * time.Millisecond)
		p.manager(recording.First, "another manager takes over, and its API server lags behind")
		p.pass(100 * time.Millisecond)
		p.manager(recording.CatchUp, "the API server has caught up")
	}),
	deployment("a new leader reads an older state first", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.pass(300 * time.Millisecond)
		p.deletes()
		p.pass(300 * time.Millisecond)
		p.manager(recording.Previous, "another manager takes over, and its API server lags behind")
		p.pass(300 * time.Millisecond)
		p.manager(recording.CatchUp, "the API server has caught up")
	}),
}
