// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

func TestTheRecordOfANewRun(t *testing.T) {
	run := makeBuild("shop-ci-28").Keys("SHOP-12").State(build.InProgress, at(1))
	plan := watch(run).Plan(t, makeSite("acme").Compiled(t))
	got := plan.Create
	if got == nil {
		t.Fatal("the run has no record")
	}
	if want := "shop-ci-28-" + hash("uid-of-shop-ci-28", "acme"); got.Namespace != "ci" || got.Name != want {
		t.Errorf("the record is %s/%s, want ci/%s", got.Namespace, got.Name, want)
	}
	wantLabels := map[string]string{
		v1alpha1.LabelManagedBy: "rollcall", v1alpha1.LabelSite: "acme", v1alpha1.LabelRunKind: "Job", v1alpha1.LabelRunName: "shop-ci-28",
	}
	if diff := cmp.Diff(wantLabels, got.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{v1alpha1.AnnotationRecordedAt: now.Format(time.RFC3339)}, got.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if got.OwnerReferences != nil || got.Finalizers != nil {
		t.Error("the record goes with its run, or holds up its namespace")
	}
	want := v1alpha1.JiraBuildSpec{
		Site: "acme", ClusterUID: "uid-of-eu-1",
		Run:        &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "shop-ci-28", UID: "uid-of-shop-ci-28"},
		PipelineID: "eu-1/ci/CronJob/shop-ci", BuildNumber: created.Unix()*1_000_000 + hashNumber("uid-of-shop-ci-28")%1_000_000,
		State: v1alpha1.BuildInProgress, LastUpdated: timeOf(at(1)), DisplayName: "shop-ci-28",
		Description: "Job ci/shop-ci-28", IssueKeys: []string{"SHOP-12"},
	}
	if diff := cmp.Diff(want, got.Spec); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if plan.Update != nil || plan.Delete != nil || plan.Events != nil || plan.Unkeyed || plan.NotUnderstood != "" || plan.RequeueAfter != 0 {
		t.Errorf("the plan is %+v, want a new record alone", plan)
	}
	if again := watch(run).At(now.Add(time.Hour)).Plan(t, makeSite("acme").Compiled(t)).Create; again.Name != got.Name || again.Spec.BuildNumber != got.Spec.BuildNumber {
		t.Error("name and number depend on when the run is observed")
	}
}

func TestNamesAndNumbersOfBuilds(t *testing.T) {
	const longest = "a-very-long-name-of-a-run-"
	long := ""
	for len(long) < 253 {
		long += longest
	}
	for name, b := range map[string]*buildBuilder{
		"long":                 makeBuild(long[:253]),
		"long, cut after a -":  makeBuild(long[:maxRunInName-1] + "-" + long[:50]),
		"short":                makeBuild("a"),
		"the same at a site b": makeBuild("a"),
	} {
		if got := BuildName(b.Obj(), "acme"); len(got) > 253 || got != BuildName(b.Obj(), "acme") || got == BuildName(b.Obj(), "other") {
			t.Errorf("%s: the record's name is %q", name, got)
		}
	}
	if BuildName(makeBuild("a").UID("1").Obj(), "acme") == BuildName(makeBuild("a").UID("2").Obj(), "acme") {
		t.Error("a run that was made anew has the record of the one before")
	}
	if first, second := buildNumber(makeBuild("a").Obj()), buildNumber(makeBuild("b").Created(created.Add(time.Second)).Obj()); first >= second {
		t.Errorf("the build of a second later has number %d, which is not above %d", second, first)
	}
	if first, second := buildNumber(makeBuild("a").Obj()), buildNumber(makeBuild("b").Obj()); first == second {
		t.Error("two runs of one second are one build")
	}
	if got := buildNumber(makeBuild("a").Created(time.Date(2255, 1, 1, 0, 0, 0, 0, time.UTC)).Obj()); got >= 1<<53 {
		t.Errorf("number %d is rounded by JSON readers", got)
	}
	if got := buildNumber(makeBuild("a").Numbered(7).Obj()); got != 7 {
		t.Errorf("the tool's own number is 7, and the build's is %d", got)
	}
	b := makeBuild("a").Numbered(7)
	if got := watch(b.Keys("SHOP-1")).Written(t, makeSite("acme")).Spec.DisplayName; got != "shop-ci #7" {
		t.Errorf("it is called %q, want the pipeline and the tool's number", got)
	}
}

