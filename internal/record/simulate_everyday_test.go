package record

import (
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// everydayStories are what happens to the Deployment web between releases, and to those who watch it.
var everydayStories = map[string]func(*story){
	"a restart after a success is silent": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.restarts()
	},
	"a release is undone long after a restart": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.then(7 * 24 * time.Hour)
		s.restarts()
		s.then(7 * 24 * time.Hour)
		s.do("kubectl rollout undo --to-revision=1", func() { s.undo(1) })
	},
	"a restart after a failure is a new attempt": func(s *story) {
		s.creates(version("1.0", "SHOP-1").with(stuck))
		s.then(time.Hour)
		s.do("the database that its pods wait for is there", func() { s.ill["1.0"] = healthy })
		s.restarts()
	},
	"what a cluster does all day is silent": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.do("the autoscaler wants 6 pods", func() { s.scale(6) })
		s.then(time.Hour)
		s.do("the autoscaler wants 2 pods", func() { s.scale(2) })
		s.then(time.Hour)
		s.do("a node is drained, and takes a pod along", func() { s.drain(1) })
		s.then(time.Hour)
		s.do("a pod fails its readiness probe for a while", func() { s.sicken(1, healthy) })
		s.then(time.Hour)
		s.do("a GitOps tool writes a label and an annotation", func() {
			s.label("argocd.argoproj.io/instance", "shop")
			s.annotate("argocd.argoproj.io/tracking-id", "shop:apps/Deployment:shop-prod/web")
		})
		s.then(time.Hour)
		s.do("the Deployment is paused and resumed", func() { s.pause(true) })
		s.then(time.Hour)
		s.do("", func() { s.pause(false) })
		s.then(time.Hour)
		s.do("all pods fail, and stay so", func() { s.sicken(2, stuck) })
	},
	"a new template and a new size at once": func(s *story) {
		s.creates(version("1.0", "SHOP-1").pods(2))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").pods(5))
	},
	"scaled to zero with a new template": func(s *story) {
		s.creates(version("1.0", "SHOP-1").with(stuck))
		s.pass(time.Minute)
		s.do("kubectl apply, with replicas: 0: web:2.0 with SHOP-2", func() {
			s.apply(version("2.0", "SHOP-2"))
			s.scale(0)
		})
	},
	"keys are corrected after the release": func(s *story) {
		s.creates(version("1.0", "SHOP-1").on(onWorkload))
		s.then(time.Hour)
		s.do("kubectl annotate rollcall.dev/issue-keys=SHOP-1,SHOP-9", func() { s.annotate(v1alpha1.AnnotationIssueKeys, "SHOP-1,SHOP-9") })
	},
	"keys come late": func(s *story) {
		s.creates(version("1.0").on(onWorkload))
		s.then(time.Hour)
		s.do("kubectl annotate rollcall.dev/issue-keys=SHOP-1", func() { s.annotate(v1alpha1.AnnotationIssueKeys, "SHOP-1") })
	},
	"a release without keys supersedes one": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(stuck))
		s.pass(time.Minute)
		s.applies(version("2.1"))
		s.then(time.Hour)
		s.applies(version("3.0", "SHOP-3"))
	},
	"a release without keys fails, and an undo brings the one before it back": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.then(time.Hour)
		s.applies(version("3.0").with(stuck))
		s.then(time.Minute)
		s.do("kubectl rollout undo --to-revision=1", func() { s.undo(1) })
	},
	"a Deployment is deleted half-way": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.pass(2 * time.Second)
		s.deletes()
	},
	"a Deployment is deleted and created again under the same name": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(stuck))
		s.pass(time.Minute)
		s.deletes()
		s.pass(time.Minute)
		s.creates(version("2.1", "SHOP-2"))
		s.then(25 * time.Hour)
		s.applies(version("3.0", "SHOP-3"))
	},
	"a Deployment without a progress deadline": func(s *story) {
		s.do("kubectl create, without a deadline: web:1.0 with SHOP-1", func() { s.create(version("1.0", "SHOP-1"), deadline(noDeadline)) })
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(stuck))
		s.pass(time.Hour)
		s.do("the database that its pods wait for is there", func() { s.heal("2.0") })
	},
	"a failed release is replaced with strategy Recreate": func(s *story) {
		s.do("kubectl create, strategy Recreate: web:1.0 with SHOP-1", func() { s.create(version("1.0", "SHOP-1").with(stuck), recreating) })
		s.then(time.Minute)
		s.applies(version("2.0", "SHOP-2"))
	},
	"a release that may have no pods": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(forbidden))
		s.then(time.Hour)
		s.do("the quota is raised", func() { s.heal("2.0") })
	},
	"Rollcall is down while much happens": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.pass(2 * time.Second)
		s.do("Rollcall goes down", func() { s.m.up = false })
		s.then(time.Hour)
		s.applies(version("3.0", "SHOP-3"))
		s.then(time.Hour)
		s.applies(version("4.0", "SHOP-4").with(stuck))
		s.then(time.Hour)
		s.do("Rollcall is up again", func() { s.m.up = true; s.observeAgain(s.m) })
	},
	"a site is created after the workload": func(s *story) {
		s.m.up, s.m.attentive = false, false
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.then(24 * time.Hour)
		s.do("the JiraSite is created", func() { s.m.up = true; s.observeAgain(s.m) })
		s.then(time.Hour)
		s.undoes()
	},
	"Jira does not answer for a day": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.do("Jira does not answer", func() { s.m.silenced = true })
		for i := 2; i <= 8; i++ {
			s.applies(version(fmt.Sprintf("%d.0", i), fmt.Sprintf("SHOP-%d", i)))
			s.then(3 * time.Hour)
		}
		s.do("Jira answers again", func() { s.m.silenced = false; s.m.deliver() })
		s.pass(time.Minute)
	},
	"a new leader reads a state from before the workload was created": func(s *story) {
		s.do("the namespace is empty", func() { s.version++ })
		s.creates(version("1.0", "SHOP-1"))
		s.pass(2 * time.Second)
		s.do("another manager takes over, and its API server lags behind", func() { s.m.observation(s.history[0]) })
		s.pass(time.Second)
		s.do("the API server has caught up", func() { s.observeAgain(s.m) })
	},
	"a new leader reads an older state first": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.pass(2 * time.Second)
		s.deletes()
		s.do("another manager takes over, and its API server lags behind", func() {
			s.m.observation(s.history[len(s.history)-2])
		})
		s.pass(time.Second)
		s.do("the API server has caught up", func() { s.observeAgain(s.m) })
	},
}
