// SPDX-License-Identifier: Apache-2.0

package record

import (
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// pages are where a Git host shows a commit, and what lies between two. BASE and HEAD stand for their ids.
type pages struct{ commit, compare string }

// hosts are the hosts whose pages are known: by name, and by the beginning of a name where companies run it themselves.
var hosts = []struct {
	names, prefixes []string
	pages           pages
}{
	{[]string{"github.com"}, []string{"github."}, pages{"/commit/HEAD", "/compare/BASE...HEAD"}},
	{[]string{"gitlab.com"}, []string{"gitlab."}, pages{"/-/commit/HEAD", "/-/compare/BASE...HEAD"}},
	{[]string{"bitbucket.org"}, nil, pages{"/commits/HEAD", "/branches/compare/HEAD%0DBASE"}},
	{[]string{"codeberg.org", "gitea.com"}, []string{"gitea.", "forgejo."}, pages{"/commit/HEAD", "/compare/BASE...HEAD"}},
	{[]string{"dev.azure.com"}, nil, pages{"/commit/HEAD", "/branchCompare?baseVersion=GCBASE&targetVersion=GCHEAD"}},
}

// comparePage returns the page of the commits that a release ships; nothing where they, or the host's pages, are not known.
func comparePage(source *v1alpha1.Source) string {
	if !source.Resolved() || !isCommitID(source.Revision) {
		return ""
	}
	repository, err := url.Parse(source.Repository)
	if err != nil {
		return ""
	}
	for _, host := range hosts {
		begins := func(prefix string) bool { return strings.HasPrefix(repository.Host, prefix) }
		if !slices.Contains(host.names, repository.Host) && !slices.ContainsFunc(host.prefixes, begins) {
			continue
		}
		page := host.pages.commit
		if (source.Range == v1alpha1.RangeAhead || source.Range == v1alpha1.RangeDiverged) && isCommitID(source.Base) {
			page = host.pages.compare
		}
		link := source.Repository + strings.NewReplacer("BASE", source.Base, "HEAD", source.Revision).Replace(page)
		if CheckURL(link) == nil {
			return link
		}
	}
	return ""
}

// isCommitID says whether a text is a whole commit id.
func isCommitID(text string) bool {
	return len(text) == 40 && strings.Trim(text, "0123456789abcdef") == ""
}
