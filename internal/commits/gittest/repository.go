// SPDX-License-Identifier: Apache-2.0

package gittest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Repository is a bare repository of a Server.
type Repository struct {
	// URL is where it is served.
	URL string

	dir, home string
}

// Create makes an empty repository, such as "acme/shop.git".
func (s *Server) Create(name string) (*Repository, error) {
	r := &Repository{URL: s.URL + "/" + name, dir: filepath.Join(s.root, filepath.FromSlash(name)), home: s.root}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return nil, err
	}
	_, err := r.Git("init", "--quiet", "--bare", "--initial-branch=main")
	return r, err
}

// Git runs git in the repository, and returns what it says without the last line feed.
func (r *Repository) Git(args ...string) (string, error) { return r.git(nil, args...) }

func (r *Repository) git(stdin []byte, args ...string) (string, error) {
	command := exec.CommandContext(context.Background(), "git", args...)
	command.Dir, command.Env, command.Stdin = r.dir, environment(r.home), bytes.NewReader(stdin)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, complaint.String())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// Commit is a commit to make.
type Commit struct {
	Message string
	// Parents are its parents by their place in the list; First are ids of commits that are there already, before them.
	Parents []int
	First   []string
	// At is its time; the zero time means one second after the commit before it in the list.
	At time.Time
	// Files are all files that it has.
	Files map[string]string
}

// Epoch is the time of the first commit where none is given.
var Epoch = time.Date(2024, 1, 15, 9, 0, 0, 0, time.UTC)

// Import makes commits all at once, and returns their ids. No branch points to them.
func (r *Repository) Import(commits ...Commit) ([]string, error) {
	var in bytes.Buffer
	at := Epoch
	for i, c := range commits {
		if at = at.Add(time.Second); !c.At.IsZero() {
			at = c.At
		}
		writeCommit(&in, i+1, c, at)
	}
	in.WriteString("reset refs/import\n\ndone\n")
	marks := filepath.Join(r.home, "marks")
	if _, err := r.git(in.Bytes(), "fast-import", "--quiet", "--force", "--done", "--export-marks="+marks); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(marks)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(commits))
	for line := range strings.Lines(string(text)) {
		mark, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.Atoi(strings.TrimPrefix(mark, ":"))
		if err != nil || n < 1 || n > len(ids) {
			return nil, fmt.Errorf("read marks: %q", line)
		}
		ids[n-1] = id
	}
	return ids, nil
}

func writeCommit(in *bytes.Buffer, mark int, c Commit, at time.Time) {
	person := fmt.Sprintf("A. U. Thor <author@acme.example> %d +0000", at.Unix())
	fmt.Fprintf(in, "reset refs/import\ncommit refs/import\nmark :%d\nauthor %s\ncommitter %s\ndata %d\n%s\n", mark, person, person, len(c.Message), c.Message)
	word := "from"
	for _, id := range c.First {
		fmt.Fprintf(in, "%s %s\n", word, id)
		word = "merge"
	}
	for _, parent := range c.Parents {
		fmt.Fprintf(in, "%s :%d\n", word, parent+1)
		word = "merge"
	}
	in.WriteString("deleteall\n")
	names := make([]string, 0, len(c.Files))
	for name := range c.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(in, "M 100644 inline %s\ndata %d\n%s\n", name, len(c.Files[name]), c.Files[name])
	}
	in.WriteString("\n")
}

// SetBranch lets a branch point to a commit.
func (r *Repository) SetBranch(name, id string) error {
	_, err := r.Git("update-ref", "refs/heads/"+name, id)
	return err
}

// Tag makes a tag, annotated where there is a message.
func (r *Repository) Tag(name, id, message string) error {
	args := []string{"tag", name, id}
	if message != "" {
		args = []string{"tag", "--annotate", "--message", message, name, id}
	}
	_, err := r.Git(args...)
	return err
}
