// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
)

// desk is an audit log that is written, with what it says of itself.
type desk struct {
	*Log
	t               *testing.T
	path            string
	failed, dropped atomic.Int64
	mutex           sync.Mutex
	said            []string
	end             func()
}

func (d *desk) AuditFailed()  { d.failed.Add(1) }
func (d *desk) AuditDropped() { d.dropped.Add(1) }

// newDesk returns one that is not started.
func newDesk(t *testing.T, path string) *desk {
	t.Helper()
	d := &desk{t: t, path: path}
	d.Log = New(path, d.logger(), d)
	d.retry = 20 * time.Millisecond
	return d
}

func (d *desk) logger() logr.Logger {
	return funcr.New(func(_, args string) {
		d.mutex.Lock()
		defer d.mutex.Unlock()
		d.said = append(d.said, args)
	}, funcr.Options{})
}

// start lets it write until the test ends, or stop is called.
func (d *desk) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := d.Start(ctx); err != nil {
			d.t.Errorf("Start() error = %v", err)
		}
	})
	d.end = sync.OnceFunc(func() { cancel(); running.Wait() })
	d.t.Cleanup(d.end)
}

func (d *desk) add(names ...string) {
	for _, name := range names {
		d.Add(Entry{Name: name})
	}
}

// names returns the records of the lines of a file. Every line has to be JSON.
func names(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var all []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("a line is no JSON: %v", err)
		}
		all = append(all, e.Name)
	}
	return all
}

// await waits until a file has the lines of these records.
func await(t *testing.T, path string, want ...string) {
	t.Helper()
	var got []string
	for range 500 {
		if got = names(t, path); cmp.Equal(want, got) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s has the lines %v, want %v", filepath.Base(path), got, want)
}

func TestALineIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	d := newDesk(t, path)
	d.start()
	at := time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)
	d.Add(Entry{
		Time: at, SentTime: at.Add(-time.Second), Cluster: "eu-1", Site: "acme", Host: "acme.atlassian.net", CloudID: "c-1",
		Kind: "JiraDeployment", Namespace: "shop", Name: "web-1", UID: "u-1", Pipeline: "eu-1/shop/Deployment/web",
		Environment: "prod", EnvironmentType: "production", State: "successful", IssueKeys: []string{"SHOP-1"},
		UpdateSequenceNumber: 1772355600000001, Reason: "Accepted", Message: "Jira took the record.",
	})
	await(t, path, "web-1")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"time":"2026-03-01T12:00:00.25Z","sentTime":"2026-03-01T11:59:59.25Z","audit":"delivery","cluster":"eu-1","site":"acme",` +
		`"host":"acme.atlassian.net","cloudID":"c-1","kind":"JiraDeployment","namespace":"shop","name":"web-1","uid":"u-1",` +
		`"pipeline":"eu-1/shop/Deployment/web","environment":"prod","environmentType":"production","state":"successful","issueKeys":["SHOP-1"],` +
		`"updateSequenceNumber":1772355600000001,"reason":"Accepted","message":"Jira took the record."}` + "\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %v, error %v; want that nobody else reads it", info.Mode(), err)
	}
}

func TestAFileThatIsTakenAwayIsMadeAnew(t *testing.T) {
	for name, take := range map[string]func(path string) error{
		"renamed, as logrotate does": func(path string) error { return os.Rename(path, path+".1") },
		"removed":                    os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			d := newDesk(t, path)
			d.start()
			d.add("one")
			await(t, path, "one")
			if err := take(path); err != nil {
				t.Fatal(err)
			}
			d.add("two", "three")
			await(t, path, "two", "three")
			if old := names(t, path+".1"); old != nil && !cmp.Equal([]string{"one"}, old) {
				t.Errorf("the file that was taken away has %v, want what was in it", old)
			}
			if n := d.failed.Load() + d.dropped.Load(); n > 0 {
				t.Errorf("%d failures are counted", n)
			}
		})
	}
}

func TestAFileThatIsThereIsAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for _, name := range []string{"of the leader before", "of this one"} {
		d := newDesk(t, path)
		d.start()
		d.add(name)
		d.end()
	}
	await(t, path, "of the leader before", "of this one")
}

// What cannot be written waits, nobody waits for it, and it is said once.
func TestAFolderThatIsNotThereHoldsUpNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "mounted-later")
	path := filepath.Join(folder, "audit.jsonl")
	d := newDesk(t, path)
	d.start()
	d.add("one", "two")
	for d.failed.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	d.add("three")
	await(t, path, "one", "two", "three")
	d.end()
	if len(d.said) != 2 || !strings.Contains(d.said[0], "Could not write the audit file") || !strings.Contains(d.said[1], "written again") {
		t.Errorf("the log says %q, want that it could not be written, and that it is", d.said)
	}
}

// /dev/full is a disk that is full.
func TestADiskThatIsFullLosesTheLastLinesAndCountsThem(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	d := newDesk(t, "/dev/full")
	d.start()
	const lines, size = 100, 100 << 10
	for i := range lines {
		d.Add(Entry{Name: fmt.Sprint(i), Message: strings.Repeat("x", size)})
	}
	d.end()
	kept := len(d.waiting) / size
	if dropped := int(d.dropped.Load()); dropped == 0 || dropped+kept < lines || kept < maxWaiting/size/2 || len(d.waiting) > 2*maxWaiting {
		t.Errorf("of %d lines %d are lost and %d wait in %d bytes, want as many to wait as there is room for", lines, dropped, kept, len(d.waiting))
	}
	if len(d.said) != 1 || d.failed.Load() == 0 {
		t.Errorf("of %d failures the log says %d lines, want one", d.failed.Load(), len(d.said))
	}
}

// A pipe that nobody reads is a disk that does not answer.
func TestADiskThatDoesNotAnswerHoldsUpNothing(t *testing.T) {
	reads, writes, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, Stdout)
	d.file.stdout = writes
	d.start()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 50 {
			d.Add(Entry{Name: fmt.Sprint(i), Message: strings.Repeat("x", 200<<10)})
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("a pipe that nobody reads holds up who adds lines")
	}
	go func() { _, _ = io.Copy(io.Discard, reads) }()
	d.end()
	if d.dropped.Load() == 0 {
		t.Error("of 10 MB no line is lost: they wait in memory")
	}
	_, _ = reads.Close(), writes.Close()
}

// What comes while the manager ends is written at once: nobody is there any more who would do it later.
func TestWhatComesWhileTheManagerEndsIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	d := newDesk(t, path)
	d.start()
	d.end()
	d.add("last")
	if diff := cmp.Diff([]string{"last"}, names(t, path)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestALogThatIsNotWantedTakesEverything(*testing.T) {
	var none *Log
	none.Add(Entry{Name: "web-1"})
}

// A write that fails half-way leaves half a line. It is written once more, on a line of its own.
func TestHalfALineIsWrittenOnceMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	f := file{path: path}
	if err := os.WriteFile(path, []byte(`{"name":"web`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.ensure(); err != nil {
		t.Fatal(err)
	}
	f.torn = true
	if n, err := f.write([]byte("whole\n")); n != len("whole\n") || err != nil || f.torn {
		t.Fatalf("write() = %d, %v", n, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "{\"name\":\"web\nwhole\n" {
		t.Errorf("the file is %q, error %v", text, err)
	}
}
