package controller

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// cachedRecord returns a pending record as the cache shows it.
func cachedRecord(name string, generation int64) v1alpha1.JiraDeployment {
	return v1alpha1.JiraDeployment{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Generation: generation}}
}

// answerTo returns an answer of Jira's to what the cache shows of a record.
func answerTo(d v1alpha1.JiraDeployment) outbox.Outcome {
	return outbox.Hold(outbox.Item{Record: &d}, v1alpha1.ReasonAccepted, "")
}

// answersTo names the records, and their generations, that answers are to.
func answersTo(outcomes []outbox.Outcome) map[string]int64 {
	var named map[string]int64
	for _, o := range outcomes {
		if named == nil {
			named = map[string]int64{}
		}
		named[o.Item.Record.Name] = o.Condition.ObservedGeneration
	}
	return named
}

// The ledger of a site that has sent web, generation 3, and pay, generation 1. The answer to web is written,
// that to pay is not: its write failed.
func makeLedger() *ledger {
	l := (&ledgers{}).of("acme")
	web, pay := answerTo(cachedRecord("web", 3)), answerTo(cachedRecord("pay", 1))
	l.note([]outbox.Outcome{web, pay})
	l.wrote(web)
	return l
}

func TestLedgerAndTheCache(t *testing.T) {
	tests := map[string]struct {
		pending       []v1alpha1.JiraDeployment // what the cache shows as pending
		wantUnwritten map[string]int64
		wantToSend    []string
		wantKept      int
	}{
		"a cache that lags: nothing is sent twice, and what is unwritten comes back": {
			pending:       []v1alpha1.JiraDeployment{cachedRecord("web", 3), cachedRecord("pay", 1)},
			wantUnwritten: map[string]int64{"pay": 1}, wantKept: 2,
		},
		"a cache that lags further": {
			pending: []v1alpha1.JiraDeployment{cachedRecord("web", 2), cachedRecord("pay", 1)}, wantUnwritten: map[string]int64{"pay": 1}, wantKept: 2,
		},
		"a cache that shows what was written: it is forgotten": {
			pending: []v1alpha1.JiraDeployment{cachedRecord("pay", 1)}, wantUnwritten: map[string]int64{"pay": 1}, wantKept: 1,
		},
		"a new generation is sent": {
			pending:       []v1alpha1.JiraDeployment{cachedRecord("web", 4), cachedRecord("pay", 1)},
			wantUnwritten: map[string]int64{"pay": 1}, wantToSend: []string{"web"}, wantKept: 1,
		},
		"a new generation of what is unwritten is sent, and the old answer let go": {
			pending: []v1alpha1.JiraDeployment{cachedRecord("pay", 2)}, wantToSend: []string{"pay"},
		},
		"a record that nobody sent is sent": {
			pending:       []v1alpha1.JiraDeployment{cachedRecord("new", 1), cachedRecord("pay", 1)},
			wantUnwritten: map[string]int64{"pay": 1}, wantToSend: []string{"new"}, wantKept: 1,
		},
		"nothing is pending: nothing is remembered": {},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := makeLedger()
			if diff := cmp.Diff(tt.wantUnwritten, answersTo(l.sync(tt.pending))); diff != "" {
				t.Errorf("answers to write (-want +got):\n%s", diff)
			}
			var toSend []string
			for i := range tt.pending {
				if !l.answered(&tt.pending[i]) {
					toSend = append(toSend, tt.pending[i].Name)
				}
			}
			if diff := cmp.Diff(tt.wantToSend, toSend); diff != "" {
				t.Errorf("records to send (-want +got):\n%s", diff)
			}
			if len(l.entries) != tt.wantKept {
				t.Errorf("the ledger holds %d answers, want %d", len(l.entries), tt.wantKept)
			}
		})
	}
}

func TestAnUnwrittenAnswerComesBackUntilItIsWritten(t *testing.T) {
	l := makeLedger()
	pending := []v1alpha1.JiraDeployment{cachedRecord("pay", 1)}
	for pass := range 3 {
		outcomes := l.sync(pending)
		if diff := cmp.Diff(map[string]int64{"pay": 1}, answersTo(outcomes)); diff != "" {
			t.Fatalf("answers to write in pass %d (-want +got):\n%s", pass+1, diff)
		}
		l.note(outcomes) // the write fails again
	}
	outcomes := l.sync(pending)
	l.note(outcomes)
	l.wrote(outcomes[0])
	if got := l.sync(pending); len(got) > 0 {
		t.Errorf("answers to write after the write = %v, want none", answersTo(got))
	}
	if !l.answered(&pending[0]) {
		t.Error("the record would be sent again, although the cache just lags")
	}
}

func TestAnAnswerIsToItsGenerationAndThoseBefore(t *testing.T) {
	l := makeLedger()
	for generation, want := range map[int64]bool{2: true, 3: true, 4: false} {
		d := cachedRecord("web", generation)
		if got := l.answered(&d); got != want {
			t.Errorf("generation %d is answered: %v, want %v", generation, got, want)
		}
	}
}

func TestARecordThatWasMadeAnewIsNotAnswered(t *testing.T) {
	l := makeLedger()
	anew := cachedRecord("web", 1)
	anew.UID = "another"
	if l.answered(&anew) {
		t.Error("the answer to a deleted record passes for that to its successor of the same name")
	}
}

func TestLedgersBelongToSites(t *testing.T) {
	var all ledgers
	d := cachedRecord("web", 1)
	all.of("acme").note([]outbox.Outcome{answerTo(d)})
	if !all.of("acme").answered(&d) {
		t.Error("acme's ledger is another at the next pass")
	}
	if all.of("globex").answered(&d) {
		t.Error("globex's ledger holds acme's answers")
	}
	all.forget("acme")
	if all.of("acme").answered(&d) {
		t.Error("the ledger of a site that is gone is still there")
	}
}
