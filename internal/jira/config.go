// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Where Atlassian serves tokens and the Deployments API of every site, but for those of the Government Cloud.
const (
	DefaultAPIURL   = "https://api.atlassian.com"
	defaultAudience = "api.atlassian.com"
)

// tenantInfoPath is where a site says its cloud id.
const tenantInfoPath = "/_edge/tenant_info"

const (
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "rollcall"
)

// Config says which site a Client talks to, and with which credential. It prints without its secret whatever the
// verb.
type Config struct {
	// Host is the site's host name, with a port where it needs one: acme.atlassian.net.
	Host string
	// CloudID is the site's id. Empty: it is looked up at Host and cached.
	CloudID string
	// APIURL is the base of the API; empty means DefaultAPIURL. It must be https, or http on a loopback address. In the
	// latter case a Host that is a loopback address is looked up over http, too.
	APIURL string
	// TokenURL is the token endpoint, under the same conditions; empty means DefaultTokenURL of APIURL.
	TokenURL string
	// Audience is what a token is asked for; empty means that of https://api.atlassian.com.
	Audience string
	// ClientID and ClientSecret are the OAuth client credentials. White space around them is removed: the last
	// newline of a file is not part of a secret.
	ClientID     string
	ClientSecret string `json:"-"`
	// Transport carries every request, that for the token included. Nil means NewTransport(nil).
	Transport http.RoundTripper `json:"-"`
	// UserAgent goes out with every request; empty means "rollcall".
	UserAgent string
	// Requested is told of every request: what it was for (token, cloudid, deployments or builds), and the status of its
	// answer, or error where there was none. Nil is told nothing.
	Requested func(api, code string) `json:"-"`
	// Timeout ends one exchange, reading the answer included; zero means 30 seconds.
	Timeout time.Duration
	// Now is used for one thing: to turn the date of a Retry-After or X-RateLimit-Reset header into a wait where the
	// answer carries no Date of its own. Nil: such a header is ignored.
	Now func() time.Time `json:"-"`
}

// String names the site and the credential's id, and leaves out the secret.
func (c Config) String() string {
	return fmt.Sprintf("jira.Config{Host:%q CloudID:%q APIURL:%q TokenURL:%q Audience:%q ClientID:%q ClientSecret:[redacted]}",
		c.Host, c.CloudID, withoutUser(c.APIURL), withoutUser(c.TokenURL), c.Audience, c.ClientID)
}

// Format writes String for every verb and flag, since fmt would otherwise print the fields for some of them.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String())
}

// withoutUser keeps a password that somebody put into a URL from being printed.
func withoutUser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User != nil {
		return "[redacted]"
	}
	return raw
}

func (c Config) withDefaults() Config {
	c.ClientID = strings.TrimSpace(c.ClientID)
	c.ClientSecret = strings.TrimSpace(c.ClientSecret)
	if c.APIURL == "" {
		c.APIURL = DefaultAPIURL
	}
	c.APIURL = strings.TrimRight(c.APIURL, "/")
	if c.TokenURL == "" {
		c.TokenURL = DefaultTokenURL(c.APIURL)
	}
	if c.Audience == "" {
		c.Audience = defaultAudience
	}
	if c.UserAgent == "" {
		c.UserAgent = defaultUserAgent
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	return c
}

// DefaultTokenURL is the token endpoint beside an API.
func DefaultTokenURL(apiURL string) string {
	return strings.TrimRight(apiURL, "/") + "/oauth/token"
}

// cloudIDPattern is wider than the UUIDs that are in use, and narrow enough to be part of a path.
var cloudIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func (c Config) validate() error {
	if err := checkHost(c.Host); err != nil {
		return err
	}
	if err := checkURL("API URL", c.APIURL); err != nil {
		return err
	}
	if err := checkURL("token URL", c.TokenURL); err != nil {
		return err
	}
	switch {
	case c.ClientID == "":
		return errors.New("client id must not be empty")
	case c.ClientSecret == "":
		return errors.New("client secret must not be empty")
	case c.CloudID != "" && !cloudIDPattern.MatchString(c.CloudID):
		return errors.New("cloud id must consist of letters, digits, '-' and '_'")
	case c.Timeout < 0:
		return fmt.Errorf("timeout must not be negative: %s", c.Timeout)
	}
	return nil
}

// checkHost accepts host and host:port, and nothing that url.Parse would read as more than that.
func checkHost(host string) error {
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" || strings.HasSuffix(host, ":") {
		return fmt.Errorf("host must be a host name, optionally with a port: %q", clip(host, 80))
	}
	return nil
}

// checkURL does not repeat the URL in its errors: somebody may have written a password into it.
func checkURL(name, raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("%s must be an absolute URL", name)
	case u.User != nil:
		return fmt.Errorf("%s must not carry a user or a password", name)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s must not carry a query or a fragment", name)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%s must be https (http is for loopback addresses alone)", name)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// hostOf is the host of a URL that was validated.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// tenantURL is where the site tells its cloud id.
func (c Config) tenantURL() string {
	host := c.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	scheme := "https"
	if strings.HasPrefix(c.APIURL, "http://") && isLoopback(host) {
		scheme = "http"
	}
	return scheme + "://" + c.Host + tenantInfoPath
}
