// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// auditPolicy lets the API server write down what Rollcall's ServiceAccount writes, and nothing else.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: ["system:serviceaccount:` + operatorNamespace + `:rollcall"]
  verbs: [create, update, patch, delete, deletecollection]
- level: None
`

// audit is the API server's own account of what Rollcall wrote.
type audit struct {
	policy, log string
}

func newAudit(dir string) (*audit, error) {
	a := &audit{policy: filepath.Join(dir, "audit-policy.yaml"), log: filepath.Join(dir, "audit.log")}
	if err := os.RemoveAll(a.log); err != nil {
		return nil, fmt.Errorf("remove old audit log: %w", err)
	}
	if err := os.WriteFile(a.policy, []byte(auditPolicy), 0o600); err != nil {
		return nil, fmt.Errorf("write audit policy: %w", err)
	}
	return a, nil
}

// flags are those of kube-apiserver.
func (a *audit) flags() map[string]string {
	return map[string]string{"audit-policy-file": a.policy, "audit-log-path": a.log}
}

// writes returns what Rollcall wrote so far, failed attempts included.
func (a *audit) writes() (tally, error) {
	log, err := os.ReadFile(a.log)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return countWrites(log[:bytes.LastIndexByte(log, '\n')+1])
}

// tally counts writes by what they did: "create jiradeployments", "patch jiradeployments/status".
type tally map[string]int

// countWrites counts the entries of an audit log. What leader election writes does not count, since it comes at the
// same pace whatever there is to do: its lease, and its Events, which are the only ones of the old kind.
func countWrites(log []byte) (tally, error) {
	counts := tally{}
	for line := range bytes.Lines(log) {
		var entry struct {
			Verb      string `json:"verb"`
			ObjectRef struct {
				Resource    string `json:"resource"`
				Subresource string `json:"subresource"`
				APIGroup    string `json:"apiGroup"`
			} `json:"objectRef"`
		}
		if err := json.Unmarshal(line, &entry); err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		on := entry.ObjectRef
		if on.Resource == "leases" || on.Resource == "events" && on.APIGroup == "" {
			continue
		}
		counts[entry.Verb+" "+strings.TrimSuffix(on.Resource+"/"+on.Subresource, "/")]++
	}
	return counts, nil
}

// since returns what was written after an earlier tally.
func (t tally) since(earlier tally) tally {
	left := tally{}
	for what, n := range t {
		if n > earlier[what] {
			left[what] = n - earlier[what]
		}
	}
	return left
}

func (t tally) total() int {
	sum := 0
	for _, n := range t {
		sum += n
	}
	return sum
}
