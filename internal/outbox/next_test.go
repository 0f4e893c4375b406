package outbox

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

func TestNext(t *testing.T) {
	tests := map[string]struct {
		err  error
		size int
		want Step
	}{
		"a batch is wrong: smaller ones at once":     {failure(jira.Invalid), 2, Again},
		"a record is wrong: it is dropped":           {failure(jira.Invalid), 1, Drop},
		"a batch is too large: smaller ones at once": {failure(jira.TooLarge), 100, Again},
		"a record is too large by itself":            {failure(jira.TooLarge), 1, Drop},
		"the credentials are refused":                {failure(jira.Unauthorized), 1, Wait},
		"the permission is missing":                  {failure(jira.Forbidden), 100, Wait},
		"the site is not there":                      {failure(jira.NotFound), 1, Wait},
		"a redirect":                                 {failure(jira.Redirected), 1, Wait},
		"too many requests":                          {failure(jira.Throttled), 1, Wait},
		"nobody answers":                             {failure(jira.Unavailable), 1, Wait},
		"an error that nobody knows drops no record": {errors.New("boom"), 1, Wait},
		"an error that nobody knows halves no batch": {errors.New("boom"), 100, Wait},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Next(tt.err, tt.size); got != tt.want {
				t.Errorf("Next() = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	// An answer to a batch that fills the window, and the size of the window after it.
	type answer struct {
		err  error
		want int
	}
	invalid, tooLarge := failure(jira.Invalid), failure(jira.TooLarge)
	tests := map[string][]answer{
		"it is open from the start": {{nil, 100}, {nil, 100}},
		"what is wrong is halved until it stands alone, then the window opens again": {
			{invalid, 50}, {invalid, 25}, {invalid, 12}, {invalid, 6}, {invalid, 3}, {invalid, 1}, {invalid, 1},
			{nil, 2}, {nil, 4}, {nil, 8}, {nil, 16}, {nil, 32}, {nil, 64}, {nil, 100},
		},
		"what is too large is halved for good": {{tooLarge, 50}, {nil, 50}, {tooLarge, 25}, {nil, 25}, {nil, 25}},
		"a large batch that is wrong, too":     {{tooLarge, 50}, {invalid, 25}, {nil, 50}, {nil, 50}},
		"one record that is too large by itself does not make all batches small": {
			{tooLarge, 50}, {tooLarge, 25}, {tooLarge, 12}, {tooLarge, 6}, {tooLarge, 3}, {tooLarge, 1}, {tooLarge, 1}, {nil, 2}, {nil, 4},
		},
		"trouble of the site changes nothing": {{failure(jira.Throttled), 100}, {invalid, 50}, {failure(jira.Unavailable), 50}, {errors.New("boom"), 50}},
	}
	for name, answers := range tests {
		t.Run(name, func(t *testing.T) {
			window := NewWindow()
			if window.Size() != MaxBatch {
				t.Fatalf("Size() = %d at the start, want %d", window.Size(), MaxBatch)
			}
			for i, a := range answers {
				window = window.After(a.err, window.Size())
				if window.Size() != a.want {
					t.Fatalf("Size() = %d after answer %d (%v), want %d", window.Size(), i+1, a.err, a.want)
				}
			}
		})
	}
}

func TestABatchThatDoesNotFillTheWindowIsHalvedItself(t *testing.T) {
	if got := NewWindow().After(failure(jira.Invalid), 10).Size(); got != 5 {
		t.Errorf("Size() = %d after a batch of 10 was wrong, want 5", got)
	}
	window := NewWindow().After(failure(jira.TooLarge), 10)
	if got := window.After(nil, 5).Size(); got != 5 {
		t.Errorf("Size() = %d after a batch of 10 was too large and one of 5 was not, want 5", got)
	}
}

// A pass over many records, two of which make Jira refuse whatever holds them: they are found, the others go
// out, and that takes few requests.
func TestTwoBadRecordsAmongManyAreFound(t *testing.T) {
	items := makeItems(250)
	bad := map[string]bool{"web-80": true, "web-200": true}
	var dropped, sent []string
	requests := 0
	window := NewWindow()
	for len(items) > 0 && requests < 1000 {
		batch, rest := Take(items, window.Size())
		requests++
		var err error
		for _, item := range batch {
			if bad[item.Record.Name] {
				err = failure(jira.Invalid)
			}
		}
		window = window.After(err, len(batch))
		switch {
		case err == nil:
			sent = append(sent, names(batch)...)
		case Next(err, len(batch)) == Again:
			continue
		default:
			dropped = append(dropped, names(batch)...)
		}
		items = rest
	}
	if diff := cmp.Diff([]string{"web-80", "web-200"}, dropped); diff != "" {
		t.Errorf("dropped records (-want +got):\n%s", diff)
	}
	if len(sent) != 248 || requests > 50 {
		t.Errorf("%d records were sent in %d requests, want 248 in at most 50", len(sent), requests)
	}
}

func TestTroubleOf(t *testing.T) {
	wantReasons := map[jira.Kind]string{
		jira.Unknown:      v1alpha1.ReasonUnreachable,
		jira.Unauthorized: v1alpha1.ReasonCredentialsRejected,
		jira.Forbidden:    v1alpha1.ReasonPermissionMissing,
		jira.NotFound:     v1alpha1.ReasonSiteNotFound,
		jira.Redirected:   v1alpha1.ReasonSiteNotFound,
		jira.Throttled:    v1alpha1.ReasonRateLimited,
		jira.Unavailable:  v1alpha1.ReasonUnreachable,
		jira.Invalid:      v1alpha1.ReasonUnreachable,
		jira.TooLarge:     v1alpha1.ReasonUnreachable,
	}
	for kind := jira.Unknown; !strings.HasPrefix(kind.String(), "Kind("); kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			got := TroubleOf(failure(kind, "says Jira"))
			if got.Reason != wantReasons[kind] {
				t.Errorf("reason = %q, want %q", got.Reason, wantReasons[kind])
			}
			if advice, _, found := strings.Cut(got.Message, " ("); !found || len(advice) < 40 || !strings.Contains(got.Message, "says Jira") {
				t.Errorf("message = %q, want advice, and what Jira says", got.Message)
			}
		})
	}
	if got := TroubleOf(errors.New("boom")); got.Reason != v1alpha1.ReasonUnreachable || !strings.HasSuffix(got.Message, "(boom)") {
		t.Errorf("TroubleOf(boom) = %+v, want Unreachable (boom)", got)
	}
}

