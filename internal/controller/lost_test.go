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
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestARecordThatIsGoneIsSentFromMemory(t *testing.T) {
	state := func(s v1alpha1.DeploymentState, delivered bool) *v1alpha1.JiraDeployment {
		d := makeRecord("acme", "web", "SHOP-1")
		d.Spec.State = s
		if delivered {
			d.Status.DeliveredGeneration = d.Generation
		}
		return d
	}
	tests := map[string]struct {
		record         *v1alpha1.JiraDeployment
		namespaceLives bool
		want           []string
	}{
		"pending, with its namespace":                             {state(v1alpha1.StateSuccessful, false), false, []string{"successful"}},
		"in flight and delivered, with its namespace":             {state(v1alpha1.StateInProgress, true), false, []string{"cancelled"}},
		"paused and not delivered, with its namespace":            {state(v1alpha1.StatePending, false), false, []string{"cancelled"}},
		"over and delivered, with its namespace":                  {state(v1alpha1.StateSuccessful, true), false, nil},
		"pending, by a person's hand: it is theirs to delete":     {state(v1alpha1.StateSuccessful, false), true, nil},
		"in flight, by a person's hand: the workload still tells": {state(v1alpha1.StateInProgress, true), true, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			if tt.namespaceLives {
				p.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tt.record.Namespace}})
			}
			p.loses(tt.record)
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
			if got := p.writes.Load(); got > 0 {
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
