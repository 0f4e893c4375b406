package record

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// stage is where a story plays: a cluster with one manager.
type stage struct {
	*world
	m *manager
}

func newStage(c *clock, w workload) stage {
	m := newManager("the", c, makeSite("acme").Deadline(10*time.Minute))
	return stage{world: newWorld(c, w, m), m: m}
}

// then lets everything happen that happens by itself, and some time pass.
func (s stage) then(d time.Duration) {
	s.settle()
	s.pass(d)
}

// end lets everything come to rest.
func (s stage) end() {
	s.settle()
	s.m.up, s.m.silenced = true, false
	s.observeAgain(s.m)
	s.pass(time.Minute)
}

// tell compares a story with the one in its file.
func (s stage) tell(t *testing.T, title string) {
	t.Helper()
	if err := s.problem(title); err != nil {
		t.Error(err)
	}
	golden(t, strings.NewReplacer(" ", "-", ",", "", ":", "").Replace(title), s.script.text(title, s.m))
}

// story is a scenario of a Deployment that a person wrote.
type story struct {
	stage
	*deployment
}

// TestStories plays the stories of Deployments, and checks that each is told as it was, and that it is true.
func TestStories(t *testing.T) {
	all := maps.Clone(stories)
	maps.Copy(all, everydayStories)
	for title, play := range all {
		t.Run(title, func(t *testing.T) {
			c := &clock{now: created}
			d := newDeployment(c)
			s := &story{stage: newStage(c, d), deployment: d}
			play(s)
			s.end()
			s.m.checkTruth()
			s.tell(t, title)
		})
	}
}

func TestStoriesOfStatefulSets(t *testing.T) {
	for title, play := range statefulSetStories {
		t.Run(title, func(t *testing.T) {
			c := &clock{now: created}
			db := newStatefulSet(c, 3)
			s := newStage(c, db)
			play(s, db)
			s.end()
			s.tell(t, title)
		})
	}
}

func TestStoriesOfDaemonSets(t *testing.T) {
	for title, play := range daemonSetStories {
		t.Run(title, func(t *testing.T) {
			c := &clock{now: created}
			agent := newDaemonSet(c, 4)
			s := newStage(c, agent)
			play(s, agent)
			s.end()
			s.tell(t, title)
		})
	}
}

// golden compares a story with the one in its file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "stories", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden story (go test -update writes it): %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the story is told otherwise (-golden +now):\n%s", diff)
	}
}
