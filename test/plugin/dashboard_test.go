// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/html"
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/page/browsertest"
)

// startDashboard starts kubectl rollcall dashboard for the time of the test, and returns its address.
func startDashboard(kubeconfig string, args ...string) string {
	GinkgoHelper()
	cmd := exec.Command(pluginBinary, append([]string{"--kubeconfig=" + kubeconfig, "dashboard"}, args...)...)
	cmd.Stderr = GinkgoWriter
	stdout, err := cmd.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(cmd.Start()).To(Succeed())
	DeferCleanup(func() {
		Expect(cmd.Process.Signal(os.Interrupt)).To(Succeed())
		Expect(cmd.Wait()).To(Succeed(), "Ctrl-C is how it ends")
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	Expect(err).NotTo(HaveOccurred())
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "Watch it: ")
	Expect(ok).To(BeTrue(), line)
	return address
}

// fetch returns a page, as a browser without JavaScript has it.
func fetch(ctx context.Context, url, host string) (int, string) {
	GinkgoHelper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	Expect(err).NotTo(HaveOccurred())
	r.Host = host
	answer, err := http.DefaultClient.Do(r)
	Expect(err).NotTo(HaveOccurred())
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	Expect(err).NotTo(HaveOccurred())
	Expect(string(body)).NotTo(ContainSubstring(canary))
	return answer.StatusCode, string(body)
}

// shown is what an issue shows in an environment.
type shown struct{ issue, environment, pipeline, state string }

// matrixIn reads the matrix of a document.
func matrixIn(document string, namespaces ...string) []shown {
	GinkgoHelper()
	root, err := html.Parse(strings.NewReader(document))
	Expect(err).NotTo(HaveOccurred())
	var all []shown
	for n := range root.Descendants() {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		if issue := attributes["data-issue"]; issue != "" && isOf(attributes["data-pipeline"], namespaces) {
			all = append(all, shown{issue, attributes["data-environment"], attributes["data-pipeline"], attributes["data-state"]})
		}
	}
	return all
}

// matrixAtJira is what Jira shows: of each issue, environment and pipeline the deployment with the highest number.
func matrixAtJira(namespaces ...string) []shown {
	latest, state := map[shown]int64{}, map[shown]string{}
	for _, d := range jiraNow.Deployments() {
		if !isOf(d.Pipeline.ID, namespaces) {
			continue
		}
		for _, group := range d.Associations {
			for _, issue := range group.Values {
				if key := (shown{issue: issue, environment: d.Environment.ID, pipeline: d.Pipeline.ID}); d.DeploymentSequenceNumber > latest[key] {
					latest[key], state[key] = d.DeploymentSequenceNumber, d.State
				}
			}
		}
	}
	var all []shown
	for key := range latest {
		key.state = state[key]
		all = append(all, key)
	}
	return all
}

// isOf says whether a pipeline is one of these namespaces.
func isOf(pipeline string, namespaces []string) bool {
	parts := strings.Split(pipeline, "/")
	return len(parts) == 4 && slices.Contains(namespaces, parts[1])
}

var _ = Describe("kubectl rollcall dashboard", func() {
	It("shows the matrix that Jira has, and follows it", func(ctx SpecContext) {
		dev, staging, prod := makeNamespace(ctx, "dev"), makeNamespace(ctx, "staging"), makeNamespace(ctx, "prod")
		namespaces := []string{dev, staging, prod}
		address := startDashboard(makeViewer(ctx, dev), "--all-namespaces")
		releases := func(namespace, name string, keys ...string) *appsv1.Deployment {
			d := makeDeployment(namespace, name).IssueKeys(keys[0]).Obj()
			create(ctx, d)
			for i, key := range keys {
				if i > 0 {
					change(ctx, d, jiraRelease(key, fmt.Sprintf("shop/web:1.%d.0", i)))
				}
				awaitShown(shown{strings.Split(key, ",")[0], "", "eu-1/" + namespace + "/Deployment/" + name, "successful"})
			}
			return d
		}
		releases(dev, "web", "SHOP-101", "SHOP-102", "SHOP-103")
		releases(staging, "web", "SHOP-101,SHOP-102,SHOP-103")
		web := releases(prod, "web", "SHOP-101", "SHOP-102,SHOP-103")
		releases(prod, "api", "SHOP-101")
		create(ctx, makeDeployment(prod, "worker").IssueKeys("SHOP-104").NeverReady(1).Obj())
		awaitShown(shown{"SHOP-104", "", "eu-1/" + prod + "/Deployment/worker", "failed"})
		By("rolling back")
		change(ctx, web, jiraRelease("SHOP-101", "shop/web:1.0.0"))
		awaitShown(shown{"SHOP-102", "", "eu-1/" + prod + "/Deployment/web", "rolled_back"})

		Eventually(func(g Gomega) {
			_, page := fetch(ctx, address, "")
			g.Expect(matrixIn(page, namespaces...)).To(ConsistOf(matrixAtJira(namespaces...)))
		}).Should(Succeed())
		Expect(len(matrixAtJira(namespaces...))).To(BeNumerically(">=", 10))

		chromium, err := browsertest.Find()
		if err != nil {
			Skip("The page was compared as it is sent, not as a browser has it: " + err.Error())
		}
		Eventually(func(g Gomega) {
			dom, console, err := chromium.DOM(ctx, address)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(console).NotTo(ContainSubstring("Content Security Policy"))
			g.Expect(matrixIn(dom, namespaces...)).To(ConsistOf(matrixAtJira(namespaces...)))
		}).WithTimeout(2 * patience).Should(Succeed())
	}, SpecTimeout(6*patience))

	It("shows a user of one namespace that namespace alone, and says so", func(ctx SpecContext) {
		mine, others := makeNamespace(ctx, "prod"), makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(mine, "web").IssueKeys("SHOP-111").Obj())
		create(ctx, makeDeployment(others, "web").IssueKeys("SHOP-112").Obj())
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, others, v1alpha1.ReasonAccepted)
		address := startDashboard(makeTenant(ctx, mine))
		Eventually(func(g Gomega) {
			_, page := fetch(ctx, address, "")
			g.Expect(page).To(ContainSubstring("You may not list the records of all namespaces, so that this page shows the namespace " + mine))
			g.Expect(page).To(ContainSubstring("SHOP-111"))
			g.Expect(page).NotTo(ContainSubstring("SHOP-112"))
			g.Expect(page).NotTo(ContainSubstring("You may not read"))
		}).Should(Succeed())

		_, foreign := fetch(ctx, startDashboard(makeTenant(ctx, makeNamespace(ctx, "prod")), "-n", others), "")
		Expect(foreign).NotTo(ContainSubstring("SHOP-112"), "another namespace is none of theirs")
	})

	It("says what its user may not read, and goes on", func(ctx SpecContext) {
		mine := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(mine, "web").IssueKeys("SHOP-113").Obj())
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		subject := makeUser(ctx, mine, "no-sites")
		bindCluster(ctx, "no-sites-"+mine, "view", subject)
		address := startDashboard(kubeconfigOf(ctx, mine, "no-sites"))
		Eventually(func(g Gomega) {
			_, page := fetch(ctx, address, "")
			g.Expect(page).To(ContainSubstring("You may not read jirasites"))
			g.Expect(page).To(ContainSubstring("SHOP-113"))
		}).Should(Succeed())
	})

	It("shows the sites to who may list them and not watch them", func(ctx SpecContext) {
		mine := makeNamespace(ctx, "prod")
		subject := makeUser(ctx, mine, "lister")
		create(ctx, &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: "sites-lister"},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"rollcall.dev"}, Resources: []string{"jirasites"}, Verbs: []string{"get", "list"}}},
		})
		bindCluster(ctx, "lister-"+mine, "view", subject)
		bindCluster(ctx, "lister-sites-"+mine, "sites-lister", subject)
		address := startDashboard(kubeconfigOf(ctx, mine, "lister"))
		Eventually(func(g Gomega) {
			_, page := fetch(ctx, address+"undelivered", "")
			g.Expect(page).To(ContainSubstring("<b>acme</b>"))
			g.Expect(page).NotTo(ContainSubstring("You may not read"))
		}).Should(Succeed())
	})

	It("says of a workload without a record why it has none", func(ctx SpecContext) {
		mine := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(mine, "keyless").Obj())
		create(ctx, makeDeployment(mine, "told").IssueKeys("SHOP-114").Obj())
		awaitDelivered(ctx, mine, v1alpha1.ReasonAccepted)
		address := startDashboard(makeTenant(ctx, mine))
		_, page := fetch(ctx, address+"undelivered", "")
		Expect(page).To(ContainSubstring("Show workloads without a record"))
		Eventually(func(g Gomega) {
			_, page := fetch(ctx, address+"undelivered?workloads=yes", "")
			g.Expect(page).To(ContainSubstring("<b>keyless</b><span class=\"meta\">Deployment in " + mine))
			g.Expect(page).To(ContainSubstring("No text of the release names an issue of the site"))
			g.Expect(page).NotTo(ContainSubstring("<b>told</b>"))
		}).Should(Succeed())
	})

	It("answers nobody but its user's browser", func(ctx SpecContext) {
		address := startDashboard(control.Kubeconfig())
		status, page := fetch(ctx, address, "rollcall.evil.example")
		Expect(status).To(Equal(http.StatusMisdirectedRequest))
		Expect(page).NotTo(ContainSubstring("SHOP-"))
		r := rollcall(ctx, control.Kubeconfig(), "dashboard", "--address=0.0.0.0")
		Expect(r.code).To(Equal(2), r.String())
		Expect(r.stderr).To(ContainSubstring("127.0.0.1 or ::1 alone"))
	})
})

// release gives a Deployment the template of a release.
func jiraRelease(keys, image string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		d.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = keys
		d.Spec.Template.Spec.Containers[0].Image = image
	}
}

// awaitShown waits until Jira shows an issue in a pipeline in a state, in whichever environment.
func awaitShown(want shown) {
	GinkgoHelper()
	namespace := strings.Split(want.pipeline, "/")[1]
	Eventually(func() bool {
		return slices.ContainsFunc(matrixAtJira(namespace), func(s shown) bool {
			s.environment = ""
			return s == want
		})
	}).Should(BeTrue(), "%v", want)
}
