// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	// GitHub refuses a token of an app that was made in the future or lives longer than ten minutes. A minute each way is
	// for clocks that differ.
	appTokenBefore = time.Minute
	appTokenLife   = 9 * time.Minute
	// renewBefore is how long before its end a token is not used any more.
	renewBefore    = 5 * time.Minute
	maxTokenAnswer = 64 << 10
	githubAPI      = "https://api.github.com"
)

// AppConfig names the installation of a GitHub App.
type AppConfig struct {
	// ID is the app's client id or its number; Installation the number of its installation in an organisation.
	ID, Installation string
	// PrivateKey is the PEM file that GitHub makes for the app.
	PrivateKey []byte `json:"-"`
	// API is the base of the API; empty means https://api.github.com. GitHub Enterprise Server has https://HOST/api/v3.
	API string
	// Transport carries the requests; Now is the clock. Neither may be nil.
	Transport http.RoundTripper `json:"-"`
	Now       func() time.Time  `json:"-"`
	// Loopback allows http to loopback addresses, for tests.
	Loopback bool
	// UserAgent names the program.
	UserAgent string
}

// App fetches tokens for the installation of a GitHub App, which live an hour, and keeps the last one. It asks for tokens that
// can read the contents of repositories and nothing else. It is safe for concurrent use.
type App struct {
	http  *http.Client
	now   func() time.Time
	key   *rsa.PrivateKey
	id    string
	url   string
	agent string

	gate  chan struct{} // holds one element while somebody fetches
	mutex sync.Mutex
	token string
	end   time.Time
}

var appWord = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// NewApp checks a configuration. It sends nothing. Its errors show nothing of the key.
func NewApp(cfg AppConfig) (*App, error) {
	key, err := parseKey(cfg.PrivateKey)
	if err != nil {
		return nil, err
	}
	api := strings.TrimSuffix(orString(cfg.API, githubAPI), "/")
	u, err := url.Parse(api)
	switch {
	case cfg.Transport == nil || cfg.Now == nil:
		return nil, errors.New("configure GitHub App: no transport or no clock")
	case !appWord.MatchString(cfg.ID) || !appWord.MatchString(cfg.Installation):
		return nil, fail(ErrInvalid, "the GitHub App needs its id and the number of its installation")
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fail(ErrInvalid, "the API of the GitHub App must be a URL without user, query and fragment")
	case u.Scheme != "https" && (!cfg.Loopback || u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, fail(ErrInvalid, "the API of the GitHub App must be https")
	}
	return &App{
		http: &http.Client{
			Transport:     cfg.Transport,
			Timeout:       30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: cfg.Now, key: key, id: cfg.ID, agent: orString(cfg.UserAgent, "rollcall"),
		url:  api + "/app/installations/" + cfg.Installation + "/access_tokens",
		gate: make(chan struct{}, 1),
	}, nil
}

// parseKey reads a key in PKCS #1, which GitHub makes, or in PKCS #8.
func parseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(bytes.TrimSpace(text))
	if block == nil {
		return nil, fail(ErrInvalid, "the private key of the GitHub App is no PEM file")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	any8, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := any8.(*rsa.PrivateKey); err == nil && ok {
		return key, nil
	}
	return nil, fail(ErrInvalid, "the private key of the GitHub App is no RSA key")
}

// Format keeps the key and the token from being printed.
func (a *App) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "GitHub App "+a.id) }

// Credential returns a token that lives for some minutes yet. One caller at a time fetches; the others wait for it, each as
// long as its context allows.
func (a *App) Credential(ctx context.Context) (Credential, error) {
	if cred, ok := a.cached(); ok {
		return cred, nil
	}
	select {
	case a.gate <- struct{}{}:
		defer func() { <-a.gate }()
	case <-ctx.Done():
		return Credential{}, &Error{Cause: ErrUnreachable, Message: "GitHub gave no token in time", Err: ctx.Err()}
	}
	if cred, ok := a.cached(); ok {
		return cred, nil
	}
	token, end, err := a.fetch(ctx)
	if err != nil {
		return Credential{}, err
	}
	a.mutex.Lock()
	a.token, a.end = token, end
	a.mutex.Unlock()
	return a.credentialOf(token), nil
}

func (a *App) cached() (Credential, bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.credentialOf(a.token), a.token != "" && a.now().Add(renewBefore).Before(a.end)
}

// credentialOf makes a credential that is dropped where a server refuses it.
func (a *App) credentialOf(token string) Credential {
	cred := Basic("x-access-token", token)
	cred.drop = func() {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		if a.token == token {
			a.token = ""
		}
	}
	return cred
}

// fetch asks for a token.
func (a *App) fetch(ctx context.Context) (string, time.Time, error) {
	signed, err := a.sign()
	if err != nil {
		return "", time.Time{}, fail(ErrInvalid, "the private key of the GitHub App cannot sign")
	}
	body := strings.NewReader(`{"permissions":{"contents":"read"}}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, body)
	if err != nil {
		return "", time.Time{}, fail(ErrInvalid, "the API of the GitHub App is no URL")
	}
	for name, value := range map[string]string{
		"Accept": "application/vnd.github+json", "Content-Type": "application/json", "X-GitHub-Api-Version": "2022-11-28",
		"Authorization": "Bearer " + signed, "User-Agent": a.agent, "Accept-Encoding": "identity",
	} {
		request.Header.Set(name, value)
	}
	response, err := a.http.Do(request)
	if err != nil {
		e := fail(ErrUnreachable, "GitHub's API, which gives the token of the GitHub App, cannot be reached")
		e.Err = ctx.Err()
		return "", time.Time{}, e
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return "", time.Time{}, tokenRefused(response)
	}
	var answer struct {
		Token string    `json:"token"`
		End   time.Time `json:"expires_at"`
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxTokenAnswer)).Decode(&answer)
	if err != nil || answer.Token == "" || strings.ContainsFunc(answer.Token, notPrintable) {
		return "", time.Time{}, fail(ErrUnreachable, "GitHub's API answers without a token for the GitHub App")
	}
	return answer.Token, answer.End, nil
}

var tokenCauses = map[int]struct {
	cause   error
	message string
}{
	http.StatusUnauthorized:        {ErrUnauthorized, "GitHub refuses the GitHub App: its id and its private key do not belong together, or this machine's clock is wrong"},
	http.StatusForbidden:           {ErrUnauthorized, "GitHub forbids it: the installation of the GitHub App is suspended"},
	http.StatusNotFound:            {ErrUnauthorized, "the GitHub App has no installation of that number"},
	http.StatusUnprocessableEntity: {ErrUnauthorized, "the GitHub App lacks the permission Contents: read"},
}

func tokenRefused(r *http.Response) error {
	e := &Error{Cause: ErrUnreachable, StatusCode: r.StatusCode, RetryAfter: retryAfter(r.Header)}
	if c, ok := tokenCauses[r.StatusCode]; ok && e.RetryAfter == 0 {
		e.Cause, e.Message = c.cause, c.message
		return e
	}
	e.Message = fmt.Sprintf("GitHub's API gives no token for the GitHub App: HTTP %d", r.StatusCode)
	return e
}

// sign makes the JSON Web Token by which GitHub knows the app.
func (a *App) sign() (string, error) {
	now := a.now()
	claims, err := json.Marshal(map[string]any{
		"iat": now.Add(-appTokenBefore).Unix(), "exp": now.Add(appTokenLife).Unix(), "iss": a.id,
	})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	return text + "." + encode(signature), err
}
