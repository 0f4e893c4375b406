// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata anew")

func TestTheReport(t *testing.T) {
	findings := []Finding{
		{Workload: Workload{Kind: kindDeployment, Namespace: "shop-dev", Name: "web-002"}, What: "true is #2 failed; Jira shows #2 in_progress"},
		{Workload: Workload{Kind: kindDaemonSet, Namespace: "tools", Name: "agent-001"}, What: "true is #1 successful; Jira does not show it", Lost: true},
	}
	slices.SortFunc(findings, byWorkload)
	var got bytes.Buffer
	report{
		command: "make chaos CHAOS_SEED=1", logs: "_output/chaos", lasted: 90 * time.Second, workloads: 3, replicas: 2,
		actions: map[string]int{"create": 3, "release": 5},
		blows:   map[string]int{string(KillLeader): 2, string(KillAll): 4, string(RestartAPIServer): 1},
		retired: 1,
		givenUp: 2, unnumbered: 1,
		troubles: map[string]int{untroubled: 70, "500": 10, "429": 20},
		verdict:  Verdict{Findings: findings, Deployments: 8, Builds: 3, Missed: 1, SetAside: []Workload{{Kind: kindStatefulSet, Namespace: "shop-dev", Name: "db-001"}}}, duplicated: 4, leaked: []string{"manager-001.log"},
	}.write(&got)
	golden := filepath.Join("testdata", "report.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
