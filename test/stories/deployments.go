// SPDX-License-Identifier: Apache-2.0

package main

import "time"

func deployment(title string, play func(*stage)) story { return story{title, kindDeployment, play} }

// deploymentStories are what happens to Deployments, and a release manager would want told truly.
var deploymentStories = []story{
	deployment("a first release succeeds", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
	}),
	deployment("a first release never becomes ready, until it is mended", func(p *stage) {
		first := version("1.0", "SHOP-1").with(stuck)
		p.creates(first)
		p.rest()
		p.do("the database that its pods wait for is there", func() error { return p.mend(first) })
	}),
	deployment("a second release succeeds", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2", "SHOP-3"))
	}),
	deployment("a release stalls and is undone", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(stuck))
		p.rest()
		p.undoes()
	}),
	deployment("a release is undone half-way", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").pods(8))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.undoes()
	}),
	deployment("a finished release is undone, and the undo is undone", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.undoes()
		p.rest()
		p.undoes()
	}),
	deployment("helm rolls back over two releases, and sets the replicas with the template", func(p *stage) {
		first := version("1.0", "SHOP-1").pods(3)
		p.creates(first)
		p.rest()
		p.applies(version("2.0", "SHOP-2").pods(4))
		p.rest()
		p.applies(version("3.0", "SHOP-3").pods(5).with(stuck))
		p.rest()
		p.do("helm rollback to revision 1: "+first.String(), func() error { return p.apply(first) })
	}),
	deployment("a revert in Git restores a release with the keys on the workload", func(p *stage) {
		first := version("1.0", "SHOP-1").on(onWorkload)
		p.creates(first)
		p.rest()
		p.applies(version("2.0", "SHOP-2").on(onWorkload))
		p.rest()
		p.do("git revert, and the GitOps tool syncs: "+first.String(), func() error { return p.apply(first) })
	}),
	deployment("a release is superseded before it finished", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(stuck))
		p.pass(time.Second)
		p.applies(version("2.1", "SHOP-2", "SHOP-4"))
	}),
	deployment("a failed release is followed by one that mends it", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(stuck))
		p.rest()
		p.applies(version("2.1", "SHOP-2", "SHOP-4"))
	}),
	deployment("three releases within a second", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.pass(300 * time.Millisecond)
		p.applies(version("2.0", "SHOP-2"))
		p.pass(300 * time.Millisecond)
		p.applies(version("3.0", "SHOP-3"))
	}),
	deployment("a release is paused half-way and resumed", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").pods(8))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.pauses()
		p.rest()
		p.resumes()
	}),
	deployment("a paused release is superseded, and its successor begins when resumed", func(p *stage) {
		p.creates(version("1.0", "SHOP-1").pods(8))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.pauses()
		p.rest()
		p.applies(version("3.0", "SHOP-3"))
		p.rest()
		p.resumes()
	}),
	deployment("a new template waits while paused", func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.pauses()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.resumes()
	}),
	deployment("a Deployment that is created paused", func(p *stage) {
		p.do("kubectl create, paused: 1.0 with SHOP-1", func() error { return p.create(version("1.0", "SHOP-1"), paused) })
		p.rest()
		p.resumes()
	}),
}

func (p *stage) applies(m manifest) {
	p.do("kubectl apply: "+m.String(), func() error { return p.apply(m) })
}

func (p *stage) creates(m manifest) {
	p.do("kubectl create: "+m.String(), func() error { return p.create(m) })
}

func (p *stage) undoes() {
	p.do("kubectl rollout undo", func() error { return p.undo(0) })
}

func (p *stage) pauses() {
	p.do("kubectl rollout pause", func() error { return p.pause(true) })
}

func (p *stage) resumes() {
	p.do("kubectl rollout resume", func() error { return p.pause(false) })
}

func (p *stage) restarts() { p.do("kubectl rollout restart", p.restart) }

func (p *stage) deletes() { p.do("kubectl delete", p.remove) }
