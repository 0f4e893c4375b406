// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/commits"
)

func TestARepositoryHasOneSpelling(t *testing.T) {
	for raw, want := range map[string]string{
		"https://github.com/acme/shop":               "https://github.com/acme/shop",
		"https://GitHub.com:443/acme/shop.git/":      "https://github.com/acme/shop",
		"HTTPS://github.com:0443/acme/shop.git":      "https://github.com/acme/shop",
		"git@github.com:acme/shop.git":               "https://github.com/acme/shop",
		"git@github.com:/acme/shop.git":              "https://github.com/acme/shop",
		"ssh://git@git.acme.example:7999/p/shop.git": "https://git.acme.example/p/shop",
		"git://github.com/acme/shop":                 "https://github.com/acme/shop",
		"git+https://github.com/acme/shop.git":       "https://github.com/acme/shop",
		"git+ssh://git@github.com/acme/shop.git":     "https://github.com/acme/shop",
		"https://git.acme.example:8443/shop":         "https://git.acme.example:8443/shop",
		"https://[2001:DB8::1]:443/shop":             "https://[2001:db8::1]/shop",
		"http://127.0.0.1:8080/acme/shop.git":        "http://127.0.0.1:8080/acme/shop",
		"http://localhost/acme/shop":                 "http://localhost/acme/shop",
		"https://dev.azure.com/acme/a%20b/_git/shop": "https://dev.azure.com/acme/a%20b/_git/shop",
		"https://git.sr.ht/%7Eacme/shop":             "https://git.sr.ht/~acme/shop",
		"https://github.com/Acme/Shop":               "https://github.com/Acme/Shop",
	} {
		got, err := commits.Canonical(raw)
		if err != nil || got != want {
			t.Errorf("Canonical(%q) = %q, %v, want %q", raw, got, err, want)
		}
	}
}

// attacks are URLs that look as if they were below https://github.com/acme, or lead somewhere else.
var attacks = map[string]string{
	"a user":                             "https://acme@github.com/acme/shop",
	"a password":                         "https://x:s3cr3t-t0ken@github.com/acme/shop",
	"a host as a user":                   "https://github.com@evil.example/acme/shop",
	"a host as a user with a password":   "https://github.com:s3cr3t-t0ken@evil.example/acme/shop",
	"an empty user":                      "https://@github.com/acme/shop",
	"a password for SSH":                 "ssh://git:s3cr3t-t0ken@github.com/acme/shop",
	"two users in a short form":          "git@evil.example@github.com:acme/shop",
	"a name that ends alike":             "https://evilgithub.com/acme/shop",
	"a name that begins alike":           "https://github.com.evil.example/acme/shop",
	"a dot at the end of the name":       "https://github.com./acme/shop",
	"another port":                       "https://github.com:8443/acme/shop",
	"port zero":                          "https://github.com:0/acme/shop",
	"a port that wraps around":           "https://github.com:65979/acme/shop",
	"no port behind a colon":             "https://github.com:/acme/shop",
	"a folder that begins alike":         "https://github.com/acme-evil/shop",
	"another folder":                     "https://github.com/evil/acme",
	"the folder of another case":         "https://github.com/ACME/shop",
	"up and down":                        "https://github.com/acme/../evil/shop",
	"up and down, escaped":               "https://github.com/acme/%2e%2e/evil/shop",
	"up and down, half escaped":          "https://github.com/acme/.%2E/evil/shop",
	"up and down, escaped twice":         "https://github.com/acme/%252e%252e/evil/shop",
	"up behind an escaped slash":         "https://github.com/acme/..%2fevil/shop",
	"an escaped slash":                   "https://github.com/acme%2fevil/shop",
	"a backslash":                        `https://github.com\@evil.example/acme/shop`,
	"an escaped backslash":               "https://github.com/acme/..%5cevil",
	"a dot segment":                      "https://github.com/acme/./shop",
	"two slashes":                        "https://github.com//acme/shop",
	"two slashes inside":                 "https://github.com/acme//shop",
	"a query":                            "https://github.com/acme/shop?x=/../evil",
	"an empty query":                     "https://github.com/acme/shop?",
	"a fragment":                         "https://evil.example/#github.com/acme/shop",
	"an empty fragment":                  "https://github.com/acme/shop#",
	"a line feed":                        "https://github.com/acme/shop\nHost: evil.example",
	"an escaped line feed":               "https://github.com/acme/shop%0d%0aHost:evil.example",
	"a zero":                             "https://github.com/acme/shop%00.git",
	"a space":                            "https://github.com /acme/shop",
	"a letter that looks alike":          "https://gıthub.com/acme/shop",
	"a letter that normalises":           "https://ⓖithub.com/acme/shop",
	"an invisible letter":                "https://git\u200bhub.com/acme/shop",
	"an escaped host":                    "https://github%2ecom/acme/shop",
	"plain http":                         "http://github.com/acme/shop",
	"plain http to a name of loopback":   "http://localhost.evil.example/acme/shop",
	"a file":                             "file:///etc/passwd",
	"a helper of git":                    "ext::sh -c id",
	"a helper of git with a URL":         "fd::17/https://github.com/acme/shop",
	"FTP":                                "ftp://github.com/acme/shop",
	"no scheme":                          "github.com/acme/shop",
	"no scheme but slashes":              "//github.com/acme/shop",
	"an opaque URL":                      "https:github.com/acme/shop",
	"no host":                            "https:///acme/shop",
	"no path":                            "https://github.com/",
	"nothing but .git":                   "https://github.com/.git",
	"the folder of git":                  "https://github.com/acme/shop/.git",
	"an option as a host":                "git@-oProxyCommand=id:acme/shop",
	"an address of a zone":               "https://[fe80::1%25eth0]/acme/shop",
	"bytes that are no UTF-8":            "https://github.com/acme/\xff",
	"escaped bytes that are no UTF-8":    "https://github.com/acme/%ff",
	"longer than any":                    "https://github.com/acme/" + strings.Repeat("a", 3000),
	"nothing":                            "",
	"a short form with another's folder": "git@github.com:acme/../evil/shop",
}

