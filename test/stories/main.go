// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/go-logr/logr"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/recording"
)

func main() {
	output := flag.String("output", filepath.Join("test", "replay", "testdata", "recordings"), "the folder of the recordings")
	only := flag.String("only", "", "record only stories whose title contains this")
	atOnce := flag.Int("at-once", 12, "how many stories are played at a time")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard()) // watches break off at the end of a story, and that is no news
	if err := record(*output, *only, *atOnce); err != nil {
		fmt.Fprintln(os.Stderr, "stories:", err)
		os.Exit(1)
	}
}

// record plays the stories, and writes what was seen of each.
func record(output, only string, atOnce int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := os.MkdirAll(output, 0o755); err != nil {
		return err
	}
	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { _ = c.Stop() }() // its folder is temporary
	config := c.Config()
	config.QPS, config.Burst = -1, -1
	kube, err := client.NewWithWatch(config, client.Options{Scheme: clientgoscheme.Scheme})
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	slots := make(chan struct{}, atOnce)
	for i, s := range allStories() {
		if !strings.Contains(s.title, only) {
			continue
		}
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			moments, err := play(ctx, kube, fmt.Sprintf("story-%d", i), s)
			if err == nil {
				err = recording.Write(filepath.Join(output, fileName(s.title)), moments)
			}
			mu.Lock()
			defer mu.Unlock()
			fmt.Printf("%4d moments  %s\n", len(moments), s.title)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", s.title, err))
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func fileName(title string) string {
	return strings.NewReplacer(" ", "-", ",", "", ":", "", "'", "").Replace(title) + ".jsonl"
}

// allStories returns all, in an order that stays the same.
func allStories() []story {
	all := append([]story{}, deploymentStories...)
	all = append(all, everydayStories...)
	all = append(all, setStories...)
	for seed := range randomStories {
		all = append(all, randomStory(uint64(seed)))
	}
	return all
}
