// SPDX-License-Identifier: Apache-2.0

package image

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxRepository bounds the URL of a repository, in bytes.
const maxRepository = 512

var (
	// scpForm is Git's short form for ssh: git@github.com:acme/checkout.git.
	scpForm = regexp.MustCompile(`^[A-Za-z0-9._-]+@([A-Za-z0-9.-]+):/?([^/:][^:]*)$`)
	// bareForm is a URL whose scheme was left out: github.com/acme/checkout.
	bareForm = regexp.MustCompile(`^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?/`)
	hostName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$`)
	segment  = regexp.MustCompile(`^[A-Za-z0-9._~+ -]+$`)
)

// schemes says under which scheme a repository is read that is given under another. Hosts serve the same repositories by ssh
// and by https, under one path; a port of ssh says nothing about https. Other schemes are no repository.
var schemes = map[string]string{
	"https": "https", "git+https": "https", "ssh": "https", "git+ssh": "https", "git": "https",
	"http": "http", "git+http": "http",
}

// parseRepository reads a text that is meant as a repository's URL. It returns the URL without user, query and fragment, and
// what the fragment names: https://github.com/acme/checkout.git#main:services gives https://github.com/acme/checkout.git and
// main. It returns nothing for what is no such URL, and for paths that are not plain: "..", empty parts, escaped slashes.
//
// A password in the URL is dropped: CI systems write https://x-access-token:<token>@github.com/... into labels.
func parseRepository(text string) (repository, fragment string) {
	text = strings.TrimSpace(text)
	if len(text) > maxRepository {
		return "", ""
	}
	if bareForm.MatchString(text) {
		text = "https://" + text
	} else if found := scpForm.FindStringSubmatch(text); found != nil {
		text = "ssh://" + found[1] + "/" + found[2]
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", ""
	}
	scheme, ok := schemes[u.Scheme]
	path, plain := plainPath(u)
	name := strings.ToLower(u.Hostname())
	if !ok || !plain || !hostName.MatchString(name) || strings.Contains(name, "..") {
		return "", ""
	}
	if port := u.Port(); port != "" && strings.HasSuffix(u.Scheme, scheme) && port != defaultPorts[scheme] {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", ""
		}
		name += ":" + port
	}
	fragment, _, _ = strings.Cut(u.Fragment, ":")
	return scheme + "://" + name + path, fragment
}

var defaultPorts = map[string]string{"https": "443", "http": "80"}

// plainPath returns the path, escaped, without a slash at its end, and whether it consists of ordinary names.
func plainPath(u *url.URL) (string, bool) {
	escaped := strings.TrimRight(u.EscapedPath(), "/")
	for i, part := range strings.Split(escaped, "/") {
		if i == 0 && part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil || !segment.MatchString(plain) || plain == "." || plain == ".." {
			return "", false
		}
	}
	return escaped, escaped != ""
}
