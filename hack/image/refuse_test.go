// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestFlagsAreChecked(t *testing.T) {
	for name, test := range map[string]struct{ flag, want string }{
		"a name that is none":         {"-ref=Not A Name", "can only contain the characters"},
		"a platform that is not ours": {"-platforms=windows/amd64", "is not linux/<architecture>"},
		"a platform without a half":   {"-platforms=linux", "is not linux/<architecture>"},
		"a time that is none":         {"-created=yesterday", "-created: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse([]string{test.flag}, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, not one with %q", err, test.want)
			}
		})
	}
}

func TestLargeImageIsRefused(t *testing.T) {
	r, err := parse([]string{"-package=./testdata/hello", "-platforms=linux/amd64", "-output=" + t.TempDir()}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r.limit = 1000
	if err := r.run(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "look what the program imports") {
		t.Errorf("error is %v", err)
	}
}

func TestDynamicProgramIsRefused(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the programs of this machine are not for Linux")
	}
	err := requireStatic("/bin/sh")
	if err == nil {
		t.Skip("the shell of this machine is static")
	}
	if !strings.Contains(err.Error(), "/bin/sh is not static") {
		t.Errorf("error is %v", err)
	}
}

func TestStaticProgramIsTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hello")
	p := program{pkg: "./testdata/hello", name: "hello", ldflags: "-s -w"}
	if err := p.build(t.Context(), v1.Platform{OS: "linux", Architecture: "arm64"}, file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("there is no program: %v", err)
	}
}

func TestUnknownCommitHasTheTimeOfTheEpoch(t *testing.T) {
	created, err := parseTime("unknown")
	if err != nil || created.Unix() != 0 {
		t.Errorf("time is %v, error is %v", created, err)
	}
}
