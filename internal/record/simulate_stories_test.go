package record

import (
	"time"
)

// stories are what happens to Deployments, and a release manager would want told truly.
var stories = map[string]func(*story){
	"a first release succeeds": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
	},
	"a first release never becomes ready, until it is mended": func(s *story) {
		s.creates(version("1.0", "SHOP-1").with(stuck))
		s.then(time.Hour)
		s.do("the database that its pods wait for is there", func() { s.heal("1.0") })
	},
	"a second release succeeds": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2", "SHOP-3"))
	},
	"a release stalls and is undone": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(stuck))
		s.then(time.Minute)
		s.undoes()
	},
	"a release is undone half-way": func(s *story) {
		s.creates(version("1.0", "SHOP-1").pods(8))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.pass(5 * time.Second)
		s.undoes()
	},
	"a finished release is undone, and the undo is undone": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.then(time.Hour)
		s.undoes()
		s.then(time.Hour)
		s.undoes()
	},
	"helm rolls back over two releases, and sets the replicas with the template": func(s *story) {
		first := version("1.0", "SHOP-1").pods(3)
		s.creates(first)
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").pods(4))
		s.then(time.Hour)
		s.applies(version("3.0", "SHOP-3").pods(5).with(stuck))
		s.then(time.Minute)
		s.do("helm rollback to revision 1: "+first.String(), func() { s.apply(first) })
	},
	"a revert in Git restores a release with the keys on the workload": func(s *story) {
		first := version("1.0", "SHOP-1").on(onWorkload)
		s.creates(first)
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").on(onWorkload))
		s.then(time.Hour)
		s.do("git revert, and the GitOps tool syncs: "+first.String(), func() { s.apply(first) })
	},
	"a release is superseded before it finished": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(stuck))
		s.pass(time.Minute)
		s.applies(version("2.1", "SHOP-2", "SHOP-4"))
	},
	"a failed release is followed by one that mends it": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2").with(stuck))
		s.then(time.Minute)
		s.applies(version("2.1", "SHOP-2", "SHOP-4"))
	},
	"three releases within a second": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.steps(3)
		s.applies(version("2.0", "SHOP-2"))
		s.steps(3)
		s.applies(version("3.0", "SHOP-3"))
	},
	"a release is paused half-way and resumed": func(s *story) {
		s.creates(version("1.0", "SHOP-1").pods(8))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.pass(5 * time.Second)
		s.pauses()
		s.then(time.Hour)
		s.resumes()
	},
	"a paused release is superseded, and its successor begins when resumed": func(s *story) {
		s.creates(version("1.0", "SHOP-1").pods(8))
		s.then(time.Hour)
		s.applies(version("2.0", "SHOP-2"))
		s.pass(5 * time.Second)
		s.pauses()
		s.then(time.Hour)
		s.applies(version("3.0", "SHOP-3"))
		s.then(time.Hour)
		s.resumes()
	},
	"a new template waits while paused": func(s *story) {
		s.creates(version("1.0", "SHOP-1"))
		s.then(time.Hour)
		s.pauses()
		s.applies(version("2.0", "SHOP-2"))
		s.then(time.Hour)
		s.resumes()
	},
	"a Deployment that is created paused": func(s *story) {
		s.do("kubectl create, paused: web:1.0 with SHOP-1", func() { s.create(version("1.0", "SHOP-1"), paused) })
		s.then(time.Hour)
		s.resumes()
	},
}

func (s *story) applies(m manifest) {
	s.do("kubectl apply: "+m.String(), func() { s.apply(m) })
}

func (s *story) creates(m manifest) {
	s.do("kubectl create: "+m.String(), func() { s.create(m) })
}

func (s *story) undoes() {
	s.do("kubectl rollout undo", func() { s.undo(0) })
}

func (s *story) pauses() {
	s.do("kubectl rollout pause", func() { s.pause(true) })
}

func (s *story) resumes() {
	s.do("kubectl rollout resume", func() { s.pause(false) })
}

func (s *story) restarts() {
	s.do("kubectl rollout restart", s.restart)
}

func (s *story) deletes() {
	s.do("kubectl delete", s.remove)
}