func TestWhichRunsAreBuilds(t *testing.T) {
	selector := in("builds", "yes")
	selecting := func() *siteBuilder { return makeSite("acme").Builds(v1alpha1.Builds{Selector: &selector}) }
	plain := func() *buildBuilder {
		b := makeBuild("web").Keys("SHOP-1")
		delete(b.b.Labels, v1alpha1.LabelBuild)
		return b
	}
	teams := in("team", "shop")
	for name, tt := range map[string]struct {
		site *siteBuilder
		run  *watching
		want bool
	}{
		"one with the label":                              {makeSite("acme"), watch(makeBuild("web").Keys("SHOP-1")), true},
		"one without":                                     {makeSite("acme"), watch(plain()), false},
		"one with another value":                          {makeSite("acme"), watch(plain().Label(v1alpha1.LabelBuild, "yes")), false},
		"one that the selector finds":                     {selecting(), watch(plain().Label("builds", "yes")), true},
		"one that it does not find":                       {selecting(), watch(plain().Label("builds", "no")), false},
		"one that it does not find, with the label":       {selecting(), watch(plain().Label(v1alpha1.LabelBuild, "true")), true},
		"one that it finds, and that says no":             {selecting(), watch(plain().Label("builds", "yes").Label(v1alpha1.LabelBuild, "false")), false},
		"one that names the site":                         {makeSite("acme"), watch(makeBuild("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationSites, "other, acme")), true},
		"one that names another site":                     {makeSite("acme"), watch(makeBuild("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationSites, "other")), false},
		"one of a namespace that is not selected":         {makeSite("acme").Namespaces(teams), watch(makeBuild("web").Keys("SHOP-1")), false},
		"one of a namespace that is selected":             {makeSite("acme").Namespaces(teams), watch(makeBuild("web").Keys("SHOP-1")).In(namespace("ci", "team", "shop")), true},
		"one of a namespace that is excluded":             {makeSite("acme").Excludes("c*"), watch(makeBuild("web").Keys("SHOP-1")), false},
		"one in Rollcall's own namespace":                 {makeSite("acme"), watch(makeBuild("web").Keys("SHOP-1")).In(namespace("rollcall-system")), false},
		"one of a workload's selector, which is no runs'": {makeSite("acme").Workloads(teams), watch(makeBuild("web").Keys("SHOP-1")), true},
	} {
		t.Run(name, func(t *testing.T) {
			plan := tt.run.Plan(t, tt.site.Compiled(t))
			if got := plan.Create != nil; got != tt.want || plan.Unkeyed || plan.NotUnderstood != "" {
				t.Errorf("recorded is %t, want %t: %+v", got, tt.want, plan)
			}
		})
	}
	broken := makeSite("acme").Builds(v1alpha1.Builds{Selector: new(selectingNothing())}).Obj()
	site, problems := Compile(broken)
	if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonInvalidSelector || site.Usable() {
		t.Errorf("a selector that does not parse: problems %v, usable %t", problems, site.Usable())
	}
	if watch(makeBuild("web").Keys("SHOP-1")).Plan(t, site).Create != nil {
		t.Error("a site with an error selects a run")
	}
}

func TestHowABuildGoesOn(t *testing.T) {
	keyed := func() *buildBuilder { return makeBuild("web").Keys("SHOP-1") }
	rec := func() *buildRecord { return recorded(keyed()) }
	ended := func(state v1alpha1.BuildState) *buildRecord { return rec().State(state, at(5)) }
	for name, tt := range map[string]struct {
		run       *watching
		want      v1alpha1.BuildState
		wantSince time.Time
	}{
		"it waits":                                {watch(keyed().State(build.Pending, at(0))), v1alpha1.BuildPending, at(0)},
		"it goes from waiting to running":         {watch(keyed()).Record(rec().State(v1alpha1.BuildPending, at(0))), v1alpha1.BuildInProgress, at(1)},
		"it is suspended while it runs":           {watch(keyed().State(build.Pending, at(3))).Record(rec()), v1alpha1.BuildPending, at(3)},
		"it succeeds":                             {watch(keyed().State(build.Successful, at(5))).Record(rec()), v1alpha1.BuildSuccessful, at(5)},
		"it fails":                                {watch(keyed().State(build.Failed, at(5))).Record(rec()), v1alpha1.BuildFailed, at(5)},
		"it is cancelled":                         {watch(keyed().State(build.Cancelled, at(5))).Record(rec()), v1alpha1.BuildCancelled, at(5)},
		"it ends at a time that nobody says":      {watch(keyed().State(build.Failed, time.Time{})).Record(rec()), v1alpha1.BuildFailed, now},
		"it ended before it was seen, at no time": {watch(keyed().State(build.Failed, time.Time{})), v1alpha1.BuildFailed, created},
		"it is in a phase that nobody knows":      {watch(keyed().State(build.Unknown, time.Time{})).Record(rec()), v1alpha1.BuildUnknown, now},

		"success stays where it runs once more":      {watch(keyed().State(build.InProgress, at(7))).Record(ended(v1alpha1.BuildSuccessful)), v1alpha1.BuildSuccessful, at(5)},
		"failure stays where it succeeds after all":  {watch(keyed().State(build.Successful, at(7))).Record(ended(v1alpha1.BuildFailed)), v1alpha1.BuildFailed, at(5)},
		"cancelled stays where it fails":             {watch(keyed().State(build.Failed, at(7))).Record(ended(v1alpha1.BuildCancelled)), v1alpha1.BuildCancelled, at(5)},
		"what nobody knew may still end":             {watch(keyed().State(build.Successful, at(7))).Record(ended(v1alpha1.BuildUnknown)), v1alpha1.BuildSuccessful, at(7)},
		"what nobody knew may still run":             {watch(keyed().State(build.InProgress, at(7))).Record(ended(v1alpha1.BuildUnknown)), v1alpha1.BuildInProgress, at(7)},
		"what is not understood any more stays":      {watch(keyed().State(build.Unknown, time.Time{}).NotUnderstood("too large")).Record(rec()), v1alpha1.BuildInProgress, at(1)},
		"it goes, and it was seen succeeding":        {watch(keyed().State(build.Successful, at(5))).Gone().Record(rec()), v1alpha1.BuildSuccessful, at(5)},
		"it goes before it was recorded, successful": {watch(keyed().State(build.Successful, at(5))).Gone(), v1alpha1.BuildSuccessful, at(5)},
		"it goes before it was recorded, running":    {watch(keyed()).Gone(), v1alpha1.BuildUnknown, now},
		"it goes while it runs":                      {watch(keyed()).Gone().Record(rec()), v1alpha1.BuildUnknown, now},
		"it goes while it waits":                     {watch(keyed().State(build.Pending, at(0))).Gone().Record(rec()), v1alpha1.BuildUnknown, now},
		"it goes, and nobody sees it":                {miss(rec()), v1alpha1.BuildUnknown, now},
		"it goes while it is cancelled":              {watch(keyed().Cancelling()).Gone().Record(rec()), v1alpha1.BuildCancelled, now},
		"it was cancelled before a restart":          {miss(rec().Annotation(v1alpha1.AnnotationCancelling, "true")), v1alpha1.BuildCancelled, now},
		"it was cancelled, and ended first":          {watch(keyed().Cancelling().State(build.Successful, at(5))).Gone().Record(rec()), v1alpha1.BuildSuccessful, at(5)},
		"unknown, and known to be cancelled":         {miss(ended(v1alpha1.BuildUnknown).Annotation(v1alpha1.AnnotationCancelling, "true")), v1alpha1.BuildCancelled, now},
		"success stays when it goes":                 {miss(ended(v1alpha1.BuildSuccessful)), v1alpha1.BuildSuccessful, at(5)},
		"unknown stays unknown, since when it was":   {miss(ended(v1alpha1.BuildUnknown)), v1alpha1.BuildUnknown, at(5)},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.run.Written(t, makeSite("acme"))
			if got.Spec.State != tt.want || !got.Spec.LastUpdated.Time.Equal(tt.wantSince) {
				t.Errorf("it is %s since %v, want %s since %v", got.Spec.State, got.Spec.LastUpdated, tt.want, tt.wantSince)
			}
			// What is planned is what is there then: a plan that never rests would write for ever.
			again := *tt.run
			again.o.Record, again.o.Pipeline = got, []*v1alpha1.JiraBuild{got}
			if plan := again.Plan(t, makeSite("acme").Compiled(t)); plan.Create != nil || plan.Update != nil {
				t.Errorf("the same observation plans another write: %+v", plan)
			}
		})
	}
}

func TestACancellationIsNotedBeforeTheRunGoes(t *testing.T) {
	got := watch(makeBuild("web").Keys("SHOP-1").Cancelling()).Record(recorded(makeBuild("web").Keys("SHOP-1"))).Written(t, makeSite("acme"))
	if got.Annotations[v1alpha1.AnnotationCancelling] != "true" || got.Spec.State != v1alpha1.BuildInProgress {
		t.Errorf("annotations %v, state %s: a restart forgets the cancellation", got.Annotations, got.Spec.State)
	}
}

func TestWhatIsDoneWithoutARecord(t *testing.T) {
	for name, tt := range map[string]struct {
		run           *watching
		unkeyed       bool
		notUnderstood string
	}{
		"a run without keys":                               {watch(makeBuild("web")), true, ""},
		"a run without keys that is gone":                  {watch(makeBuild("web")).Gone(), true, ""},
		"a list that names nothing, beside a branch":       {watch(makeBuild("web").Keys("none").Text("SHOP-12-fix")), true, ""},
		"a run that is not understood":                     {watch(makeBuild("web").NotUnderstood("it is too large")), false, "it is too large"},
		"the same, which the site does not select":         {watch(makeBuild("web").NotUnderstood("it is too large").Label(v1alpha1.LabelBuild, "false")), false, ""},
		"a run without keys that the site does not select": {watch(makeBuild("web").Label(v1alpha1.LabelBuild, "false")), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			plan := tt.run.Plan(t, makeSite("acme").Compiled(t))
			if plan.Create != nil || plan.Unkeyed != tt.unkeyed || plan.NotUnderstood != tt.notUnderstood {
				t.Errorf("the plan is %+v, want unkeyed %t, not understood %q", plan, tt.unkeyed, tt.notUnderstood)
			}
		})
	}
	nobody := watch(makeBuild("web").Keys("SHOP-1")).Gone()
	nobody.o.Build = nil
	if plan := nobody.Plan(t, makeSite("acme").Compiled(t)); plan.Create != nil {
		t.Error("a run that nobody saw has a record")
	}
}

func TestARecordOfAnotherClusterStaysAsItIs(t *testing.T) {
	elsewhere := recorded(makeBuild("web").Keys("SHOP-1")).Change(func(b *v1alpha1.JiraBuild) { b.Spec.ClusterUID = "uid-of-eu-2" })
	for name, run := range map[string]*watching{
		"a run that goes on":     watch(makeBuild("web").Keys("SHOP-2").State(build.Successful, at(5))).Record(elsewhere),
		"a run that is not here": miss(elsewhere),
		"one that is cancelled":  watch(makeBuild("web").Keys("SHOP-2").Cancelling()).Record(elsewhere),
	} {
		t.Run(name, func(t *testing.T) {
			if plan := run.Plan(t, makeSite("acme").Compiled(t)); plan.Create != nil || plan.Update != nil || plan.Delete != nil {
				t.Errorf("the plan is %+v, want none", plan)
			}
		})
	}
}

func TestWhichBuildsAreOfThePast(t *testing.T) {
	keyed := func() *buildBuilder { return makeBuild("web").Keys("SHOP-1") }
	for name, tt := range map[string]struct {
		site *siteBuilder
		run  *watching
		want v1alpha1.OperationType
	}{
		"one that runs":                               {siteSince(10), watch(keyed()), ""},
		"one that ended a moment ago":                 {siteSince(10), watch(keyed().State(build.Successful, at(599))), ""},
		"one that ended before the site was there":    {siteSince(599), watch(keyed().State(build.Successful, at(598))), v1alpha1.OperationBackfill},
		"one that runs since before the site":         {siteSince(599), watch(keyed()), ""},
		"one that ended an hour ago":                  {siteSince(10), watch(keyed().State(build.Failed, at(540))), ""},
		"one that ended more than an hour ago":        {siteSince(10), watch(keyed().State(build.Failed, at(539))), v1alpha1.OperationBackfill},
		"one that ended when nobody says, made early": {siteSince(10), watch(keyed().State(build.Failed, time.Time{})), v1alpha1.OperationBackfill},
		"one that went before it ended":               {siteSince(10), watch(keyed()).Gone(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.run.Written(t, tt.site).Spec.OperationType; got != tt.want {
				t.Errorf("operationType is %q, want %q", got, tt.want)
			}
		})
	}
}

// older returns records of the pipeline that ended at a time, each of an earlier run than the one before.
func older(n int, at time.Time) []*buildRecord {
	var all []*buildRecord
	for i := range n {
		run := makeBuild(fmt.Sprintf("old-%02d", i)).Keys("SHOP-1").Created(created.Add(-time.Duration(i+1) * time.Hour))
		all = append(all, recorded(run).State(v1alpha1.BuildSuccessful, at))
	}
	return all
}

func TestWhichRecordsOfBuildsGo(t *testing.T) {
	longAgo, justNow := at(500), at(599)
	current := func() *watching {
		return watch(makeBuild("web").Keys("SHOP-1")).Record(recorded(makeBuild("web").Keys("SHOP-1")))
	}
	without := func(all []*buildRecord, change func(*buildRecord)) []*buildRecord {
		change(all[len(all)-1])
		return all
	}
	for name, tt := range map[string]struct {
		site *siteBuilder
		run  *watching
		want []string
	}{
		"20 that ended, and one that runs":     {makeSite("acme"), current().Pipeline(older(20, longAgo)...), nil},
		"22 that ended":                        {makeSite("acme"), current().Pipeline(older(22, longAgo)...), []string{"old-20", "old-21"}},
		"22 that ended less than an hour ago":  {makeSite("acme"), current().Pipeline(older(22, justNow)...), nil},
		"3 at a site that keeps 2":             {makeSite("acme").Builds(v1alpha1.Builds{Retained: 2}), current().Pipeline(older(3, longAgo)...), []string{"old-02"}},
		"one that Jira has not answered stays": {makeSite("acme"), current().Pipeline(without(older(21, longAgo), func(r *buildRecord) { r.Unsettled() })...), nil},
		"at a site that sends nothing it goes": {makeSite("acme").DryRun(), current().Pipeline(without(older(21, longAgo), func(r *buildRecord) { r.Unsettled() })...), []string{"old-20"}},
		"one that still runs stays":            {makeSite("acme"), current().Pipeline(without(older(21, longAgo), func(r *buildRecord) { r.State(v1alpha1.BuildInProgress, longAgo) })...), nil},
		"one that was made by hand stays": {makeSite("acme"), current().Pipeline(without(older(21, longAgo), func(r *buildRecord) {
			r.Change(func(b *v1alpha1.JiraBuild) { b.Spec.Run = nil })
		})...), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range tt.run.Plan(t, tt.site.Compiled(t)).Delete {
				got = append(got, b.Spec.Run.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("deleted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHowLongARecordOutlivesItsRun(t *testing.T) {
	const day, month = 24 * time.Hour, 30 * 24 * time.Hour
	ended := func() *buildRecord {
		return recorded(makeBuild("web").Keys("SHOP-1")).State(v1alpha1.BuildSuccessful, at(5))
	}
	with := func(change func(*v1alpha1.JiraBuildSpec)) *buildRecord {
		return ended().Change(func(b *v1alpha1.JiraBuild) { change(&b.Spec) })
	}
	image := func(s *v1alpha1.JiraBuildSpec) { s.Images = []string{"sha256:" + strings.Repeat("1", 64)} }
	known := func(s *v1alpha1.JiraBuildSpec) { s.Source = &v1alpha1.Source{Range: v1alpha1.RangeHeadOnly} }
	failed := func(s *v1alpha1.JiraBuildSpec) { known(s); s.State = v1alpha1.BuildFailed }
	for name, tt := range map[string]struct {
		run         *watching
		wantDeleted bool
		wantAfter   time.Duration
	}{
		"a run that is there":             {watch(makeBuild("web").Keys("SHOP-1").State(build.Successful, at(5))).Record(ended()).At(at(5).Add(2 * month)), false, 0},
		"a run that just went":            {miss(ended()).At(at(5)), false, day},
		"one that went a while ago":       {miss(ended()).At(at(5).Add(day - time.Minute)), false, time.Minute},
		"one that went almost a day ago":  {miss(ended()).At(at(5).Add(day - time.Millisecond)), false, time.Second},
		"one that went a day ago":         {miss(ended()).At(at(5).Add(day)), true, 0},
		"one that made an image":          {miss(with(image)).At(at(5).Add(month - time.Minute)), false, time.Minute},
		"one that made an image long ago": {miss(with(image)).At(at(5).Add(month)), true, 0},
		"one whose commits are known":     {miss(with(known)).At(at(5).Add(month - time.Minute)), false, time.Minute},
		"the same, and it failed":         {miss(with(failed)).At(at(5).Add(day)), true, 0},
		"the same, unanswered":            {miss(ended().Unsettled()).At(at(5).Add(month)), false, 0},
		"the same, of another cluster":    {miss(ended().Change(func(b *v1alpha1.JiraBuild) { b.Spec.ClusterUID = "uid-of-eu-2" })).At(at(5).Add(month)), true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			plan := tt.run.Plan(t, makeSite("acme").Compiled(t))
			if got := len(plan.Delete) == 1; got != tt.wantDeleted || plan.RequeueAfter != tt.wantAfter || plan.Update != nil {
				t.Errorf("deleted %t, again after %v, update %v; want %t, %v, none", got, plan.RequeueAfter, plan.Update, tt.wantDeleted, tt.wantAfter)
			}
		})
	}
}

// What is deleted while its run is there would be recorded once more, and Jira told of it for ever. Plans are made of all runs
// of a pipeline again and again, as after a restart, until none writes any more.
func TestNoRecordIsMadeAgainWhileItsRunIsThere(t *testing.T) {
	for name, state := range map[string]build.State{"that succeeded": build.Successful, "in a phase that nobody knows": build.Unknown} {
		t.Run("runs "+name, func(t *testing.T) {
			site := makeSite("acme").Builds(v1alpha1.Builds{Retained: 3}).Compiled(t)
			var runs []*buildBuilder
			for i := range 6 {
				begun := created.Add(time.Duration(i) * time.Minute)
				ended := begun.Add(time.Second)
				if state == build.Unknown {
					ended = time.Time{}
				}
				runs = append(runs, makeBuild(fmt.Sprintf("web-%d", i)).Keys("SHOP-1").Created(begun).State(state, ended))
			}
			records := map[string]*v1alpha1.JiraBuild{}
			writes := 0
			for round := range 50 {
				when, created := at(round*30), len(records)
				writes = 0
				for _, run := range runs {
					w := watch(run).At(when)
					w.o.Record = records[BuildName(run.Obj(), "acme")]
					for _, r := range records {
						w.o.Pipeline = append(w.o.Pipeline, r)
					}
					plan := site.PlanBuild(w.o)
					if made := plan.Create; made != nil {
						if round > 0 {
							t.Errorf("round %d, %d records: %s is recorded once more", round, created, run.b.Name)
						}
						made.Status.DeliveredGeneration, made.Generation = 1, 1
						records[made.Name], writes = made, writes+1
					}
					for _, gone := range plan.Delete {
						delete(records, gone.Name)
						writes++
					}
				}
			}
			if len(records) != 3 || writes != 0 {
				t.Errorf("there are %d records after %d writes in the last round, want 3 and none", len(records), writes)
			}
		})
	}
}

func TestWhichNamespacesSayOfWhichCommitAnImageIs(t *testing.T) {
	trusted := in("team", "ci")
	for name, tt := range map[string]struct {
		site *siteBuilder
		ns   environment.Namespace
		want bool
	}{
		"no list":           {makeSite("acme"), namespace("ci", "team", "ci"), false},
		"one that is meant": {makeSite("acme").Builds(v1alpha1.Builds{ImageNamespaces: &trusted}), namespace("ci", "team", "ci"), true},
		"another":           {makeSite("acme").Builds(v1alpha1.Builds{ImageNamespaces: &trusted}), namespace("dev", "team", "dev"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.site.Compiled(t).TrustsImagesOf(tt.ns); got != tt.want {
				t.Errorf("TrustsImagesOf() = %t, want %t", got, tt.want)
			}
		})
	}
	broken, problems := Compile(makeSite("acme").Builds(v1alpha1.Builds{ImageNamespaces: new(selectingNothing())}).Obj())
	if len(problems) != 1 || broken.TrustsImagesOf(namespace("ci")) {
		t.Errorf("a selector that does not parse trusts somebody: %v", problems)
	}
}
