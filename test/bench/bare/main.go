// SPDX-License-Identifier: Apache-2.0

// Command bare is the least that reports rollouts to Jira, and so the lower bound that Rollcall is measured beside:
// an informer on Deployments that keeps them whole, and one request for each rollout that finishes. It keeps no
// record, retries nothing, batches nothing, and forgets all of it when it stops.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// synced is the line that it prints once it knows all Deployments.
const synced = "synced"

// Environment variables of the credential.
const (
	variableClientID     = "BARE_CLIENT_ID"
	variableClientSecret = "BARE_CLIENT_SECRET"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the cluster to watch")
	cluster := flag.String("cluster-name", "", "the cluster's name in Jira")
	api := flag.String("api-url", "", "where Jira is")
	cloudID := flag.String("cloud-id", "", "the site's id")
	flag.Parse()
	if err := run(*kubeconfig, *cluster, *api, *cloudID); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, cluster, api, cloudID string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := newReporter(cluster, jira.Config{
		Host: "bare.invalid", CloudID: cloudID, APIURL: api, UserAgent: "bare",
		ClientID: os.Getenv(variableClientID), ClientSecret: os.Getenv(variableClientSecret),
	})
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("read kubeconfig: %w", err)
	}
	config.ContentType = runtime.ContentTypeProtobuf
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	factory := informers.NewSharedInformerFactory(clients, 0)
	informer := factory.Apps().V1().Deployments().Informer()
	registration, err := informer.AddEventHandler(cache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(o any, atStart bool) {
			if !atStart {
				r.look(ctx, nil, o.(*appsv1.Deployment))
			}
		},
		UpdateFunc: func(before, after any) {
			r.look(ctx, before.(*appsv1.Deployment), after.(*appsv1.Deployment))
		},
	})
	if err != nil {
		return fmt.Errorf("add event handler: %w", err)
	}
	factory.Start(ctx.Done())
	if cache.WaitForCacheSync(ctx.Done(), registration.HasSynced) {
		fmt.Println(synced)
	}
	<-ctx.Done()
	factory.Shutdown()
	return nil
}
