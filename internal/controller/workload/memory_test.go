package workload

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestAWorkloadOfWhichNothingIsRememberedCostsNoMemory(t *testing.T) {
	web := client.ObjectKey{Namespace: "shop", Name: "web"}
	for name, remember := range map[string]func(*remembered){
		"an expectation": func(known *remembered) { known.expectations.add("web-1") },
		"progress":       func(known *remembered) { known.progress.note(rolling("uid-1", 1, 3, 0), noon) },
		"a count":        func(known *remembered) { known.skipped.first(rolling("uid-1", 1, 3, 0), "acme") },
		"a retry":        func(known *remembered) { _, _ = known.retries.result(0, errOutdated) },
	} {
		t.Run(name, func(t *testing.T) {
			var m memory
			m.of(web)
			m.tidy(web)
			if len(m.workloads) > 0 {
				t.Error("a workload is remembered of which nothing is known")
			}
			remember(m.of(web))
			m.tidy(web)
			known := m.of(web)
			if len(m.workloads) != 1 || len(known.expectations)+len(known.skipped)+len(known.retries) == 0 && known.progress == (progress{}) {
				t.Errorf("%+v is remembered, want what was noted", known)
			}
		})
	}
}
