package record

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// story is a scenario of a Deployment that a person wrote, with one manager.
type story struct {
	*world
	*deployment
	m *manager
}

func newStory(site *siteBuilder) *story {
	c := &clock{now: created}
	d := newDeployment(c)
	m := newManager("the", c, site)
	return &story{world: newWorld(c, d, m), deployment: d, m: m}
}

// TestStories plays the stories of testdata/stories, and checks that each is told as it was.
func TestStories(t *testing.T) {
	for title, play := range stories {
		t.Run(title, func(t *testing.T) {
			s := newStory(makeSite("acme"))
			play(s)
			s.end()
			if err := s.problem(title); err != nil {
				t.Error(err)
			}
			golden(t, strings.NewReplacer(" ", "-", ",", "").Replace(title), s.script.text(title, s.m))
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

// end lets everything come to rest and checks what Jira shows.
func (s *story) end() {
	s.settle()
	s.m.up, s.m.silenced = true, false
	s.lookAgain(s.m)
	s.pass(time.Minute)
	s.m.checkTruth()
}

// then lets everything happen that happens by itself, and some time pass.
func (s *story) then(d time.Duration) {
	s.settle()
	s.pass(d)
}

func (s *story) applies(m manifest) {
	s.do("kubectl apply: "+m.String(), func() { s.apply(m) })
}

func (s *story) creates(m manifest) {
	s.do("kubectl create: "+m.String(), func() { s.create(m) })
}
