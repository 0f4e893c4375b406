// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxURL bounds the URL of a repository, in bytes.
const maxURL = 2048

// repository is the URL of a repository in one spelling: https://github.com/acme/shop.
type repository struct {
	scheme string // https, or http on a loopback address
	host   string // lower case, with a port where it is not the default one
	path   string // begins with a slash, escaped, without .git at its end
	dotGit bool   // it was written with .git at its end
}

func (r repository) String() string { return r.scheme + "://" + r.host + r.path }

// Canonical returns the one spelling of a repository's URL, with https for what is written for SSH:
//
//	https://GitHub.com:443/acme/shop.git/    https://github.com/acme/shop
//	git@github.com:acme/shop.git             https://github.com/acme/shop
//	ssh://git@git.acme.example:7999/p/shop   https://git.acme.example/p/shop
//
// It refuses what two readers could read as two places: a user in an https URL, "..", an escaped slash, a query.
func Canonical(raw string) (string, error) {
	r, err := parseRepository(raw)
	if err != nil {
		return "", err
	}
	return r.String(), nil
}

// Allowed returns the longest of the prefixes that hold a repository, and whether there is one. A prefix is the URL of a
// host, of a folder or of a repository. It holds what has the same scheme, host and port, and whose path begins with all
// of its path's segments:
//
//	https://github.com/acme    holds https://github.com/acme/shop, git@github.com:acme/shop.git
//	                           not   https://github.com/acme-evil/shop, https://github.com:8443/acme/shop
//
// Paths are compared with their case, as most servers do.
func Allowed(raw string, prefixes []string) (string, bool) {
	r, err := parseRepository(raw)
	if err != nil {
		return "", false
	}
	best, bestPath, found := "", "", false
	for _, prefix := range prefixes {
		p, err := parsePrefix(prefix)
		if err == nil && p.holds(r) && (!found || len(p.path) > len(bestPath)) {
			best, bestPath, found = prefix, p.path, true
		}
	}
	return best, found
}

// Covered says whether all that a prefix holds is held by one of others: https://github.com/acme is covered by
// https://github.com, and https://github.com by no folder of it.
func Covered(prefix string, others []string) bool {
	p, err := parsePrefix(prefix)
	return err == nil && slices.ContainsFunc(others, func(other string) bool {
		o, err := parsePrefix(other)
		return err == nil && o.holds(p)
	})
}

func (r repository) holds(other repository) bool {
	return r.scheme == other.scheme && r.host == other.host &&
		(other.path == r.path || strings.HasPrefix(other.path, r.path+"/"))
}

// CheckPrefix says what is wrong with a prefix for Allowed.
func CheckPrefix(prefix string) error {
	_, err := parsePrefix(prefix)
	return err
}

func parsePrefix(raw string) (repository, error) {
	if !strings.HasPrefix(raw, "https://") && !strings.HasPrefix(raw, "http://") {
		return repository{}, fail(ErrInvalid, "a prefix must begin with https:// and a host")
	}
	return parseURL(raw, true)
}

// scpLike is the short form of an SSH URL: git@github.com:acme/shop.git.
var scpLike = regexp.MustCompile(`^[A-Za-z0-9._-]+@([A-Za-z0-9.-]+):/?([^/].*)$`)

func parseRepository(raw string) (repository, error) {
	if m := scpLike.FindStringSubmatch(raw); m != nil && !strings.Contains(raw, "://") {
		raw = "https://" + m[1] + "/" + m[2]
	}
	return parseURL(raw, false)
}

func parseURL(raw string, pathOptional bool) (repository, error) {
	// Neither message repeats the URL: somebody may have written a password into it.
	if len(raw) > maxURL || !utf8.ValidString(raw) || strings.ContainsAny(raw, "\\?#") || strings.ContainsFunc(raw, notPrintable) {
		return repository{}, fail(ErrInvalid, "the repository's URL is too long, or has a query, a fragment, a space or a backslash in it")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return repository{}, fail(ErrInvalid, "the repository's URL cannot be read")
	}
	scheme, host, err := placeOf(u)
	if err != nil {
		return repository{}, err
	}
	path, dotGit, err := cleanPath(u.EscapedPath())
	if err != nil {
		return repository{}, err
	}
	if path == "" && !pathOptional {
		return repository{}, fail(ErrInvalid, "the repository's URL has no path")
	}
	return repository{scheme: scheme, host: host, path: path, dotGit: dotGit}, nil
}

func notPrintable(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// placeOf returns where a URL leads: its scheme, and its host with the port.
func placeOf(u *url.URL) (scheme, host string, err error) {
	name := strings.ToLower(u.Hostname())
	if err := checkHost(u.Host, name); err != nil {
		return "", "", err
	}
	_, password := u.User.Password()
	switch u.Scheme {
	case "https", "git+https":
		if u.User != nil {
			return "", "", fail(ErrInvalid, "the repository's URL has a user or a password in it: take it out, and name a credential instead")
		}
		host, err = withPort(name, u.Port(), "443")
		return "https", host, err
	case "http":
		if u.User != nil || !isLoopback(name) {
			return "", "", fail(ErrInvalid, "the repository's URL must be https")
		}
		host, err = withPort(name, u.Port(), "80")
		return "http", host, err
	case "ssh", "git+ssh", "git":
		if password {
			return "", "", fail(ErrInvalid, "the repository's URL has a password in it: take it out, and name a credential instead")
		}
		// The port is that of another protocol.
		host, err = withPort(name, "", "")
		return "https", host, err
	}
	return "", "", fail(ErrInvalid, "the repository's URL must be https, or one for SSH")
}

// hostName is a DNS name in ASCII, without a dot at its end: with one it is another name to TLS and to a list.
var hostName = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)

func checkHost(host, name string) error {
	if _, err := netip.ParseAddr(name); err == nil && !strings.Contains(name, "%") && !strings.HasSuffix(host, ":") {
		return nil
	}
	if !hostName.MatchString(name) || strings.HasSuffix(host, ":") {
		return fail(ErrInvalid, "the repository's URL has no host that can be asked")
	}
	return nil
}

func withPort(name, port, standard string) (string, error) {
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port == "" {
		return name, nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return "", fail(ErrInvalid, "the repository's URL has a port that does not exist")
	}
	if port = strconv.FormatUint(number, 10); port == standard {
		return name, nil
	}
	return name + ":" + port, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// cleanPath returns a path in one spelling, and whether .git stood at its end.
func cleanPath(escaped string) (path string, dotGit bool, err error) {
	escaped = strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/")
	if escaped == "" {
		return "", false, nil
	}
	var clean strings.Builder
	for _, segment := range strings.Split(escaped, "/") {
		text, err := url.PathUnescape(segment)
		if err != nil || text == "" || text == "." || text == ".." || text == ".git" ||
			strings.ContainsAny(text, `/\%`) || strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
			return "", false, fail(ErrInvalid, "the path of the repository's URL has an empty segment, a dot segment or an escaped slash")
		}
		clean.WriteString("/" + url.PathEscape(text))
	}
	path, dotGit = strings.CutSuffix(clean.String(), ".git")
	return path, dotGit, nil
}
