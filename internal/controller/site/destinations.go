// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// Hosts are where the manager may send requests, whatever a JiraSite and a Secret say.
type Hosts struct {
	// Allowed are the hosts of APIs and of token endpoints, each with its port where that is not 443.
	Allowed []string
	// Insecure allows loopback addresses as well, and http there: for tests alone.
	Insecure bool
}

// refuse says where a site leads that it may not; nothing where it may.
func (h Hosts) refuse(site *v1alpha1.JiraSite) string {
	for _, field := range []struct{ name, url string }{{"spec.apiURL", apiURL(site)}, {"spec.credentials.tokenURL", tokenURL(site)}} {
		leads, err := url.Parse(field.url)
		if err != nil {
			continue // the client says what is wrong with it
		}
		switch host := strings.TrimSuffix(strings.ToLower(leads.Host), ":443"); {
		case isLoopback(leads.Hostname()):
			if !h.Insecure {
				return fmt.Sprintf("%s leads to %s, which is the manager's own pod: that takes --allow-insecure-api, and is for tests alone", field.name, host)
			}
		case leads.Scheme != "https" || !slices.Contains(h.Allowed, host):
			return fmt.Sprintf("%s leads to %s, and the manager sends credentials to %s alone: correct it, or have whoever runs Rollcall add the host to --allowed-api-hosts "+
				"(the chart's allowedAPIHosts)", field.name, host, strings.Join(h.Allowed, ", "))
		}
	}
	return h.refuseSiteHost(site.Spec.Host)
}

// insideSuffixes end names that lead into a cluster or a private network. No Jira Cloud site has one.
var insideSuffixes = []string{".svc", ".local", ".internal", ".localhost"}

// refuseSiteHost says why the site's own host is not asked for the cloud id. Nothing secret is sent there; but who may write
// a JiraSite is not to find out by it what listens inside. So it has to be a name that could be Jira's, unless it is among
// the hosts that are allowed.
func (h Hosts) refuseSiteHost(hostAndPort string) string {
	host := hostAndPort
	if leads, err := url.Parse("https://" + hostAndPort); err == nil {
		host = leads.Hostname()
	}
	_, err := netip.ParseAddr(host)
	inside := err == nil || !strings.Contains(host, ".") || slices.ContainsFunc(insideSuffixes, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
	if !inside || h.Insecure && isLoopback(host) || slices.Contains(h.Allowed, strings.TrimSuffix(hostAndPort, ":443")) {
		return ""
	}
	return fmt.Sprintf("spec.host is %s, which no Jira Cloud site is called: write its host name, such as acme.atlassian.net", hostAndPort)
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// apiURL is where the API of a site is.
func apiURL(site *v1alpha1.JiraSite) string {
	return cmp.Or(site.Spec.APIURL, jira.DefaultAPIURL)
}

// tokenURL is where the client secret of a site is sent.
func tokenURL(site *v1alpha1.JiraSite) string {
	return cmp.Or(site.Spec.Credentials.TokenURL, jira.DefaultTokenURL(apiURL(site)))
}

// refusal says what a Secret has to say before what is in it goes where the site leads; nothing where it says so. A Secret
// that says nothing is one for Atlassian's API. Whoever may write a JiraSite decides nothing of this: they may not write
// Secrets.
func refusal(secret *corev1.Secret, site *v1alpha1.JiraSite) string {
	allowedAPI, saysAPI := secret.Annotations[v1alpha1.AnnotationAPIURL]
	if !saysAPI {
		allowedAPI = jira.DefaultAPIURL
	}
	allowedToken, saysToken := secret.Annotations[v1alpha1.AnnotationTokenURL]
	if !saysToken {
		allowedToken = jira.DefaultTokenURL(strings.TrimSpace(allowedAPI))
	}
	const elsewhere = "Secret %s may be sent to %q, and %s is %s. If the credential belongs there, set the annotation %s of the Secret to that; else correct the site"
	if !samePlace(allowedAPI, apiURL(site)) {
		return fmt.Sprintf(elsewhere, secret.Name, allowedAPI, "spec.apiURL", apiURL(site), v1alpha1.AnnotationAPIURL)
	}
	if !samePlace(allowedToken, tokenURL(site)) {
		return fmt.Sprintf(elsewhere, secret.Name, allowedToken, "spec.credentials.tokenURL", tokenURL(site), v1alpha1.AnnotationTokenURL)
	}
	if sites, narrowed := secret.Annotations[v1alpha1.AnnotationSites]; narrowed && !slices.Contains(split(sites), site.Name) {
		return fmt.Sprintf("Secret %s is for the sites %q alone. If it is for this one as well, add %s to its annotation %s",
			secret.Name, sites, site.Name, v1alpha1.AnnotationSites)
	}
	return ""
}

func samePlace(a, b string) bool {
	return strings.TrimRight(strings.TrimSpace(a), "/") == strings.TrimRight(b, "/")
}

// split returns the names of a list.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}
