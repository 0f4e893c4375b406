// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
)

const (
	// maxWaiting is how much waits to be written, in bytes: some 8,000 lines.
	maxWaiting = 4 << 20
	// retryInterval is how long it is until the next try, after one that failed.
	retryInterval = 30 * time.Second
)

// Metrics count what is not written.
type Metrics interface {
	// AuditFailed counts a try to write that failed.
	AuditFailed()
	// AuditDropped counts a line that is lost.
	AuditDropped()
}

// Log writes entries into a file. It is safe for concurrent use. A nil Log writes nothing.
type Log struct {
	log     logr.Logger
	metrics Metrics

	mutex   sync.Mutex // of waiting and stopped
	waiting []byte     // lines that are not written yet
	stopped bool
	// wake holds one element while there is something to write.
	wake chan struct{}
	// retry is retryInterval, but in tests.
	retry time.Duration

	writing sync.Mutex // of file and failed
	file    file
	failed  bool
}

// New returns a log that is written into a file, or to the standard output, once it is started.
func New(path string, log logr.Logger, metrics Metrics) *Log {
	return &Log{
		log: log.WithName("audit").WithValues("file", path), metrics: metrics,
		file: file{path: path, stdout: os.Stdout}, wake: make(chan struct{}, 1), retry: retryInterval,
	}
}

// Add has an entry written. It does not wait for that, unless the manager ends.
func (l *Log) Add(e Entry) {
	if l == nil {
		return
	}
	e.Audit = "delivery"
	line, err := json.Marshal(e)
	l.mutex.Lock()
	if err != nil || len(l.waiting)+len(line) >= maxWaiting {
		l.metrics.AuditDropped()
	} else {
		l.waiting = append(append(l.waiting, line...), '\n')
	}
	stopped := l.stopped
	l.mutex.Unlock()
	if stopped {
		_ = l.flush()
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Start writes until the manager ends, and then what is left. It opens the file at once: a path that is wrong is said before
// the first line comes.
func (l *Log) Start(ctx context.Context) error {
	for {
		wake, retry := l.wake, (<-chan time.Time)(nil)
		if err := l.flush(); err != nil {
			wake, retry = nil, time.After(l.retry)
		}
		select {
		case <-wake:
		case <-retry:
		case <-ctx.Done():
			l.mutex.Lock()
			l.stopped = true
			l.mutex.Unlock()
			_ = l.flush()
			return nil
		}
	}
}

// flush writes what waits. What cannot be written waits on. The first failure is said, and when it is over.
func (l *Log) flush() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mutex.Lock()
	lines := l.waiting
	l.waiting = nil
	l.mutex.Unlock()
	written, err := l.file.write(lines)
	if err != nil {
		l.metrics.AuditFailed()
		l.mutex.Lock()
		l.waiting = slices.Concat(lines[written:], l.waiting)
		l.mutex.Unlock()
	}
	switch failed := err != nil; {
	case failed && !l.failed:
		l.log.Error(err, "Could not write the audit file; it is tried again, and Jira is told meanwhile")
	case !failed && l.failed:
		l.log.Info("The audit file is written again")
	}
	l.failed = err != nil
	return err
}
