// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// jobBuilder builds a Job that another controller than Kubernetes' own is to run, so that a test writes its status.
type jobBuilder struct{ j *batchv1.Job }

// makeJob returns a Job of one pod that is reported as a build to the site builds. A name that ends in '-' is completed by the
// API server.
func makeJob(namespace, name string) jobBuilder {
	nobody := "acme.example/none"
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name,
			Labels:      map[string]string{v1alpha1.LabelBuild: "true"},
			Annotations: map[string]string{v1alpha1.AnnotationSites: "builds"},
		},
		Spec: batchv1.JobSpec{
			ManagedBy: &nobody,
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers:    []corev1.Container{{Name: "build", Image: "buildkit:1"}},
			}},
		},
	}
	if strings.HasSuffix(name, "-") {
		j.Name, j.GenerateName = "", name
	}
	return jobBuilder{j}
}

func (b jobBuilder) Site(name string) jobBuilder {
	return b.Annotation(v1alpha1.AnnotationSites, name)
}

func (b jobBuilder) Annotation(name, value string) jobBuilder {
	b.j.Annotations[name] = value
	return b
}

// Label sets a label; an empty value takes it away.
func (b jobBuilder) Label(name, value string) jobBuilder {
	b.j.Labels[name] = value
	if value == "" {
		delete(b.j.Labels, name)
	}
	return b
}

func (b jobBuilder) Branch(name string) jobBuilder {
	return b.Annotation(v1alpha1.AnnotationBranch, name)
}

func (b jobBuilder) Suspended() jobBuilder {
	b.j.Spec.Suspend = new(true)
	return b
}

// Of makes the Job one of a CronJob.
func (b jobBuilder) Of(c *batchv1.CronJob) jobBuilder {
	b.j.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(c, batchv1.SchemeGroupVersion.WithKind("CronJob"))}
	return b
}

func (b jobBuilder) Obj() *batchv1.Job {
	return b.j
}

// playJob writes a Job's status, as its controller does.
func playJob(ctx context.Context, j *batchv1.Job, passes ...func(*batchv1.JobStatus)) {
	GinkgoHelper()
	for _, pass := range passes {
		pass(&j.Status)
		Expect(kube.Status().Update(ctx, j)).To(Succeed())
	}
}