func TestWhatIsNotListedIsNotAllowed(t *testing.T) {
	for name, raw := range attacks {
		if prefix, ok := commits.Allowed(raw, []string{"https://github.com/acme"}); ok {
			t.Errorf("%s is allowed by %s: %q", name, prefix, raw)
		}
	}
}

func TestWhatIsListedIsAllowedByTheLongestPrefix(t *testing.T) {
	prefixes := []string{
		"https://github.com", "https://github.com/acme/", "https://GITHUB.com/acme/shop.git",
		"https://git.acme.example:8443/team", "not a URL", "https://user@elsewhere.example", "git@elsewhere.example:acme",
	}
	for raw, want := range map[string]string{
		"https://github.com/acme/shop":            "https://GITHUB.com/acme/shop.git",
		"git@github.com:acme/shop.git":            "https://GITHUB.com/acme/shop.git",
		"https://github.com/acme/shop/wiki":       "https://GITHUB.com/acme/shop.git",
		"https://github.com/acme/shopping":        "https://github.com/acme/",
		"https://github.com/acme":                 "https://github.com/acme/",
		"https://github.com/acme-evil/shop":       "https://github.com",
		"https://git.acme.example:8443/team/shop": "https://git.acme.example:8443/team",
		"https://git.acme.example/team/shop":      "",
		"ssh://git@git.acme.example:8443/team/a":  "",
		"https://elsewhere.example/acme":          "",
	} {
		got, ok := commits.Allowed(raw, prefixes)
		if got != want || ok != (want != "") {
			t.Errorf("Allowed(%q) = %q, %t, want %q", raw, got, ok, want)
		}
	}
}

func TestAPrefixIsChecked(t *testing.T) {
	for prefix, good := range map[string]bool{
		"https://github.com": true, "https://github.com/": true, "https://github.com/acme/": true, "http://127.0.0.1:80/x": true,
		"git@github.com:acme": false, "ssh://github.com/acme": false, "http://github.com": false, "https://a@github.com": false,
		"https://github.com/../acme": false, "https://*.github.com": false, "https://": false, "": false,
	} {
		if err := commits.CheckPrefix(prefix); (err == nil) != good {
			t.Errorf("CheckPrefix(%q) = %v, want good %t", prefix, err, good)
		}
	}
}

func TestAWrongURLIsNotRepeated(t *testing.T) {
	client := newClient(t, commits.Config{Transport: noTransport{t}})
	for name, raw := range attacks {
		_, err := commits.Canonical(raw)
		if err == nil {
			continue // it is a repository, but not one of acme
		}
		_, asked := client.Between(t.Context(), commits.Range{Repository: raw, Head: strings.Repeat("a", 40)})
		for _, err := range []error{err, asked} {
			if !errors.Is(err, commits.ErrInvalid) || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "evil") {
				t.Errorf("%s: got %v, want an error of ErrInvalid without the URL", name, err)
			}
		}
	}
}

func TestCovered(t *testing.T) {
	for name, tt := range map[string]struct {
		prefix string
		others []string
		want   bool
	}{
		"itself":                    {"https://github.com/acme", []string{"https://github.com/acme"}, true},
		"another spelling":          {"https://GitHub.com:443/acme/", []string{"https://github.com/acme"}, true},
		"a folder by its host":      {"https://github.com/acme", []string{"https://github.com"}, true},
		"a host by itself":          {"https://github.com", []string{"https://github.com/"}, true},
		"one of several":            {"https://github.com/acme", []string{"https://gitlab.com", "https://github.com"}, true},
		"a host by no folder of it": {"https://github.com", []string{"https://github.com/acme"}, false},
		"a folder by no repository": {"https://github.com/acme", []string{"https://github.com/acme/shop"}, false},
		"a name that begins alike":  {"https://github.com/acme-evil", []string{"https://github.com/acme"}, false},
		"a host that ends alike":    {"https://github.com.evil.example", []string{"https://github.com"}, false},
		"another port":              {"https://github.com:8443/acme", []string{"https://github.com"}, false},
		"by nothing":                {"https://github.com/acme", nil, false},
		"what is no prefix":         {"git@github.com:acme/shop.git", []string{"https://github.com"}, false},
		"by what is no prefix":      {"https://github.com/acme", []string{"github.com"}, false},
		"a way up":                  {"https://github.com/acme/../evil", []string{"https://github.com/acme"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := commits.Covered(tt.prefix, tt.others); got != tt.want {
				t.Errorf("Covered(%q, %q) = %t, want %t", tt.prefix, tt.others, got, tt.want)
			}
		})
	}
}
