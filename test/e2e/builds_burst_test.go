// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// burst is how many Jobs end in the test of a burst. ROLLCALL_BURST sets another number.
const burst = 500

var _ = Describe("Builds in a burst", func() {
	It("all arrive with their ends, though each Job is deleted 100 ms after its own", func(ctx SpecContext) {
		size := burst
		if text := os.Getenv("ROLLCALL_BURST"); text != "" {
			var err error
			size, err = strconv.Atoi(text)
			Expect(err).NotTo(HaveOccurred())
		}
		namespace, other := makeNamespace(ctx, "burst"), makeNamespace(ctx, "ci")
		makeBuildsSite(ctx, "bursting")
		jobs := make([]*batchv1.Job, size)
		for n := range jobs {
			jobs[n] = makeJob(namespace, fmt.Sprintf("build-%d", n)).Site("bursting").Branch(fmt.Sprintf("SHOP-%d", 1+n%1000)).Obj()
		}
		Expect(forEach(ctx, jobs, beginJob)).To(Succeed())
		Eventually(func() int { return len(buildsInJira(namespace)) }).WithTimeout(2 * time.Minute).WithPolling(time.Second).Should(Equal(size))

		requests, begun := buildRequests(), time.Now()
		played := make(chan error, 1)
		go func() { played <- forEach(ctx, jobs, endJob) }()

		By("building elsewhere meanwhile: nobody else waits for it")
		j := makeJob(other, "shop").Site("bursting").Branch("SHOP-290").Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted, jobSucceeded)
		meanwhile := time.Now()
		awaitBuilds(other, built{"Job/shop", "successful", "SHOP-290"})
		waited := time.Since(meanwhile)
		Expect(waited).To(BeNumerically("<", 15*time.Second))

		Expect(<-played).To(Succeed())
		duration := time.Since(begun)
		states := func() map[string]int {
			states := map[string]int{}
			for _, b := range buildsInJira(namespace) {
				states[b.state]++
			}
			return states
		}
		Eventually(states).WithTimeout(3 * time.Minute).WithPolling(time.Second).Should(Equal(
			map[string]int{"failed": size / 3, "successful": size - size/3}))
		AddReportEntry("burst", fmt.Sprintf("%d Jobs ended within %s; Jira had all ends after %s and %d requests, and another namespace's build after %s",
			size, duration.Round(time.Second), time.Since(begun).Round(time.Second), buildRequests()-requests, waited.Round(time.Millisecond)))
	})
})

// forEach does something with each Job, 50 at a time, with a client that nothing slows down.
func forEach(ctx context.Context, jobs []*batchv1.Job, do func(context.Context, client.Client, int, *batchv1.Job) error) error {
	config := control.Config()
	config.QPS = -1
	c, err := client.New(config, client.Options{Scheme: kube.Scheme()})
	if err != nil {
		return err
	}
	numbers, failed := make(chan int), make(chan error, len(jobs))
	var players sync.WaitGroup
	for range 50 {
		players.Go(func() {
			for n := range numbers {
				if err := do(ctx, c, n, jobs[n]); err != nil {
					failed <- err
				}
			}
		})
	}
	for n := range jobs {
		numbers <- n
	}
	close(numbers)
	players.Wait()
	close(failed)
	return <-failed
}

func beginJob(ctx context.Context, c client.Client, _ int, j *batchv1.Job) error {
	if err := c.Create(ctx, j); err != nil {
		return err
	}
	jobStarted(&j.Status)
	return c.Status().Update(ctx, j)
}

// endJob has a Job end, every third one badly, and deletes it 100 ms later.
func endJob(ctx context.Context, c client.Client, n int, j *batchv1.Job) error {
	end := jobSucceeded
	if n%3 == 2 {
		end = jobFailed
	}
	end(&j.Status)
	if err := c.Status().Update(ctx, j); err != nil {
		return err
	}
	time.Sleep(100 * time.Millisecond)
	return c.Delete(ctx, j, client.PropagationPolicy(metav1.DeletePropagationBackground))
}
