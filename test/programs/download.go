// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/test/gobuild"
)

// downloader fills the folder of a plan with released programs.
type downloader struct {
	*plan
	*fetcher
	report *gobuild.Reporter
	pins   map[string]string // URL -> checksum
}

// download gets what is released, and returns the plan that is to be completed by building: the one of the folder with
// downloads, or where there are none, the plan itself.
func (p *plan) download(ctx context.Context, how mode, report *gobuild.Reporter) (*plan, error) {
	sources := p.sourcesHere()
	if how == modeBuild || sources == nil {
		return p, nil
	}
	d, err := newDownloader(p.downloaded(), report, short)
	if err != nil {
		return nil, err
	}
	failed := d.all(ctx, sources)
	switch missing := d.missing(); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case len(missing) == 0:
		return d.plan, nil
	case how == modeDownload:
		return nil, fmt.Errorf("download %s (%s=auto builds what cannot be downloaded): %w", names(missing), modeVariable, failed)
	case len(missing) == len(d.binaries):
		return p, os.RemoveAll(d.target)
	default:
		return d.plan, nil
	}
}

func newDownloader(p *plan, report *gobuild.Reporter, wait patience) (*downloader, error) {
	fetcher, err := newFetcher(wait)
	if err != nil {
		return nil, err
	}
	pins, err := p.pinned()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.target, 0o755); err != nil {
		return nil, fmt.Errorf("create folder of programs: %w", err)
	}
	return &downloader{plan: p, fetcher: fetcher, report: report, pins: pins}, nil
}

// all tries the sources of what is missing, says what becomes of each, and returns why programs are still missing. Where the
// first server cannot be reached, there is no network, and the others are not tried.
func (d *downloader) all(ctx context.Context, sources []source) error {
	failed := errors.New("these were tried")
	for _, s := range sources {
		if !slices.ContainsFunc(d.missing(), func(b binary) bool { return slices.Contains(s.programs, b.name) }) {
			continue
		}
		trust, err := d.one(ctx, s)
		if err == nil {
			d.report.Line("downloaded %s from %s, checksum %s", strings.Join(s.programs, " and "), hostOf(s.url), trust)
			continue
		}
		err = fmt.Errorf("%s: %w", s.url, err)
		failed = errors.Join(failed, err)
		if !errors.Is(err, errNotPublished) {
			d.report.Line("not downloaded: %v", err)
		}
		if errors.As(err, new(unreachableError)) && len(d.missing()) == len(d.binaries) {
			break
		}
	}
	return failed
}

// one downloads a file, compares its checksum, and puts its programs in their place. It says where the checksum is from.
func (d *downloader) one(ctx context.Context, s source) (trust string, err error) {
	want, trust, err := d.checksum(ctx, s)
	if err != nil {
		return "", err
	}
	check, err := newVerifier(s.url, want)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(d.target, ".download-*")
	if err != nil {
		return "", fmt.Errorf("create file: %w", err)
	}
	defer os.Remove(file.Name()) // where it was renamed, there is nothing to remove
	defer file.Close()
	stop := d.report.Follow(func() string { return "downloading " + path.Base(s.url) + ": " + d.progress() })
	err = d.get(ctx, s.url, io.MultiWriter(file, check))
	stop()
	if err == nil {
		err = check.verify()
	}
	if err != nil {
		return "", err
	}
	if s.archive {
		return trust, d.unpack(file, s.programs)
	}
	return trust, d.keep(file, s.programs[0])
}

// checksum is the one that is pinned, else the one that is published.
func (d *downloader) checksum(ctx context.Context, s source) (want, trust string, err error) {
	if pin := d.pins[s.url]; pin != "" {
		return pin, "pinned in hack/" + checksumsFile, nil
	}
	if s.checksums == "" {
		return "", "", fmt.Errorf("no checksum is published, and none is pinned in hack/%s", checksumsFile)
	}
	var content bytes.Buffer
	if err := d.get(ctx, s.checksums, &content); err != nil {
		return "", "", fmt.Errorf("get checksum: %w", err)
	}
	want, err = s.read(content.Bytes(), path.Base(s.url))
	return want, "as published in " + path.Base(s.checksums), err
}

// keep makes a file the program of a name: complete, or not at all.
func (d *downloader) keep(file *os.File, name string) error {
	if err := errors.Join(file.Chmod(0o755), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(file.Name(), filepath.Join(d.target, name))
}

// progress is how much of the present file is there.
func (d *downloader) progress() string {
	const mega = 1 << 20
	if size := d.size.Load(); size > 0 {
		return fmt.Sprintf("%d of %d MiB", d.read.Load()/mega, size/mega)
	}
	return fmt.Sprintf("%d MiB", d.read.Load()/mega)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}
