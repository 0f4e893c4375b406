package workload

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestAWorkloadOfWhichNothingIsRememberedCostsNoMemory(t *testing.T) {
	web := client.ObjectKey{Namespace: "shop", Name: "web"}
	for name, remember := range map[string]func(*remembered){
		"an expectation": func(known *remembered) { known.expectations["web-1"] = expectation{} },
		"progress":       func(known *remembered) { known.progress.note(rolling("uid-1", 1, 3, 0), noon) },
		"a count":        func(known *remembered) { known.skipped.first(rolling("uid-1", 1, 3, 0), "acme") },
		"a retry":        func(known *remembered) { _, _ = known.retries.result(0, errOutdated) },
	} {
		t.Run(name, func(t *testing.T) {
			var m memory
			m.tidy(web, m.of(web))
			if n := m.size(); n > 0 {
				t.Errorf("%d workloads are remembered of which nothing is known, want none", n)
			}
			known := m.of(web)
			remember(known)
			m.tidy(web, known)
			if m.of(web) != known {
				t.Error("what was noted of the workload is forgotten")
			}
		})
	}
}

// size returns how many workloads are remembered.
func (m *memory) size() (n int) {
	m.workloads.Range(func(any, any) bool { n++; return true })
	return n
}
