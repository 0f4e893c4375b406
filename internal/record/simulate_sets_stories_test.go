package record

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
)

// statefulSetStories are what happens to the StatefulSet db, of three pods.
var statefulSetStories = map[string]func(stage, *statefulSet){
	"a StatefulSet rolls out pod by pod, and is restarted and scaled in silence": func(s stage, db *statefulSet) {
		s.do("kubectl create: db:1.0 with SHOP-1", func() { db.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: db:2.0 with SHOP-2", func() { db.release(version("2.0", "SHOP-2")) })
		s.then(time.Hour)
		s.do("kubectl rollout restart", db.restart)
		s.then(time.Hour)
		s.do("kubectl scale --replicas=5", func() { db.scale(5) })
		s.then(time.Hour)
		s.do("a node is drained, and takes db-1 along", func() { db.drop(1) })
	},
	"a StatefulSet is updated behind a partition": func(s stage, db *statefulSet) {
		s.do("kubectl create: db:1.0 with SHOP-1", func() { db.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply, with partition 3: db:2.0 with SHOP-2", func() { db.partition = 3; db.release(version("2.0", "SHOP-2")) })
		s.then(time.Hour)
		s.do("the partition is lowered to 2: db-2 is the canary", func() { db.partition = 2; db.changed() })
		s.then(time.Hour)
		s.do("the partition is lowered to 0", func() { db.partition = 0; db.changed() })
	},
	"a StatefulSet waits until a person deletes its pods": func(s stage, db *statefulSet) {
		db.strategy = appsv1.OnDeleteStatefulSetStrategyType
		s.do("kubectl create, strategy OnDelete: db:1.0 with SHOP-1", func() { db.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: db:2.0 with SHOP-2", func() { db.release(version("2.0", "SHOP-2")) })
		s.then(time.Hour)
		s.do("kubectl delete pod db-0 db-1", func() { db.drop(0); db.drop(1) })
		s.then(time.Hour)
		s.do("kubectl delete pod db-2", func() { db.drop(2) })
	},
	"a StatefulSet stalls and is undone, and waits for its broken pod to be deleted": func(s stage, db *statefulSet) {
		s.do("kubectl create: db:1.0 with SHOP-1", func() { db.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: db:2.0 with SHOP-2, whose pods never become ready", func() { db.release(version("2.0", "SHOP-2").with(stuck)) })
		s.then(time.Hour)
		s.do("kubectl rollout undo --to-revision=1", func() { db.undo(1) })
		s.then(time.Minute)
		s.do("kubectl delete pod db-2", func() { db.drop(2) })
	},
	"a StatefulSet stalls, Rollcall restarts, and it is deleted half-way": func(s stage, db *statefulSet) {
		s.do("kubectl create: db:1.0 with SHOP-1, whose pods never become ready", func() { db.release(version("1.0", "SHOP-1").with(stuck)) })
		s.then(time.Hour)
		s.do("Rollcall restarts", func() { s.m.restart(); s.observeAgain(s.m) })
		s.then(time.Hour)
		s.do("the disk that db-0 waits for is there", func() { db.heal("1.0") })
		s.then(time.Hour)
		s.do("kubectl apply: db:2.0 with SHOP-2", func() { db.release(version("2.0", "SHOP-2")) })
		s.pass(5 * time.Second)
		s.do("kubectl delete", db.remove)
	},
}

// daemonSetStories are what happens to the DaemonSet agent, on four nodes.
var daemonSetStories = map[string]func(stage, *daemonSet){
	"a DaemonSet rolls out node by node": func(s stage, agent *daemonSet) {
		s.do("kubectl create: agent:1.0 with SHOP-1", func() { agent.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: agent:2.0 with SHOP-2", func() { agent.release(version("2.0", "SHOP-2")) })
	},
	"a DaemonSet is silent while nodes come and go": func(s stage, agent *daemonSet) {
		s.do("kubectl create: agent:1.0 with SHOP-1", func() { agent.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("two nodes join", func() { agent.nodes(6) })
		s.then(time.Hour)
		s.do("a node leaves", func() { agent.nodes(5) })
		s.then(time.Hour)
		s.do("a pod is deleted", func() { agent.drop(2) })
		s.then(time.Hour)
		s.do("kubectl rollout restart", agent.restart)
	},
	"a DaemonSet stalls past the site's deadline, and is mended": func(s stage, agent *daemonSet) {
		s.do("kubectl create: agent:1.0 with SHOP-1", func() { agent.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: agent:2.0 with SHOP-2, whose pods never become ready", func() { agent.release(version("2.0", "SHOP-2").with(stuck)) })
		s.then(time.Hour)
		s.do("the registry that its pods wait for is there", func() { agent.heal("2.0") })
	},
	"a DaemonSet is undone half-way": func(s stage, agent *daemonSet) {
		s.do("kubectl create: agent:1.0 with SHOP-1", func() { agent.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: agent:2.0 with SHOP-2", func() { agent.release(version("2.0", "SHOP-2")) })
		s.pass(10 * time.Second)
		s.do("kubectl rollout undo --to-revision=1", func() { agent.undo(1) })
	},
	"a DaemonSet waits until a person deletes its pods, and is superseded": func(s stage, agent *daemonSet) {
		agent.strategy = appsv1.OnDeleteDaemonSetStrategyType
		s.do("kubectl create, strategy OnDelete: agent:1.0 with SHOP-1", func() { agent.release(version("1.0", "SHOP-1")) })
		s.then(time.Hour)
		s.do("kubectl apply: agent:2.0 with SHOP-2", func() { agent.release(version("2.0", "SHOP-2")) })
		s.then(time.Hour)
		s.do("kubectl apply: agent:3.0 with SHOP-3", func() { agent.release(version("3.0", "SHOP-3")) })
		s.then(time.Hour)
		s.do("kubectl delete all its pods", func() {
			for i := range agent.berths {
				agent.drop(i)
			}
		})
	},
}
