// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// office is a site whose queue is served as the site controller does it: a pass whenever something changed, and when the
// one before asked for it. Jira takes everything, but for what gateway says.
type office struct {
	t   *testing.T
	q   *Queue
	now time.Time
	// records are what the cache shows; said is the last that the queue had to say of each, by namespace and name.
	records map[string]*v1alpha1.JiraDeployment
	said    map[string]Outcome
	// lags says that the cache shows no answers.
	lags bool
	// gateway answers a request, given the pipelines that it tells; nil lets Jira take them all.
	gateway func(pipelines []string) error
	// omit says which pipelines an answer leaves out.
	omit func(pipeline string) bool
	// probe is what a probe finds.
	probe func() error
	// requests are the pipelines of each request; failed says that the last probe did; took are the pipelines that Jira
	// has, by their states.
	requests [][]string
	failed   bool
	took     map[string]string
	// buried counts the records of a name that went with their namespace: the next one of that name is another.
	buried map[string]int
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return &office{
		t: t, now: created.Add(time.Hour), records: map[string]*v1alpha1.JiraDeployment{}, said: map[string]Outcome{}, took: map[string]string{}, buried: map[string]int{},
		q: NewQueue("acme", func(r Record) Message { return FromDeployment(r.(*v1alpha1.JiraDeployment), browse) }),
	}
}

func nameOf(namespace, name string) string { return namespace + "/" + name }

// add puts a record of a pipeline of its own into a namespace, and lets the site make a pass.
func (o *office) add(namespace, name string, change ...func(*recordBuilder)) {
	o.t.Helper()
	b := makeRecord(name, "SHOP-1").Namespace(namespace).Pipeline(nameOf(namespace, name)).Sequence(1)
	for _, f := range change {
		f(b)
	}
	b.d.UID += types.UID(fmt.Sprint("-", o.buried[nameOf(namespace, name)]))
	o.records[nameOf(namespace, name)] = b.Obj()
}

func (o *office) addMany(namespace string, n int) {
	o.t.Helper()
	for i := range n {
		o.add(namespace, fmt.Sprintf("web-%03d", i+1))
	}
}

// pass makes one pass, and returns how long the site wants to wait; zero for ever.
func (o *office) pass() time.Duration {
	o.t.Helper()
	if o.failed && o.probeFails() {
		return time.Second
	}
	if wait := o.q.Wait(o.now); wait > 0 {
		return wait
	}
	var pending []Record
	for _, name := range slices.Sorted(maps.Keys(o.records)) {
		if d := o.records[name]; !d.Settled() {
			pending = append(pending, d)
		}
	}
	o.q.Sync(pending, o.now)
	batch, wait := o.q.Next(o.now)
	o.note(batch.Outcomes)
	if len(batch.Bodies) == 0 {
		return wait
	}
	reply, err := o.send(batch)
	if err != nil && !OfContent(err) && o.probeFails() {
		return time.Second
	}
	o.note(o.q.Settle(batch, reply, err, o.now))
	return wait
}

func (o *office) probeFails() bool {
	o.failed = o.probe != nil && o.probe() != nil
	return o.failed
}

// send is Jira, and what stands before it.
func (o *office) send(batch Batch) (*Reply, error) {
	o.t.Helper()
	var told []jira.Deployment
	var pipelines []string
	for _, body := range batch.Bodies {
		var d jira.Deployment
		if err := json.Unmarshal(body, &d); err != nil {
			o.t.Fatalf("a body is no deployment: %v", err)
		}
		told, pipelines = append(told, d), append(pipelines, d.Pipeline.ID)
	}
	o.requests = append(o.requests, pipelines)
	if o.gateway != nil {
		if err := o.gateway(pipelines); err != nil {
			return nil, err
		}
	}
	var result jira.Result[jira.DeploymentKey]
	for _, d := range told {
		if o.omit == nil || !o.omit(d.Pipeline.ID) {
			result.Accepted = append(result.Accepted, d.Key())
			o.took[d.Pipeline.ID] = d.State
		}
	}
	return ReplyOf(&result), nil
}

