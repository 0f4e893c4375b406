// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// checkingBuild is a build's record before the site of checking, in the namespace shop, and what is to come of it.
type checkingBuild struct {
	checking
	build *v1alpha1.JiraBuild
}

// buildByHand checks a record that was made by hand.
func buildByHand() *checkingBuild {
	return &checkingBuild{*byHand(), &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-7", Generation: 1, CreationTimestamp: metav1.NewTime(at(30))},
		Spec:       v1alpha1.JiraBuildSpec{Site: "acme", State: v1alpha1.BuildSuccessful, IssueKeys: []string{"SHOP-1"}, PipelineID: "web"},
	}}
}

// ofRun checks the record of a run.
func ofRun() *checkingBuild {
	c := buildByHand()
	c.build.Spec.Run = &v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "web-7", UID: "uid-of-web-7"}
	c.build.Spec.PipelineID = "eu-1/shop/CronJob/web"
	return c.Recorded(at(30))
}

func (c *checkingBuild) Recorded(when time.Time) *checkingBuild {
	annotate(c.build, v1alpha1.AnnotationRecordedAt, when.Format(time.RFC3339))
	return c
}

func (c *checkingBuild) Build(change func(*v1alpha1.JiraBuild)) *checkingBuild {
	change(c.build)
	return c
}

func (c *checkingBuild) PipelineID(id string) *checkingBuild {
	c.build.Spec.PipelineID = id
	return c
}

func (c *checkingBuild) IssueKeys(keys ...string) *checkingBuild {
	c.build.Spec.IssueKeys = keys
	return c
}

func (c *checkingBuild) Told() *checkingBuild {
	c.build.Status.DeliveredGeneration = 1
	return c
}

func (c *checkingBuild) At(change func(*v1alpha1.JiraSiteSpec)) *checkingBuild {
	c.Site(change)
	return c
}

func (c *checkingBuild) Handmade(allow v1alpha1.HandmadePolicy, selector ...metav1.LabelSelector) *checkingBuild {
	c.Allow(allow, selector...)
	return c
}

func (c *checkingBuild) Tied(id, glob string, projects ...string) *checkingBuild {
	c.Ties(id, glob, projects...)
	return c
}

func (c *checkingBuild) Around(change func(*Home)) *checkingBuild {
	change(&c.home)
	return c
}

// Check checks the record in the namespace that it is in.
func (c *checkingBuild) Check() Check {
	site, _ := Compile(c.site)
	return site.CheckBuild(c.build, c.home)
}

func TestWhatIsWithheldOfBuilds(t *testing.T) {
	ignores := func(s *v1alpha1.JiraSiteSpec) { s.Existing = v1alpha1.ExistingIgnore }
	past := func(b *v1alpha1.JiraBuild) { b.Spec.OperationType = v1alpha1.OperationBackfill }
	elsewhere := func(b *v1alpha1.JiraBuild) { b.Spec.ClusterUID = "uid-of-eu-2" }
	restored := func(b *v1alpha1.JiraBuild) { b.CreationTimestamp = metav1.NewTime(at(40)) }
	maybeTold := func(h *Home) { h.MaybeTold = true }
	ci := in("kubernetes.io/metadata.name", "ci")
	for name, tt := range map[string]struct {
		of   *checkingBuild
		want string // the reason; empty: it is sent
		says string // a part of the message
	}{
		"a run's record":           {of: ofRun()},
		"one that is made by hand": {of: buildByHand()},

		"what is past, at a site that ignores it":      {ofRun().At(ignores).Build(past), v1alpha1.ReasonExisting, "It was built before JiraSite acme existed"},
		"what is past, at another site":                {of: ofRun().Build(past)},
		"what is past, and Jira was told of before":    {of: ofRun().At(ignores).Build(past).Told()},
		"what is past, and Jira may have been told of": {of: ofRun().At(ignores).Build(past).Around(maybeTold)},
		"what a person tells of the past, by hand":     {of: buildByHand().At(ignores).Build(past)},

		"one of another cluster":                         {ofRun().Build(elsewhere), v1alpha1.ReasonForeign, "Leave JiraDeployments and JiraBuilds out of backups"},
		"one by hand of another cluster":                 {buildByHand().Build(elsewhere), v1alpha1.ReasonForeign, "uid-of-eu-2"},
		"one of another cluster that may have been told": {of: ofRun().Build(elsewhere).Around(maybeTold)},
		"one that was restored here, much later":         {ofRun().Build(restored), v1alpha1.ReasonForeign, "it was recorded before it was created here, at 2026-03-01T09:30:00Z"},
		"one that a slow API server wrote":               {of: ofRun().Recorded(at(29))},
		"one that was restored, and Jira was told of":    {of: ofRun().Build(restored).Told()},
		"one that does not say when it was recorded":     {of: ofRun().Build(func(b *v1alpha1.JiraBuild) { b.Annotations = nil })},
		"one of another namespace, which it went with":   {ofRun().PipelineID("eu-1/pay/CronJob/web"), v1alpha1.ReasonForeign, "it is of namespace pay"},

		"a namespace that the site selects":       {of: buildByHand().At(selectsTeam("shop"))},
		"a namespace that it does not select":     {buildByHand().At(selectsTeam("pay")), v1alpha1.ReasonNotSelected, "JiraSite acme does not select namespace shop"},
		"a run there":                             {ofRun().At(selectsTeam("pay")), v1alpha1.ReasonNotSelected, "once the site selects the namespace"},
		"a run there that Jira was told of":       {of: ofRun().At(selectsTeam("pay")).Told()},
		"one by hand there that Jira was told of": {buildByHand().At(selectsTeam("pay")).Told(), v1alpha1.ReasonNotSelected, ""},

		"a run's record of another namespace's pipeline, maybe told": {ofRun().PipelineID("eu-1/pay/CronJob/web").Around(maybeTold), v1alpha1.ReasonPipelineNotAllowed, "which begin with eu-1/shop/"},
		"of another namespace whose name begins alike":               {ofRun().PipelineID("eu-1/shop-2/CronJob/web").Around(maybeTold), v1alpha1.ReasonPipelineNotAllowed, ""},
		"of another cluster's pipeline":                              {ofRun().PipelineID("eu-2/shop/CronJob/web"), v1alpha1.ReasonPipelineNotAllowed, "Delete it"},
		"of a pipeline that is no run's":                             {ofRun().PipelineID("web"), v1alpha1.ReasonPipelineNotAllowed, ""},

		"a site that takes none by hand":             {buildByHand().Handmade(v1alpha1.HandmadeNone), v1alpha1.ReasonHandmadeNotAllowed, "from namespace shop (spec.handmade)"},
		"a site that takes none by hand, of a run":   {of: ofRun().Handmade(v1alpha1.HandmadeNone)},
		"a site that takes some by hand, of another": {buildByHand().Handmade(v1alpha1.HandmadeSameNamespace, ci), v1alpha1.ReasonHandmadeNotAllowed, ""},

		"a project that the site does not list":               {buildByHand().IssueKeys("SHOP-1", "HR-1"), v1alpha1.ReasonProjectNotAllowed, "HR-1: of projects that JiraSite acme does not list for namespace shop (spec.projects"},
		"the same, of a run":                                  {ofRun().IssueKeys("HR-1"), v1alpha1.ReasonProjectNotAllowed, ""},
		"a project that a rule does not tie the namespace to": {ofRun().Tied("shop", "shop", "PAY"), v1alpha1.ReasonProjectNotAllowed, "SHOP-1"},
		"one that it ties the namespace to":                   {of: ofRun().Tied("shop", "shop", "SHOP")},
		"one that another namespace is tied to":               {of: ofRun().Tied("pay", "pay", "PAY")},

		"a run without keys":               {ofRun().IssueKeys(), v1alpha1.ReasonNoIssueKeys, "once its commits name an issue"},
		"a build number of the far future": {of: buildByHand().Build(func(b *v1alpha1.JiraBuild) { b.Spec.BuildNumber = 1<<53 - 1 })},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.of.Check()
			if got.Reason != tt.want || (got.Message == "") != (tt.want == "") || !strings.Contains(got.Message, tt.says) {
				t.Errorf("Check() = %s: %q, want %s: %q", got.Reason, got.Message, tt.want, tt.says)
			}
			if got.Reason != "" && got.As != nil {
				t.Errorf("what is withheld is told as %+v", got.As)
			}
		})
	}
}

