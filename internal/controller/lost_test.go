package controller

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestARecordThatIsGoneIsSentFromMemory(t *testing.T) {
	tests := map[string]struct {
		state          v1alpha1.DeploymentState
		delivered      bool
		namespaceLives bool
		want           []string // what Jira is told, and the last of it is what it keeps
	}{
		"pending, with its namespace":                             {v1alpha1.StateSuccessful, false, false, []string{"successful"}},
		"in flight and delivered, with its namespace":             {v1alpha1.StateInProgress, true, false, []string{"in_progress", "cancelled"}},
		"paused and not delivered, with its namespace":            {v1alpha1.StatePending, false, false, []string{"cancelled"}},
		"over and delivered, with its namespace":                  {v1alpha1.StateSuccessful, true, false, []string{"successful"}},
		"pending, by a person's hand: it is theirs to delete":     {v1alpha1.StateSuccessful, false, true, nil},
		"in flight, by a person's hand: the workload still tells": {v1alpha1.StateInProgress, true, true, []string{"in_progress"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			record := makeRecord("acme", "web", "SHOP-1")
			record.Spec.State = tt.state
			p.create(record)
			if tt.delivered {
				p.pass("acme")
			}
			if tt.namespaceLives {
				p.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: record.Namespace}})
			}
			if err := p.kube.Get(t.Context(), client.ObjectKeyFromObject(record), record); err != nil {
				t.Fatal(err)
			}
			if err := p.kube.Delete(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			before := p.writes.Load()
			p.loses(record)
			p.pass("acme")
			p.pass("acme")
			var told []string
			for _, request := range p.jira.Requests() {
				for _, d := range request.Deployments {
					told = append(told, d.State)
				}
			}
			if diff := cmp.Diff(tt.want, told); diff != "" {
				t.Errorf("Jira was told (-want +got):\n%s", diff)
			}
			for _, kept := range p.jira.Deployments() {
				if last := tt.want[len(tt.want)-1]; kept.State != last {
					t.Errorf("Jira keeps %s, want %s", kept.State, last)
				}
			}
			if got := p.writes.Load() - before; got > 0 {
				t.Errorf("%d statuses of a record that is gone were written", got)
			}
		})
	}
}

func TestWhatIsLostIsBounded(t *testing.T) {
	var l lost
	for i := range maxLost + 10 {
		d := makeRecord("acme", "web", "SHOP-1")
		d.UID = types.UID(fmt.Sprint(i))
		l.add(d)
	}
	if got := len(l.of("acme")); got != maxLost {
		t.Errorf("%d records are remembered, want %d", got, maxLost)
	}
	l.forget("acme")
	if got := len(l.of("acme")); got != 0 {
		t.Errorf("%d records of a site that is gone are remembered", got)
	}
}

// loses tells the controller that a record is gone.
func (p *post) loses(d *v1alpha1.JiraDeployment) {
	p.t.Helper()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	p.r.keepLost().Delete(p.t.Context(), event.DeleteEvent{Object: d}, queue)
}