// note has the records say what the queue said of them.
func (o *office) note(outcomes []Outcome) {
	for _, outcome := range outcomes {
		name := nameOf(outcome.Source.Namespace, outcome.Source.Name)
		d := o.records[name]
		if d == nil || d.UID != outcome.Source.UID {
			continue // the record is gone
		}
		o.said[name] = outcome
		if o.lags || d.Generation != outcome.Source.Generation {
			continue
		}
		d = d.DeepCopy()
		d.Status.Conditions = []metav1.Condition{outcome.Condition}
		d.Status.History = History(d.Status.History, outcome.History)
		if outcome.Accepted() {
			d.Status.DeliveredGeneration = outcome.Source.Generation
		}
		o.records[name] = d
	}
}

// run makes passes for so long, whenever the site wants one.
func (o *office) run(long time.Duration) {
	o.t.Helper()
	for end, passes := o.now.Add(long), 0; ; passes++ {
		wait := o.pass()
		if passes > 100_000 {
			o.t.Fatal("the site does not come to rest")
		}
		if wait == 0 || o.now.Add(wait).After(end) {
			o.now = end
			return
		}
		o.now = o.now.Add(wait)
	}
}

// reasons counts the reasons that the records of a namespace say.
func (o *office) reasons(namespace string) map[string]int {
	reasons := map[string]int{}
	for _, d := range o.records {
		if d.Namespace == namespace {
			reasons[o.said[nameOf(d.Namespace, d.Name)].Condition.Reason]++
		}
	}
	return reasons
}

// sizes returns how many records each request carried.
func (o *office) sizes() []int {
	var sizes []int
	for _, request := range o.requests {
		sizes = append(sizes, len(request))
	}
	return sizes
}

// refuses returns a gateway that answers with an error where one of the pipelines is told.
func refuses(err error, pipelines ...string) func([]string) error {
	return func(told []string) error {
		for _, pipeline := range pipelines {
			if slices.Contains(told, pipeline) {
				return err
			}
		}
		return nil
	}
}

// kinds are the errors that something on the way may answer a request with, because of what is in it.
var kinds = map[string]error{
	"400 without Jira's words": &jira.Error{Kind: jira.Invalid, StatusCode: http.StatusBadRequest},
	"403":                      &jira.Error{Kind: jira.Forbidden, StatusCode: http.StatusForbidden, Messages: []string{"blocked by policy"}},
	"404":                      &jira.Error{Kind: jira.NotFound, StatusCode: http.StatusNotFound},
	"413":                      &jira.Error{Kind: jira.TooLarge, StatusCode: http.StatusRequestEntityTooLarge},
	"422":                      &jira.Error{Kind: jira.Unavailable, StatusCode: http.StatusUnprocessableEntity},
	"429":                      &jira.Error{Kind: jira.Throttled, StatusCode: http.StatusTooManyRequests, RetryAfter: 10 * time.Second},
	"429 of an issue":          &jira.Error{Kind: jira.Throttled, StatusCode: http.StatusTooManyRequests, LimitReason: "jira-per-issue-on-write", RetryAfter: time.Minute},
	"502":                      &jira.Error{Kind: jira.Unavailable, StatusCode: http.StatusBadGateway},
	"a reset connection":       &jira.Error{Kind: jira.Unavailable},
	"a redirect":               &jira.Error{Kind: jira.Redirected, StatusCode: http.StatusFound},
	"401":                      &jira.Error{Kind: jira.Unauthorized, StatusCode: http.StatusUnauthorized},
}

var inJirasWords = &jira.Error{Kind: jira.Invalid, StatusCode: http.StatusBadRequest, Messages: []string{"it is the wrong day"}}
