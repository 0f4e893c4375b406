// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/recording"
)

func onDelete(o client.Object) {
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		o.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}
	case *appsv1.DaemonSet:
		o.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType}
	}
}

func partition(n int32) func(client.Object) {
	return func(o client.Object) {
		o.(*appsv1.StatefulSet).Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{
			Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &n},
		}
	}
}

// restores is kubectl rollout undo of a set: the template of an earlier manifest, through its ControllerRevision.
func (p *stage) restores(m manifest) {
	p.do("kubectl rollout undo: "+m.String(), func() error { return p.apply(m) })
}

func (p *stage) createsOnNodes(m manifest, options ...func(client.Object)) {
	p.do("four nodes join", func() error { return p.nodes(true, 1, 2, 3, 4) })
	p.pass(time.Second)
	p.do("kubectl create: "+m.String(), func() error { return p.create(m, append(options, p.onNodes)...) })
}

// setStories are what happens to StatefulSets of three pods, and to DaemonSets on four nodes.
var setStories = []story{
	{"a StatefulSet rolls out pod by pod, and is restarted and scaled in silence", kindStatefulSet, func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.restarts()
		p.rest()
		p.do("kubectl scale --replicas=5", func() error { return p.scale(5) })
		p.rest()
		p.do("a node is drained, and takes web-1 along", func() error { return p.drop(0, "web-1") })
	}},
	{"a StatefulSet is updated behind a partition", kindStatefulSet, func(p *stage) {
		p.creates(version("1.0", "SHOP-1"))
		p.rest()
		p.do("kubectl apply, with partition 3: 2.0 with SHOP-2", func() error {
			return p.change(func(o client.Object) { partition(3)(o); version("2.0", "SHOP-2").writeTo(o) })
		})
		p.rest()
		p.do("the partition is lowered to 2: web-2 is the canary", func() error { return p.change(partition(2)) })
		p.rest()
		p.do("the partition is lowered to 0", func() error { return p.change(partition(0)) })
	}},
	{"a StatefulSet waits until a person deletes its pods", kindStatefulSet, func(p *stage) {
		p.do("kubectl create, strategy OnDelete: 1.0 with SHOP-1", func() error { return p.create(version("1.0", "SHOP-1"), onDelete) })
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.do("kubectl delete pod web-0 web-1", func() error { return p.drop(0, "web-0", "web-1") })
		p.rest()
		p.do("kubectl delete pod web-2", func() error { return p.drop(0, "web-2") })
	}},
	{"a StatefulSet stalls and is undone, and waits for its broken pod to be deleted", kindStatefulSet, func(p *stage) {
		first := version("1.0", "SHOP-1")
		p.creates(first)
		p.rest()
		p.applies(version("2.0", "SHOP-2").with(stuck))
		p.rest()
		p.restores(first)
		p.rest()
		p.do("kubectl delete pod web-2", func() error { return p.drop(0, "web-2") })
	}},
	{"a StatefulSet stalls, Rollcall restarts, and it is deleted half-way", kindStatefulSet, func(p *stage) {
		first := version("1.0", "SHOP-1").with(stuck)
		p.creates(first)
		p.rest()
		p.manager(recording.Restart, "Rollcall restarts")
		p.rest()
		p.do("the disk that web-0 waits for is there", func() error { return p.mend(first) })
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.deletes()
	}},
	{"a DaemonSet rolls out node by node", kindDaemonSet, func(p *stage) {
		p.createsOnNodes(version("1.0", "SHOP-1"))
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
	}},
	{"a DaemonSet is silent while nodes come and go", kindDaemonSet, func(p *stage) {
		p.createsOnNodes(version("1.0", "SHOP-1"))
		p.rest()
		p.do("two nodes join", func() error { return p.nodes(true, 5, 6) })
		p.rest()
		p.do("a node leaves", func() error { return p.nodes(false, 1) })
		p.rest()
		p.do("a pod is deleted", func() error { return p.drop(1) })
		p.rest()
		p.restarts()
	}},
	{"a DaemonSet stalls past the site's deadline, and is mended", kindDaemonSet, func(p *stage) {
		p.createsOnNodes(version("1.0", "SHOP-1"))
		p.rest()
		second := version("2.0", "SHOP-2").with(stuck)
		p.applies(second)
		p.rest()
		p.do("the registry that its pods wait for is there", func() error { return p.mend(second) })
	}},
	{"a DaemonSet is undone half-way", kindDaemonSet, func(p *stage) {
		first := version("1.0", "SHOP-1")
		p.createsOnNodes(first)
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.halfWay()
		p.restores(first)
	}},
	{"a DaemonSet waits until a person deletes its pods, and is superseded", kindDaemonSet, func(p *stage) {
		p.createsOnNodes(version("1.0", "SHOP-1"), onDelete)
		p.rest()
		p.applies(version("2.0", "SHOP-2"))
		p.rest()
		p.applies(version("3.0", "SHOP-3"))
		p.rest()
		p.do("kubectl delete all its pods", func() error { return p.drop(99) })
	}},
}
