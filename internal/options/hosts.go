// SPDX-License-Identifier: Apache-2.0

package options

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// atlassianHosts are those of Atlassian's API, and of that of its Government Cloud.
const atlassianHosts = "api.atlassian.com,api.atlassian-us-gov-mod.com,auth.atlassian-us-gov-mod.com"

// apiHosts returns the hosts of a list, as they stand in URLs.
func apiHosts(list string) []string {
	var hosts []string
	for _, host := range split(list) {
		hosts = append(hosts, strings.TrimSuffix(strings.ToLower(host), ":443"))
	}
	return hosts
}

// checkAPIHosts returns what is wrong with the hosts that credentials may be sent to. They are names, and no globs:
// whatever matched one could have the credentials.
func checkAPIHosts(hosts []string) []error {
	if len(hosts) == 0 {
		return []error{errors.New("--allowed-api-hosts is empty: no credential could be sent anywhere")}
	}
	var errs []error
	for _, host := range hosts {
		if leads, err := url.Parse("https://" + host); err != nil || leads.Host != host || leads.Hostname() == "" || strings.Contains(host, "*") {
			errs = append(errs, fmt.Errorf("--allowed-api-hosts: %q is no host: write a name, such as api.atlassian.com, without scheme, path and '*'", host))
		}
	}
	return errs
}
