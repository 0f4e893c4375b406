// SPDX-License-Identifier: Apache-2.0

package options

import (
	"strings"
	"testing"
)

const proxyPassword = "hunter2"

func TestAProxyThatIsNoneEndsTheStart(t *testing.T) {
	for name, tt := range map[string]struct {
		proxy string
		valid bool
	}{
		"none":                        {"", true},
		"http":                        {"http://proxy.example:3128", true},
		"https":                       {"https://proxy.example", true},
		"with a user":                 {"http://me:" + proxyPassword + "@proxy.example:3128", true},
		"without a scheme":            {"proxy.example:3128", true},
		"without a scheme, by name":   {"proxy.example", true},
		"an address":                  {"http://[fd00::1]:3128", true},
		"SOCKS":                       {"socks5://proxy.example:1080", true},
		"SOCKS that resolves":         {"socks5h://proxy.example:1080", true},
		"two colons":                  {"::bad:" + proxyPassword, false},
		"a scheme that nobody speaks": {"ftp://me:" + proxyPassword + "@proxy.example:21", false},
		"a port that is none":         {"http://me:" + proxyPassword + "@proxy.example:port", false},
		"no port after a colon":       {"http://me:" + proxyPassword + "@proxy.example:", false},
		"no host":                     {"http://me:" + proxyPassword + "@", false},
		"a scheme alone":              {"http://", false},
		"a space":                     {"http://me:" + proxyPassword + "@proxy example:3128", false},
		"a bad escape in the user":    {"http://%zz:" + proxyPassword + "@proxy.example:3128", false},
	} {
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			t.Run(name+" in "+variable, func(t *testing.T) {
				for _, all := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
					t.Setenv(all, "")
				}
				t.Setenv("NO_PROXY", "*")
				t.Setenv(variable, tt.proxy)
				_, err := parse("--namespace=rollcall-system")
				switch {
				case tt.valid && err != nil:
					t.Errorf("Parse() error = %v", err)
				case !tt.valid && (err == nil || !strings.Contains(err.Error(), strings.ToUpper(variable)+" names no proxy")):
					t.Errorf("Parse() error = %v, want one that names %s", err, strings.ToUpper(variable))
				case err != nil && strings.Contains(err.Error(), proxyPassword):
					t.Errorf("Parse() error = %v, and has the password", err)
				}
			})
		}
	}
}
