// SPDX-License-Identifier: Apache-2.0

package options

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxySchemes are those of proxies that net/http speaks to.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// checkProxies returns what is wrong with the proxies that the environment names. net/http goes without a proxy whose URL
// it cannot read, and fails at each request where it does not know the scheme. No error quotes a URL: there may be a
// password in it.
func checkProxies() []error {
	env := httpproxy.FromEnvironment()
	env.NoProxy = ""
	proxyOf := env.ProxyFunc()
	var errs []error
	for _, given := range []struct{ variable, value, scheme string }{
		{"HTTPS_PROXY", env.HTTPSProxy, "https"}, {"HTTP_PROXY", env.HTTPProxy, "http"},
	} {
		if given.value == "" {
			continue
		}
		proxy, err := proxyOf(&url.URL{Scheme: given.scheme, Host: "api.atlassian.com"})
		if err != nil || proxy == nil || proxy.Hostname() == "" || strings.HasSuffix(proxy.Host, ":") || !slices.Contains(proxySchemes, proxy.Scheme) {
			errs = append(errs, fmt.Errorf("%s names no proxy: write it as http://proxy.example:3128, with the scheme http, https, socks5 or socks5h", given.variable))
		}
	}
	return errs
}
