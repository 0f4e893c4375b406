// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// statuses sends n submissions and returns what came back; 0 is a broken connection.
func (c caller) statuses(n int) []int {
	c.t.Helper()
	var out []int
	for range n {
		res, err := c.try()
		if err != nil {
			out = append(out, 0)
			continue
		}
		_ = res.Body.Close()
		out = append(out, res.StatusCode)
	}
	return out
}

func (c caller) try() (*http.Response, error) {
	c.t.Helper()
	body := encode(c.t, item{"deployments": []item{deployment()}})
	target := c.site.URL() + "/jira/deployments/0.1/cloud/" + c.site.CloudID() + "/bulk"
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	return http.DefaultClient.Do(request)
}

func TestFaultsStrikeWhereAndAsOftenAsTheyShould(t *testing.T) {
	for name, tc := range map[string]struct {
		faults []jiratest.Fault
		want   []int
	}{
		"none":                           {nil, []int{202, 202, 202}},
		"for ever":                       {[]jiratest.Fault{{Status: 500}}, []int{500, 500, 500}},
		"twice":                          {[]jiratest.Fault{{Status: 500, Times: 2}}, []int{500, 500, 202}},
		"elsewhere":                      {[]jiratest.Fault{{Match: jiratest.Get, Status: 500}}, []int{202, 202, 202}},
		"one after the other":            {[]jiratest.Fault{{Status: 500, Times: 1}, {Status: 503, Times: 1}}, []int{500, 503, 202}},
		"the first wins":                 {[]jiratest.Fault{{Status: 500}, {Status: 503}}, []int{500, 500, 500}},
		"a reset":                        {[]jiratest.Fault{{Reset: true, Times: 1}}, []int{0, 202, 202}},
		"a reset after storing":          {[]jiratest.Fault{{ResetAfterStore: true, Times: 1}}, []int{0, 202, 202}},
		"always is a probability of one": {[]jiratest.Fault{{Status: 500, Probability: 1}}, []int{500, 500, 500}},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			for _, f := range tc.faults {
				c.site.Inject(f)
			}
			if diff := cmp.Diff(tc.want, c.statuses(3)); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			var logged []int
			for _, r := range c.site.Requests()[1:] {
				logged = append(logged, r.Status)
			}
			if diff := cmp.Diff(tc.want, logged); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			c.site.ClearFaults()
			if got := c.statuses(1); got[0] != 202 {
				t.Errorf("got %d after all faults were cleared, want 202", got[0])
			}
		})
	}
}

func TestAScriptDecidesByNumber(t *testing.T) {
	c := start(t) // which takes a request to get a token
	c.site.Inject(jiratest.Fault{Status: 503, Times: 1})
	var asked []int
	c.site.Script(func(number int, at jiratest.Endpoint) jiratest.Fault {
		asked = append(asked, number)
		if at == jiratest.Bulk && number == 4 {
			return jiratest.Fault{Status: 500}
		}
		return jiratest.Fault{}
	})
	if diff := cmp.Diff([]int{503, 202, 500, 202}, c.statuses(4)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	c.site.ClearFaults()
	c.statuses(1)
	if diff := cmp.Diff([]int{3, 4, 5}, asked); diff != "" {
		t.Errorf("asked about (-want +got):\n%s", diff)
	}
}

func TestTokensEndBeforeTheRequestThatEndsThem(t *testing.T) {
	c := start(t)
	c.site.Inject(jiratest.Fault{Match: jiratest.Bulk, ExpireTokens: true, Times: 1})
	if diff := cmp.Diff([]int{401, 401}, c.statuses(2)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := len(c.site.Deployments()); got != 0 {
		t.Errorf("Jira has %d deployments, want none", got)
	}
}

func TestProbabilitiesAreRepeatable(t *testing.T) {
	run := func(seed int64) []int {
		c := start(t, jiratest.WithSeed(seed))
		c.site.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 500, Probability: 0.3})
		return c.statuses(100)
	}
	first := run(1)
	if !slices.Equal(first, run(1)) {
		t.Error("the same seed gave something else")
	}
	if slices.Equal(first, run(2)) {
		t.Error("another seed gave the same")
	}
	failed := len(slices.DeleteFunc(first, func(status int) bool { return status != 500 }))
	if failed < 15 || failed > 45 {
		t.Errorf("%d of 100 failed, want about 30", failed)
	}
}

