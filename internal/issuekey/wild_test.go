// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wildProjects are what the site of the second column lists.
var wildProjects = []string{"SHOP", "PAY", "WEB"}

// sample is a text as it comes along, and the keys that a site without a list of projects reads in it, and
// one with wildProjects.
type sample struct {
	text         string
	open, listed string
}

// wild is all of them, by kind.
var wild = []map[string][]sample{wildReleases, wildBranches, wildMessages, wildLookalikes, wildUnicode}

var wildReleases = map[string][]sample{
	"labels and tags of versions": {
		{"1.4.0", "", ""},
		{"v1.4.0", "", ""},
		{"web-1.4.0", "", ""}, // a chart and its version, not the first issue of WEB
		{"WEB-1.4.0", "", ""},
		{"web-1.4.0-rc.1", "", ""},
		{"web-10.2.13_build.7", "", ""},
		{"app-SHOP-12-1.4.0_build.7", "SHOP-12", "SHOP-12"},
		{"app-shop-12-1.4.0_build.7", "", "SHOP-12"},
		{"1.4.0-SHOP-12", "SHOP-12", "SHOP-12"},
		{"1.4.0-shop-12.3", "", "SHOP-12"},        // the third build of a branch
		{"1.4.0-SHOP-12.3", "SHOP-12", "SHOP-12"}, // the same
		{"1.4.0+SHOP-12.sha.348ac8f", "SHOP-12", "SHOP-12"},
		{"SHOP-12-348ac8f", "SHOP-12", "SHOP-12"},
		{"SHOP-12_348ac8f", "SHOP-12", "SHOP-12"},
		{"SHOP-12.348ac8f", "SHOP-12", "SHOP-12"},
		{"SHOP-12348ac8f", "", ""},
		{"main-348ac8f-1700000000", "", ""},
		{"web-1700000000", "", "WEB-1700000000"}, // by the rule: Jira tells that it knows no such issue
		{"web-0", "", ""},
		{"web-2", "", "WEB-2"}, // by the rule: nothing tells a count from an issue
		{"1.0.0-RC-1", "", ""},
		{"1.0.0-BETA-2", "", ""},
		{"1.4.0-BUILD-77", "", ""},
		{"BUILD-77", "BUILD-77", ""}, // a project may have this name
		{"2.0.0-M-1 2.0.0-M2-1", "", ""},
		{"V1-2", "", ""},
		{"PR-17", "", ""}, // what Jenkins names a branch, and so its image
		{"MR-17", "", ""},
		{"HOTFIX-3", "", ""},
		{"A1-2", "A1-2", ""}, // a project may have this name
		{"X-1", "", ""},
	},
	"git describe": {
		{"v1.4.0-12-gdeadbee", "", ""},
		{"v1.4.0-12-gdeadbee-dirty", "", ""},
		{"SHOP-12-v1.0-3-gabc1234", "SHOP-12", "SHOP-12"},
		{"SHOP-12-3-gabc1234", "SHOP-12", "SHOP-12"},
		{"web-v1.4.0-12-gdeadbee", "", ""},
		{"web-1.4.0-12-gdeadbee", "", ""},
		{"heads/feature/SHOP-12-0-g348ac8f", "SHOP-12", "SHOP-12"},
		{"SHOP-2024-12-gabc1234", "SHOP-2024", "SHOP-2024"}, // twelve commits, not December
	},
	"digests and ids": {
		{"sha256:9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d", "", ""},
		{"shop.example/web@sha256:348ac8f0", "", ""},
		{"348ac8f0c1d2e3f405162738495a6b7c8d9e0f1a", "", ""},
		{"SHA-256:348AC8F0", "", ""},
		{"9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "", ""},
		{"9B1DEB4D-BEEF-4124-9BDD-2B0D7B3DCB6D", "", ""},
		{"DEADBEEF-1234-4124-A123-123456789012", "", ""},
		{"{9B1DEB4D-FEB1-4124-9BDD-2B0D7B3DCB6D} SHOP-12", "SHOP-12", "SHOP-12"},
		{"DEADBEEF-1234-4124", "DEADBEEF-1234", ""}, // too short for a UUID
		{"web-7d4b9c6f5-x2x4z", "", ""},
		{"web-5-x2x4z", "", "WEB-5"}, // by the rule
		{"i-0abcd1234ef567890 ip-10-0-0-1", "", ""},
		{"01ARZ3NDEKTSV4RRFFQ69G5FAV-1", "", ""},
		{"arn:aws:iam::123456789012:role/WEB-7", "WEB-7", "WEB-7"},
	},
	"dates": {
		{"2024-01-15T09:30:00Z", "", ""},
		{"20240115T093000Z", "", ""},
		{"2024-W03-1", "", ""},
		{"shop-2024-01-15", "", ""},
		{"shop-2024-12-31", "", ""},
		{"shop-2024-01", "", ""},
		{"shop-2024.01.15", "", ""},
		{"shop-20240115", "", ""},
		{"shop-20240115093000", "", ""},
		{"BACKUP-2024-01-15", "", ""},
		{"SHOP-2024", "SHOP-2024", "SHOP-2024"},
		{"SHOP-2024-12-factor-app", "SHOP-2024", "SHOP-2024"},
		{"SHOP-2024-1", "SHOP-2024", "SHOP-2024"},
		{"SHOP-2024-01ac8f0", "SHOP-2024", "SHOP-2024"},
		{"SHOP-20241", "SHOP-20241", "SHOP-20241"},
		{"SHOP-20249915", "SHOP-20249915", "SHOP-20249915"}, // no month has this number
		{"15-JAN-2024", "", ""},
		{"MAR-12", "MAR-12", ""}, // marketing, not March
		{"Q3-2024 H1-2025 FY-2025", "", ""},
		{"SPRINT-42", "", ""},
	},
}

func TestFindInTheWild(t *testing.T) {
	for _, groups := range wild {
		for group, samples := range groups {
			t.Run(group, func(t *testing.T) {
				for _, tt := range samples {
					tt.check(t)
				}
			})
		}
	}
}

func (s sample) check(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(s.open, joined(nil, s.text)); diff != "" {
		t.Errorf("Find(%q) (-want +got):\n%s", s.text, diff)
	}
	if diff := cmp.Diff(s.listed, joined(wildProjects, s.text)); diff != "" {
		t.Errorf("Find(%q) with projects %s (-want +got):\n%s", s.text, strings.Join(wildProjects, ", "), diff)
	}
}