func TestTheMessageOfATroubleIsBounded(t *testing.T) {
	got := TroubleOf(errors.New(strings.Repeat("ü", 5000))).Message
	if n := len(got); n < 1020 || n > 1024 || !utf8.ValidString(got) || !strings.HasSuffix(got, "ü…") {
		t.Errorf("message has %d bytes and ends in %q, want almost 1024 and an ellipsis", n, got[len(got)-8:])
	}
}

func TestRetryAfter(t *testing.T) {
	tests := map[string]struct {
		err  error
		want time.Duration
	}{
		"Jira says how long":    {errors.Join(&jira.Error{Kind: jira.Throttled, RetryAfter: 17 * time.Second}), 17 * time.Second},
		"Jira does not say":     {failure(jira.Throttled), 0},
		"an error of no Jira's": {errors.New("boom"), 0},
		"no error":              {nil, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := RetryAfter(tt.err); got != tt.want {
				t.Errorf("RetryAfter() = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestBackoffGoesFromASecondToFiveMinutes(t *testing.T) {
	backoff := NewBackoff()
	least := time.Second
	for try := 1; try <= 200; try++ {
		got := backoff.Step()
		if got < least || got > 5*time.Minute {
			t.Fatalf("wait %d is %s, want %s to 5m", try, got, least)
		}
		if least < 4*time.Minute && got > 2*least {
			t.Fatalf("wait %d is %s, want it near %s", try, got, least)
		}
		least = min(2*least, 4*time.Minute)
	}
}