// removeJob deletes a Job as kubectl does: it is gone at once.
func removeJob(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	Expect(kube.Delete(ctx, j, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
}

// What the controller of Jobs writes of a Job with one pod.
func jobStarted(s *batchv1.JobStatus) {
	s.StartTime, s.Active = new(metav1.Now()), 1
}

// jobRetried: a pod failed, and another one is made.
func jobRetried(s *batchv1.JobStatus) {
	s.Failed, s.Active = s.Failed+1, 1
}

func jobSucceeded(s *batchv1.JobStatus) {
	s.CompletionTime, s.Active, s.Succeeded = new(metav1.Now()), 0, 1
	s.Conditions = append(s.Conditions,
		jobCondition(batchv1.JobSuccessCriteriaMet, batchv1.JobReasonCompletionsReached, "Reached expected number of succeeded pods"),
		jobCondition(batchv1.JobComplete, batchv1.JobReasonCompletionsReached, "Reached expected number of succeeded pods"))
}

func jobFailed(s *batchv1.JobStatus) {
	const why = "Job has reached the specified backoff limit"
	s.Active, s.Failed = 0, s.Failed+1
	s.Conditions = append(s.Conditions,
		jobCondition(batchv1.JobFailureTarget, batchv1.JobReasonBackoffLimitExceeded, why),
		jobCondition(batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded, why))
}

func jobSuspended(s *batchv1.JobStatus) {
	s.Conditions = append(s.Conditions, jobCondition(batchv1.JobSuspended, "JobSuspended", "Job suspended"))
}

func jobCondition(kind batchv1.JobConditionType, reason, message string) batchv1.JobCondition {
	return batchv1.JobCondition{
		Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message,
		LastTransitionTime: metav1.Now(), LastProbeTime: metav1.Now(),
	}
}

// built is a build as Jira shows it, cut to what tests speak of. The pipeline is what comes after cluster and namespace.
type built struct {
	pipeline string
	state    string
	keys     string
}

// buildsInJira returns what Jira shows of the builds of a namespace, in the order of pipelines and numbers.
func buildsInJira(namespace string) []built {
	var found []built
	for _, b := range storedBuilds(namespace) {
		pipeline := strings.TrimPrefix(b.PipelineID, clusterName+"/"+namespace+"/")
		found = append(found, built{pipeline: pipeline, state: b.State, keys: strings.Join(b.IssueKeys, " ")})
	}
	return found
}

func storedBuilds(namespace string) []jira.Build {
	GinkgoHelper()
	var found []jira.Build
	for _, stored := range jiraNow.Builds() {
		if !strings.HasPrefix(stored.Key.PipelineID, clusterName+"/"+namespace+"/") {
			continue
		}
		var b jira.Build
		Expect(json.Unmarshal(stored.JSON, &b)).To(Succeed())
		found = append(found, b)
	}
	return found
}

// awaitBuilds waits until Jira shows just these builds of a namespace.
func awaitBuilds(namespace string, want ...built) {
	GinkgoHelper()
	Eventually(func() []built { return buildsInJira(namespace) }).Should(Equal(want))
}

// buildRecords returns the records of the builds of a namespace.
func buildRecords(ctx context.Context, namespace string) []v1alpha1.JiraBuild {
	GinkgoHelper()
	var list v1alpha1.JiraBuildList
	Expect(kube.List(ctx, &list, client.InNamespace(namespace))).To(Succeed())
	return list.Items
}

// awaitBuildDelivered waits until the only record of a build in a namespace has this reason, and returns the record.
func awaitBuildDelivered(ctx context.Context, namespace, reason string) v1alpha1.JiraBuild {
	GinkgoHelper()
	var found v1alpha1.JiraBuild
	Eventually(func(g Gomega) {
		all := buildRecords(ctx, namespace)
		g.Expect(all).To(HaveLen(1))
		found = all[0]
		delivered := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionDelivered)
		g.Expect(delivered).NotTo(BeNil())
		g.Expect(delivered.Reason).To(Equal(reason), delivered.Message)
		g.Expect(delivered.ObservedGeneration).To(Equal(found.Generation))
	}).Should(Succeed())
	return found
}

// handmadeBuild returns a record as a pipeline may write it.
func handmadeBuild(namespace, name, pipeline, key string) *v1alpha1.JiraBuild {
	return &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.JiraBuildSpec{
			Site: "builds", PipelineID: pipeline, State: v1alpha1.BuildSuccessful, LastUpdated: metav1.NewTime(time.Now()), IssueKeys: []string{key},
		},
	}
}

// sendBuildMarker waits until Jira shows a build that was made just now: what came before it was seen as well.
func sendBuildMarker(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "marker")
	j := makeJob(namespace, "marker").Branch("SHOP-99").Obj()
	create(ctx, j)
	playJob(ctx, j, jobStarted, jobSucceeded)
	awaitBuilds(namespace, built{"Job/marker", "successful", "SHOP-99"})
}

// buildRequests returns how many requests carried builds.
func buildRequests() int {
	count := 0
	for _, request := range jiraNow.Requests() {
		if strings.Contains(request.Path, "/builds/") && strings.HasSuffix(request.Path, "/bulk") {
			count++
		}
	}
	return count
}

// makeBuildsSite creates the site that the tests' runs name, with a credential that may write builds.
func makeBuildsSite(ctx context.Context, name string, change ...func(*v1alpha1.JiraSiteSpec)) *v1alpha1.JiraSite {
	GinkgoHelper()
	mendSecret(ctx, name+"-jira", clientID, canary)
	site := makeSite(name, change...)
	create(ctx, site)
	awaitReason(ctx, name, v1alpha1.ReasonReady)
	return site
}

// versionsOfBuilds returns the numbers of the updates that Jira shows of the builds of a namespace.
func versionsOfBuilds(namespace string) []int64 {
	var versions []int64
	for _, b := range storedBuilds(namespace) {
		versions = append(versions, b.UpdateSequenceNumber)
	}
	return versions
}

// takeAwayBuilds takes the rights away from the manager that it has for builds, and returns what gives them back.
func takeAwayBuilds(ctx context.Context) client.Object {
	GinkgoHelper()
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "rollcall-builds"}}
	Expect(kube.Get(ctx, client.ObjectKeyFromObject(binding), binding)).To(Succeed())
	Expect(kube.Delete(ctx, binding)).To(Succeed())
	binding.ResourceVersion, binding.UID = "", ""
	return binding
}

func without(flags []string, flag string) []string {
	return slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return f == flag })
}