// Nobody speaks for another namespace's pipeline, however the record is written.
func TestAsWhatABuildIsTold(t *testing.T) {
	team := in("team", "shop")
	for name, tt := range map[string]struct {
		of   *checkingBuild
		want string // the pipeline's id; empty: what the record says
	}{
		"a run's":                                 {ofRun(), ""},
		"by hand":                                 {buildByHand(), "eu-1/shop/web"},
		"by hand, of another namespace's":         {buildByHand().PipelineID("eu-1/pay/CronJob/web"), "eu-1/shop/eu-1/pay/CronJob/web"},
		"by hand, of one that begins alike":       {buildByHand().PipelineID("eu-1/shop-2/web"), "eu-1/shop/eu-1/shop-2/web"},
		"by hand, of its own namespace's":         {buildByHand().PipelineID("eu-1/shop/CronJob/web"), ""},
		"by hand, where it may say anything":      {buildByHand().Handmade(v1alpha1.HandmadeAny).PipelineID("eu-1/pay/CronJob/web"), ""},
		"by hand, where another may say anything": {buildByHand().Handmade(v1alpha1.HandmadeAny, in("team", "pay")), "eu-1/shop/web"},
		"by hand, where its namespace may":        {buildByHand().Handmade(v1alpha1.HandmadeAny, team), ""},
	} {
		t.Run(name, func(t *testing.T) {
			checked := tt.of.Check()
			if checked.Reason != "" {
				t.Fatalf("it is withheld: %s", checked.Message)
			}
			before := tt.of.build.Spec.PipelineID
			told := checked.As.Of(tt.of.build).(*v1alpha1.JiraBuild)
			want := tt.want
			if want == "" {
				want = before
			}
			if told.Spec.PipelineID != want || tt.of.build.Spec.PipelineID != before {
				t.Errorf("it is told as %q, and the record says %q; want %q, %q", told.Spec.PipelineID, tt.of.build.Spec.PipelineID, want, before)
			}
			if told.Name != tt.of.build.Name || told.Spec.State != tt.of.build.Spec.State {
				t.Error("more than the pipeline's id is changed")
			}
		})
	}
}

// Two builds by hand with one pipeline, of two namespaces, are two builds to Jira.
func TestBuildsByHandOfTwoNamespacesDoNotMeet(t *testing.T) {
	of := func(ns string) string {
		c := buildByHand()
		c.build.Namespace, c.home.Namespace = ns, namespace(ns)
		return c.Check().As.Of(c.build).(*v1alpha1.JiraBuild).Spec.PipelineID
	}
	if shop, pay := of("shop"), of("pay"); shop != "eu-1/shop/web" || pay != "eu-1/pay/web" {
		t.Errorf("they are %s and %s", shop, pay)
	}
}
