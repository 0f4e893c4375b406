// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const (
	aRepository = "https://git.example.com/acme/shop"
	aCommit     = "0123456789abcdef0123456789abcdef01234567"
)

var _ = Describe("Builds", Ordered, ContinueOnFailure, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) { makeBuildsSite(ctx, "builds") })

	BeforeEach(func(ctx SpecContext) { namespace = makeNamespace(ctx, "ci") })

	It("of a Job are on its issues from its start to its end, with its commit, its tests and its page, and the Job is left as it is", func(ctx SpecContext) {
		j := makeJob(namespace, "shop").Branch("feature/SHOP-200-basket").
			Annotation(v1alpha1.AnnotationRepository, aRepository).Annotation(v1alpha1.AnnotationRevision, aCommit).
			Annotation(v1alpha1.AnnotationTests, "total=120,passed=118,failed=1,skipped=1").
			Annotation(v1alpha1.AnnotationURL, "https://ci.example.com/shop/7").Obj()
		create(ctx, j)
		awaitBuilds(namespace, built{"Job/shop", "pending", "SHOP-200"})
		playJob(ctx, j, jobStarted)
		awaitBuilds(namespace, built{"Job/shop", "in_progress", "SHOP-200"})
		playJob(ctx, j, jobSucceeded)
		awaitBuilds(namespace, built{"Job/shop", "successful", "SHOP-200"})

		told := storedBuilds(namespace)[0]
		Expect(told.TestInfo).To(Equal(&jira.TestInfo{Total: 120, Passed: 118, Failed: 1, Skipped: 1}))
		Expect(told.References).To(Equal([]jira.Reference{{
			Commit: &jira.CommitReference{ID: aCommit, RepositoryURI: aRepository},
			Ref:    &jira.RefReference{Name: "feature/SHOP-200-basket", URI: aRepository},
		}}))
		Expect(told.URL).To(Equal("https://ci.example.com/shop/7"))
		Expect(told.DisplayName).To(Equal("shop"))
		Expect(told.LastUpdated).To(BeTemporally("==", j.Status.CompletionTime.Time))
		record := awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		Expect(record.Spec.Run).To(Equal(&v1alpha1.WorkloadReference{APIVersion: "batch/v1", Kind: "Job", Name: "shop", UID: j.UID}))

		By("looking for traces on the Job")
		var now batchv1.Job
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(j), &now)).To(Succeed())
		Expect(now.ResourceVersion).To(Equal(j.ResourceVersion), "the test was the last to write on the Job")
		as := asManager(ctx)
		for what, attempt := range map[string]func() error{
			"change a Job":             func() error { return as.Update(ctx, &now) },
			"change the status of one": func() error { return as.Status().Update(ctx, &now) },
			"delete a Job":             func() error { return as.Delete(ctx, &now) },
			"annotate a Job": func() error {
				return as.Patch(ctx, &now, client.RawPatch("application/merge-patch+json", []byte("{}")))
			},
			"list the pods of a Job":     func() error { return as.List(ctx, &corev1.PodList{}) },
			"change a record as a whole": func() error { return as.Update(ctx, &record) },
		} {
			Expect(apierrors.IsForbidden(attempt())).To(BeTrue(), what+" is forbidden")
		}
	})

	It("of a Job that Kubernetes itself runs are successful once its pods are", func(ctx SpecContext) {
		j := makeJob(namespace, "real").Branch("SHOP-205").Obj()
		j.Spec.ManagedBy, j.Spec.Completions, j.Spec.Parallelism = nil, new(int32(30)), new(int32(30))
		create(ctx, j)
		awaitBuilds(namespace, built{"Job/real", "successful", "SHOP-205"})
		Expect(buildRecords(ctx, namespace)).To(HaveLen(1))
	})

	It("are those that are labelled so, and those that the site selects, and never those that are labelled otherwise", func(ctx SpecContext) {
		site := makeBuildsSite(ctx, "selecting")
		create(ctx, makeJob(namespace, "labelled").Site("selecting").Branch("SHOP-210").Obj())
		create(ctx, makeJob(namespace, "unlabelled").Site("selecting").Label(v1alpha1.LabelBuild, "").Label("app", "ci").Branch("SHOP-211").Obj())
		create(ctx, makeJob(namespace, "other").Site("selecting").Label(v1alpha1.LabelBuild, "").Branch("SHOP-212").Obj())
		create(ctx, makeJob(namespace, "refused").Site("selecting").Label(v1alpha1.LabelBuild, "false").Label("app", "ci").Branch("SHOP-213").Obj())
		sendBuildMarker(ctx)
		awaitBuilds(namespace, built{"Job/labelled", "pending", "SHOP-210"})
		Expect(buildRecords(ctx, namespace)).To(HaveLen(1))

		change(ctx, site, func(s *v1alpha1.JiraSite) {
			s.Spec.Builds.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "ci"}}
		})
		awaitBuilds(namespace, built{"Job/labelled", "pending", "SHOP-210"}, built{"Job/unlabelled", "pending", "SHOP-211"})
		sendBuildMarker(ctx)
		Expect(buildRecords(ctx, namespace)).To(HaveLen(2))
	})

	It("that are retried are one build, those that are suspended are pending, and those that failed say why", func(ctx SpecContext) {
		retried := makeJob(namespace, "retried").Branch("SHOP-220").Obj()
		create(ctx, retried)
		playJob(ctx, retried, jobStarted)
		for range 3 {
			playJob(ctx, retried, jobRetried)
		}
		awaitBuilds(namespace, built{"Job/retried", "in_progress", "SHOP-220"})
		playJob(ctx, retried, jobSucceeded)
		awaitBuilds(namespace, built{"Job/retried", "successful", "SHOP-220"})

		failed := makeJob(namespace, "failed").Branch("SHOP-221").Obj()
		create(ctx, failed)
		playJob(ctx, failed, jobStarted, jobRetried, jobFailed)
		suspended := makeJob(namespace, "suspended").Branch("SHOP-222").Suspended().Obj()
		create(ctx, suspended)
		playJob(ctx, suspended, jobSuspended)
		awaitBuilds(namespace, built{"Job/failed", "failed", "SHOP-221"}, built{"Job/retried", "successful", "SHOP-220"}, built{"Job/suspended", "pending", "SHOP-222"})
		Expect(storedBuilds(namespace)[0].Description).To(ContainSubstring("Job has reached the specified backoff limit"))
		Eventually(func() string { return storedBuilds(namespace)[2].Description }).Should(ContainSubstring("It is suspended."))
	})

	It("of a CronJob are builds of one pipeline, with rising numbers", func(ctx SpecContext) {
		c := &batchv1.CronJob{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "nightly"},
			Spec: batchv1.CronJobSpec{
				Schedule: "0 3 * * *", Suspend: new(true),
				JobTemplate: batchv1.JobTemplateSpec{Spec: makeJob(namespace, "").Obj().Spec},
			},
		}
		create(ctx, c)
		for _, name := range []string{"nightly-2", "nightly-1"} { // the names tell nothing
			j := makeJob(namespace, name).Of(c).Branch("SHOP-23" + name[len(name)-1:]).Obj()
			create(ctx, j)
			playJob(ctx, j, jobStarted, jobSucceeded)
			nextSecond()
		}
		awaitBuilds(namespace, built{"CronJob/nightly", "successful", "SHOP-232"}, built{"CronJob/nightly", "successful", "SHOP-231"})
		told := storedBuilds(namespace)
		Expect(told[1].BuildNumber).To(BeNumerically(">", told[0].BuildNumber))
	})

	It("that vanish before their end are unknown, whether the manager ran at that time or not", func(ctx SpecContext) {
		for _, name := range []string{"seen", "unseen"} {
			j := makeJob(namespace, name).Branch("SHOP-240").Obj()
			create(ctx, j)
			playJob(ctx, j, jobStarted)
		}
		awaitBuilds(namespace, built{"Job/seen", "in_progress", "SHOP-240"}, built{"Job/unseen", "in_progress", "SHOP-240"})
		removeJob(ctx, namespace, "seen")
		awaitBuilds(namespace, built{"Job/seen", "unknown", "SHOP-240"}, built{"Job/unseen", "in_progress", "SHOP-240"})

		Expect(running.Stop()).To(Succeed())
		removeJob(ctx, namespace, "unseen")
		runManager()
		want := []built{{"Job/seen", "unknown", "SHOP-240"}, {"Job/unseen", "unknown", "SHOP-240"}}
		awaitBuilds(namespace, want...)

		By("starting the manager anew: nothing is told twice")
		before := versionsOfBuilds(namespace)
		restartManager()
		sendBuildMarker(ctx)
		Expect(buildsInJira(namespace)).To(Equal(want))
		Expect(versionsOfBuilds(namespace)).To(Equal(before))
	})

	It("of a Job that is made anew under its name are two builds", func(ctx SpecContext) {
		for _, end := range []func(*batchv1.JobStatus){jobFailed, jobSucceeded} {
			j := makeJob(namespace, "again").Branch("SHOP-250").Obj()
			create(ctx, j)
			playJob(ctx, j, jobStarted, end)
			removeJob(ctx, namespace, "again")
			nextSecond()
		}
		awaitBuilds(namespace, built{"Job/again", "failed", "SHOP-250"}, built{"Job/again", "successful", "SHOP-250"})
	})

	It("whose namespace is deleted before they end are unknown, and hold up nothing", func(ctx SpecContext) {
		j := makeJob(namespace, "gone").Branch("SHOP-255").Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted)
		awaitBuilds(namespace, built{"Job/gone", "in_progress", "SHOP-255"})
		Expect(kube.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})).To(Succeed())
		awaitBuilds(namespace, built{"Job/gone", "unknown", "SHOP-255"})
		Eventually(func() bool {
			return apierrors.IsNotFound(kube.Get(ctx, client.ObjectKey{Name: namespace}, &corev1.Namespace{}))
		}).Should(BeTrue())
	})

	It("have the keys that a person writes on the record, and else what the run says, whoever changes the record", func(ctx SpecContext) {
		j := makeJob(namespace, "shop").Branch("SHOP-256").Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted)
		awaitBuilds(namespace, built{"Job/shop", "in_progress", "SHOP-256"})
		record := awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		change(ctx, &record, func(b *v1alpha1.JiraBuild) { b.Spec.State = v1alpha1.BuildPending })
		Eventually(func() v1alpha1.BuildState { return buildRecords(ctx, namespace)[0].Spec.State }).Should(Equal(v1alpha1.BuildInProgress))
		change(ctx, &record, func(b *v1alpha1.JiraBuild) {
			metav1.SetMetaDataAnnotation(&b.ObjectMeta, v1alpha1.AnnotationIssueKeys, "SHOP-257")
		})
		awaitBuilds(namespace, built{"Job/shop", "in_progress", "SHOP-257"})
		playJob(ctx, j, jobSucceeded)
		removeJob(ctx, namespace, "shop")
		awaitBuilds(namespace, built{"Job/shop", "successful", "SHOP-257"})
	})

	It("whose tests cannot be read are told without them, and say so", func(ctx SpecContext) {
		j := makeJob(namespace, "untested").Branch("SHOP-260").Annotation(v1alpha1.AnnotationTests, "all=good").Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted, jobSucceeded)
		awaitBuilds(namespace, built{"Job/untested", "successful", "SHOP-260"})
		Expect(storedBuilds(namespace)[0].TestInfo).To(BeNil())
		Eventually(func() []string { return eventsAbout(ctx, namespace, "untested") }).Should(ContainElement(And(
			HavePrefix(v1alpha1.EventTestsNotUnderstood), ContainSubstring(`"all=good"`))))
	})

	It("wait for the permission that the credential lacks, and deployments do not", func(ctx SpecContext) {
		jiraNow.AddCredential("poor", canary, jiratest.Deployments)
		mendSecret(ctx, "poor-jira", "poor", canary)
		create(ctx, makeSite("poor"))
		j := makeJob(namespace, "shop").Site("poor").Branch("SHOP-270").Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted)
		record := awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonPermissionMissing)
		create(ctx, makeDeployment(namespace, "web").Site("poor").IssueKeys("SHOP-271").Obj())
		awaitJira(namespace, shown{1, "successful", "unmapped", "SHOP-271"})
		playJob(ctx, j, jobSucceeded)

		missing := func() *metav1.Condition {
			var site v1alpha1.JiraSite
			Expect(kube.Get(ctx, client.ObjectKey{Name: "poor"}, &site)).To(Succeed())
			return meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionBuildsPermissionMissing)
		}
		Eventually(missing).Should(And(HaveField("Status", metav1.ConditionTrue), HaveField("Message", ContainSubstring("give it the Builds permission"))))
		Expect(readyOf(ctx, "poor")).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", v1alpha1.ReasonReady)))
		Expect(meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionDelivered).Message).To(ContainSubstring("Builds permission"))
		Expect(buildsInJira(namespace)).To(BeEmpty())

		jiraNow.SetPermissions("poor", jiratest.Deployments, jiratest.Builds)
		awaitBuilds(namespace, built{"Job/shop", "successful", "SHOP-270"})
		Eventually(missing).Should(BeNil())
		awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
	})

	It("cost nothing where they are off: no watch and no permission, and those by hand are delivered", func(ctx SpecContext) {
		Expect(running.Stop()).To(Succeed())
		role := takeAwayBuilds(ctx)
		log, flags := managerLog, managerFlags
		DeferCleanup(func(ctx SpecContext) {
			Expect(running.Stop()).To(Succeed())
			Expect(kube.Create(ctx, role)).To(Succeed())
			managerLog, managerFlags = log, flags
			runManager()
			awaitReason(ctx, "builds", v1alpha1.ReasonReady)
		})
		managerLog, managerFlags = log+".off", without(flags, buildsFlag)
		runManager()
		create(ctx, makeJob(namespace, "shop").Branch("SHOP-280").Obj())
		create(ctx, handmadeBuild(namespace, "by-hand", "release", "SHOP-281"))
		awaitBuilds(namespace, built{"release", "successful", "SHOP-281"})
		awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		said, err := os.ReadFile(managerLog)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(said)).To(ContainSubstring("Starting EventSource"), "the log is the manager's")
		for _, kind := range []string{"jobs", "pipelineruns", "buildruns", "workflows"} {
			Expect(strings.Contains(string(said), kind)).To(BeFalse(), "the log speaks of "+kind)
		}
	})

	It("leave the credential in no log, and in no object", func(ctx SpecContext) {
		log, err := os.ReadFile(managerLog)
		Expect(err).NotTo(HaveOccurred())
		expectNoSecret("the log", string(log))
		searchObjects(ctx)
	})
})
