// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"fmt"
	"io"
	"net/http"
)

// Credential is what a request carries. The zero value is none. It prints nothing of itself, whatever the verb.
type Credential struct {
	user, secret string
	bearer       bool
	// drop is told that the server refused the credential, so that a cached one is not used again.
	drop func()
}

// Basic is a user name and a password or token. Most hosts want this for a token, too, with a user name of theirs:
// "x-access-token" (GitHub), "oauth2" (GitLab), "x-token-auth" (Bitbucket).
func Basic(user, password string) Credential { return Credential{user: user, secret: password} }

// Bearer is a token that goes out as it is.
func Bearer(token string) Credential { return Credential{secret: token, bearer: true} }

// String says only whether there is one.
func (c Credential) String() string {
	if c.isZero() {
		return "no credential"
	}
	return "[redacted]"
}

// Format writes String for every verb and flag, since fmt would otherwise print the fields for some of them.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText keeps encoders from looking inside.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func (c Credential) isZero() bool { return c.user == "" && c.secret == "" }

func (c Credential) sign(r *http.Request) {
	switch {
	case c.isZero():
	case c.bearer:
		r.Header.Set("Authorization", "Bearer "+c.secret)
	default:
		r.SetBasicAuth(c.user, c.secret)
	}
}

func (c Credential) refused() {
	if c.drop != nil {
		c.drop()
	}
}
