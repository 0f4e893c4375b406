// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// readTime is when the records of these tests are read back, and lastRead when that was done before.
var (
	readTime = created.Add(48 * time.Hour)
	lastRead = readTime.Add(-time.Hour)
)

// taken makes a record of a workload that Jira took so long before it is read back.
func taken(namespace, name string, ago time.Duration) *v1alpha1.JiraDeployment {
	d := makeRecord(name, "SHOP-1").Full().Obj()
	d.Namespace = namespace
	d.Status.DeliveredGeneration, d.Status.DeliveredTime = d.Generation, metav1.NewMicroTime(readTime.Add(-ago))
	d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAccepted, ObservedGeneration: d.Generation}}
	return d
}

// drawn returns how often each record is read, of so many times.
func drawn(times int, differed v1alpha1.RecordReference, records ...v1alpha1.Record) map[string]int {
	counts := map[string]int{}
	for i := range times {
		for _, r := range ToReadBack(records, differed, lastRead, readTime, rand.New(rand.NewPCG(uint64(i), 1))) {
			counts[r.GetNamespace()+"/"+r.GetName()]++
		}
	}
	return counts
}

func TestToReadBack(t *testing.T) {
	const hours, days = time.Hour, 24 * time.Hour
	web := func(ago time.Duration, change func(*v1alpha1.JiraDeployment)) *v1alpha1.JiraDeployment {
		d := taken("shop", "web", ago)
		change(d)
		return d
	}
	nothing := func(*v1alpha1.JiraDeployment) {}
	reason := func(reason string) func(*v1alpha1.JiraDeployment) {
		return func(d *v1alpha1.JiraDeployment) { d.Status.Conditions[0].Reason = reason }
	}
	tests := map[string]struct {
		record *v1alpha1.JiraDeployment
		want   bool
	}{
		"what Jira took an hour ago":               {web(hours, nothing), true},
		"what Jira took 15 minutes ago":            {web(15*time.Minute, nothing), true},
		"what Jira took 14 minutes ago":            {web(14*time.Minute, nothing), false},
		"what Jira took 29 days ago":               {web(29*days, nothing), true},
		"what Jira took 31 days ago":               {web(31*days, nothing), false},
		"what has changed since":                   {web(hours, func(d *v1alpha1.JiraDeployment) { d.Generation++ }), false},
		"what is deleted":                          {web(hours, func(d *v1alpha1.JiraDeployment) { d.DeletionTimestamp = &metav1.Time{Time: readTime} }), false},
		"what was made by hand":                    {web(hours, func(d *v1alpha1.JiraDeployment) { d.Spec.Workload = nil }), false},
		"what Jira was never told":                 {web(hours, func(d *v1alpha1.JiraDeployment) { d.Status = v1alpha1.JiraDeploymentStatus{} }), false},
		"an environment that is a step up a path":  {web(hours, func(d *v1alpha1.JiraDeployment) { d.Spec.Environment.ID = ".." }), false},
		"an environment that is a step in no path": {web(hours, func(d *v1alpha1.JiraDeployment) { d.Spec.Environment.ID = "." }), false},
	}
	for _, r := range []string{v1alpha1.ReasonRejected, v1alpha1.ReasonUnknownIssueKeys, v1alpha1.ReasonSuperseded, v1alpha1.ReasonResync, v1alpha1.ReasonForeign} {
		tests["what is "+r] = struct {
			record *v1alpha1.JiraDeployment
			want   bool
		}{web(hours, reason(r)), false}
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := len(drawn(1, v1alpha1.RecordReference{}, tc.record)) == 1; got != tc.want {
				t.Errorf("it is read back: %t, want %t", got, tc.want)
			}
		})
	}
}

// A namespace with a hundred records is read as often as one with a single one.
func TestNamespacesAreReadBackAlike(t *testing.T) {
	records := []v1alpha1.Record{taken("pay", "api", time.Hour)}
	for i := range 100 {
		records = append(records, taken("shop", fmt.Sprintf("web-%d", i), time.Hour))
	}
	counts := drawn(1000, v1alpha1.RecordReference{}, records...)
	if got := counts["pay/api"]; got < 450 || got > 550 {
		t.Errorf("the one record of a namespace was read %d times of 1000, want about half", got)
	}
	if got := len(counts); got < 95 {
		t.Errorf("%d records were read, want nearly all of 101", got)
	}
}

// What Jira took since the last time goes before a thousand older ones.
func TestWhatJiraTookSinceTheLastTimeIsReadBackFirst(t *testing.T) {
	records := []v1alpha1.Record{taken("shop", "new", 30*time.Minute), taken("shop", "edge", 74*time.Minute)}
	for i := range 1000 {
		records = append(records, taken("pay", fmt.Sprintf("web-%d", i), 24*time.Hour))
	}
	counts := drawn(100, v1alpha1.RecordReference{}, records...)
	if counts["shop/new"]+counts["shop/edge"] != 100 || counts["shop/edge"] == 0 {
		t.Errorf("read were %v, want what came in the last hour, or could not be read then", counts)
	}
}

