// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

func TestALazyLoggerWritesWhatTheOneBelowWould(t *testing.T) {
	var want, got bytes.Buffer
	for _, log := range []logr.Logger{zap.New(zap.WriteTo(&want)), lazy(zap.New(zap.WriteTo(&got)))} {
		pass := log.WithName("manager").WithValues("controller", "delivery")
		one, other := pass.WithValues("name", "acme"), pass.WithValues("name", "globex")
		one.Info("Told", "records", 3)
		other.Error(errors.New("refused"), "Not told")
		one.V(5).Info("Nobody reads this")
	}
	time := regexp.MustCompile(`"ts":\d+`)
	told, asked := time.ReplaceAllString(got.String(), ""), time.ReplaceAllString(want.String(), "")
	if told != asked || strings.Count(told, "\n") != 2 {
		t.Errorf("the lazy logger wrote\n%s\nthe one below\n%s", told, asked)
	}
}

func TestNoLevelShowsBodies(t *testing.T) {
	var o zap.Options
	flags := flag.NewFlagSet("", flag.PanicOnError)
	o.BindFlags(flags)
	if err := flags.Parse([]string{"--zap-log-level=10"}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := lazy(zap.New(zap.UseFlagOptions(&o), zap.WriteTo(&out)))
	log.V(bodies).Info("Response Body")
	log.V(bodies - 1).Info("Listing and watching")
	if text := out.String(); strings.Contains(text, "Body") || !strings.Contains(text, "Listing") {
		t.Errorf("at the highest level it logged\n%s", text)
	}
}

// Of the lines with one message the first 100 of a second are written, and then every hundredth: 1,000 rollouts that end at once
// are no 1,000 lines. What is rare is written all the same.
func TestABurstDoesNotFloodTheLog(t *testing.T) {
	for _, level := range []string{"info", "debug"} {
		var o zap.Options
		flags := flag.NewFlagSet("", flag.PanicOnError)
		o.BindFlags(flags)
		if err := flags.Parse([]string{"--zap-log-level=" + level, "--zap-encoder=json"}); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		log := lazy(zap.New(zap.UseFlagOptions(&o), zap.WriteTo(&out)))
		for i := range 1000 {
			log.Info("Told Jira", "record", i)
		}
		log.Info("Site changed")
		if n := strings.Count(out.String(), "Told Jira"); n < 100 || n > 250 {
			t.Errorf("%s: of 1,000 lines %d are written, want 100 a second, and some", level, n)
		}
		if !strings.Contains(out.String(), "Site changed") {
			t.Errorf("%s: a line with another message is not written", level)
		}
	}
}