func TestWhatWasProcessedBeforeAResetIsStored(t *testing.T) {
	for name, tc := range map[string]struct {
		fault jiratest.Fault
		want  int
	}{
		"a reset":               {jiratest.Fault{Reset: true}, 0},
		"a status":              {jiratest.Fault{Status: 500}, 0},
		"a reset after storing": {jiratest.Fault{ResetAfterStore: true}, 1},
		"a body that is cut":    {jiratest.Fault{CutBody: true}, 1},
		"broken JSON":           {jiratest.Fault{BrokenJSON: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.site.Inject(tc.fault)
			c.statuses(1)
			if got := len(c.site.Deployments()); got != tc.want {
				t.Errorf("Jira has %d deployments, want %d", got, tc.want)
			}
		})
	}
}

func TestAResetIsARealOne(t *testing.T) {
	c := start(t)
	c.site.Inject(jiratest.Fault{Reset: true})
	res, err := c.try()
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a connection reset by the other side", err)
	}
	if err == nil {
		_ = res.Body.Close()
	}
}

func TestABodyThatIsCutEndsTooEarly(t *testing.T) {
	c := start(t)
	c.site.Inject(jiratest.Fault{CutBody: true})
	res, err := c.try()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want an unexpected end", err)
	}
}

func TestAnAnswerCanBeChanged(t *testing.T) {
	c := start(t)
	two := encode(t, item{"deployments": []item{deployment(), deployment().set("environment.id", "x"), deployment().set("url", "")}})
	for name, tc := range map[string]struct {
		fault                      jiratest.Fault
		wantAccepted, wantRejected int
	}{
		"nothing left out":     {jiratest.Fault{Header: http.Header{"X": {"y"}}}, 2, 1},
		"one item left out":    {jiratest.Fault{OmitItems: 1}, 1, 1},
		"three items left out": {jiratest.Fault{OmitItems: 3}, 0, 0},
		"more than there are":  {jiratest.Fault{OmitItems: 9}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			c.site.ClearFaults()
			c.site.Inject(tc.fault)
			got := c.decode(c.call(http.MethodPost, "/bulk", two))
			if len(got.Accepted) != tc.wantAccepted || len(got.Rejected) != tc.wantRejected {
				t.Errorf("got %d accepted and %d rejected, want %d and %d", len(got.Accepted), len(got.Rejected), tc.wantAccepted, tc.wantRejected)
			}
		})
	}
}

func TestLeavingItemsOutOfWhatHasNoneChangesNothing(t *testing.T) {
	c := start(t)
	c.site.Inject(jiratest.Fault{OmitItems: 1})
	if status, body := c.call(http.MethodPost, "/bulk", "{"); status != 400 || !strings.HasPrefix(body, "[{") {
		t.Errorf("got %d %s, want the 400 as it was", status, body)
	}
}

func TestAFaultCarriesHeadersAndABody(t *testing.T) {
	c := start(t)
	c.site.Inject(jiratest.Fault{Status: 429, Body: "slow down", Header: http.Header{"Retry-After": {"9"}, "Content-Type": {"text/plain"}}})
	res, err := c.try()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{res.Status, res.Header.Get("Retry-After"), res.Header.Get("Content-Type"), string(body)}
	if diff := cmp.Diff([]string{"429 Too Many Requests", "9", "text/plain", "slow down"}, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestADelayComesBeforeTheAnswer(t *testing.T) {
	c := start(t)
	c.site.Inject(jiratest.Fault{Match: jiratest.Bulk, Delay: 20 * time.Millisecond})
	began := time.Now()
	if got := c.statuses(1); got[0] != 202 {
		t.Errorf("got %d, want 202", got[0])
	}
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("took %s, want at least 20ms", took)
	}
}