func TestWhatDifferedIsReadBackBesideAnother(t *testing.T) {
	differed := v1alpha1.RecordReference{Namespace: "shop", Name: "web"}
	for name, tc := range map[string]struct {
		records []v1alpha1.Record
		want    map[string]int
	}{
		"both":             {[]v1alpha1.Record{taken("shop", "web", 24*time.Hour), taken("pay", "web", time.Hour)}, map[string]int{"shop/web": 1, "pay/web": 1}},
		"alone":            {[]v1alpha1.Record{taken("shop", "web", 24*time.Hour)}, map[string]int{"shop/web": 1}},
		"it is gone":       {[]v1alpha1.Record{taken("pay", "web", time.Hour)}, map[string]int{"pay/web": 1}},
		"it was just sent": {[]v1alpha1.Record{taken("shop", "web", time.Minute)}, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, drawn(1, differed, tc.records...)); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	told := Update{State: "successful", Number: 20}
	for name, tc := range map[string]struct {
		stored Update
		err    error
		want   v1alpha1.ReadBackResult
		words  string
	}{
		"the same":                       {Update{"successful", 20}, nil, v1alpha1.ReadBackSame, ""},
		"the same with a higher number":  {Update{"successful", 21}, nil, v1alpha1.ReadBackSame, ""},
		"a lower number":                 {Update{"in_progress", 19}, nil, v1alpha1.ReadBackOlder, "as successful, number 20, and has an earlier update, in_progress, number 19"},
		"a lower number, the same state": {Update{"successful", 19}, nil, v1alpha1.ReadBackOlder, "resync="},
		"another state":                  {Update{"failed", 21}, nil, v1alpha1.ReadBackNewer, "has failed, number 21: somebody else"},
		"another state, the same number": {Update{"failed", 20}, nil, v1alpha1.ReadBackNewer, "kubectl annotate --overwrite jirasite acme rollcall.dev/resync="},
		"a state that nobody knows":      {Update{"<script>", 21}, nil, v1alpha1.ReadBackNewer, "has another state, number 21"},
		"nothing":                        {Update{}, &jira.Error{Op: "get deployment", Kind: jira.NotFound}, v1alpha1.ReadBackMissing, "kubectl annotate --overwrite jirasite acme rollcall.dev/resync="},
		"a gateway's page":               {Update{}, &jira.Error{Kind: jira.NotFound, Gateway: "nginx"}, v1alpha1.ReadBackError, "nginx"},
		"no permission":                  {Update{}, &jira.Error{Kind: jira.Forbidden}, v1alpha1.ReadBackNotPermitted, "may write, and not read"},
		"no scope":                       {Update{}, &jira.Error{Kind: jira.ScopeMissing}, v1alpha1.ReadBackNotPermitted, "may write, and not read"},
		"a refused credential":           {Update{}, &jira.Error{Kind: jira.Unauthorized}, v1alpha1.ReadBackError, "Unauthorized"},
		"no connection":                  {Update{}, errors.New(strings.Repeat("x", 5000)), v1alpha1.ReadBackError, "tried again by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			got, message := Compare("acme", told, tc.stored, tc.err)
			if got != tc.want || !strings.Contains(message, tc.words) || len(message) > maxMessage || (message == "") != (tc.want == v1alpha1.ReadBackSame) {
				t.Errorf("Compare() = %s, %q; want %s, with %q in it", got, message, tc.want, tc.words)
			}
			if strings.Contains(message, "<script>") {
				t.Errorf("the message repeats what Jira has: %q", message)
			}
		})
	}
}

// The key under which Jira is asked, and the number, are those that it was told.
func TestWhatIsReadIsWhatWasTold(t *testing.T) {
	d := makeRecord("web", "SHOP-1").Full().Generation(3).Obj()
	key, told := DeploymentUpdate(d)
	if message := FromDeployment(d, nil); key.String() != message.Key || told != (Update{"successful", message.Version}) {
		t.Errorf("a deployment is read as %v, %v; told as %s, %d", key, told, message.Key, message.Version)
	}
	b := makeBuild("tests", "SHOP-1").Obj()
	buildKey, told := BuildUpdate(b)
	if message := FromBuild(b, nil); buildKey.String() != message.Key || told != (Update{string(b.Spec.State), message.Version}) {
		t.Errorf("a build is read as %v, %v; told as %s, %d", buildKey, told, message.Key, message.Version)
	}
}
