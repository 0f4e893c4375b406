// SPDX-License-Identifier: Apache-2.0

package issuekey

var wildBranches = map[string][]sample{
	"branches": {
		{"SHOP-12-mend-the-login", "SHOP-12", "SHOP-12"},         // as Jira's "create branch" names them
		{"feature/SHOP-12-mend-the-login", "SHOP-12", "SHOP-12"}, // with Bitbucket's kinds
		{"bugfix/SHOP-12-500-error-on-login", "SHOP-12", "SHOP-12"},
		{"refs/heads/hotfix/SHOP-12", "SHOP-12", "SHOP-12"},
		{"feature/shop-12-mend-the-login", "", "SHOP-12"},
		{"users/jo/SHOP-12", "SHOP-12", "SHOP-12"},
		{"bugfix/SHOP-12_and_PAY-3", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"SHOP-12-PAY-3", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"SHOP-12_PAY-3", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"SHOP-12-13", "SHOP-12", "SHOP-12"},
		{"SHOP_12", "", ""},
		{"SHOP12", "", ""},
		{"SHOP 12", "", ""},
		{"feature/OPS_EU-7", "OPS_EU-7", ""},
		{"FEATURE_SHOP-12", "FEATURE_SHOP-12", ""}, // upper case stands as a whole
		{"featureSHOP-12", "", ""},
		{"dependabot/go_modules/golang.org/x/net-0.23.0", "", ""},
		{"dependabot/npm_and_yarn/web-1.4.0", "", ""},
		{"dependabot/docker/alpine-3.20", "", ""},
		{"renovate/major-12-k8s.io", "", ""},
		{"renovate/shop-12.x", "", "SHOP-12"}, // by the rule
		{"renovate/golang.org-x-crypto-CVE-2024-45337", "", ""},
		{"release/1.4.0", "", ""},
		{"release-2024-01", "", ""},
		{"gh-readonly-queue/main/pr-17-348ac8f", "", ""},
		{"issue-12", "", ""},
		{"feature%2FSHOP-12", "", ""}, // by the rule: the F of an escaped slash touches
		{"main", "", ""},
	},
}

var wildMessages = map[string][]sample{
	"merge commits": {
		{"Merge pull request #17 from acme/feature/SHOP-12-login", "SHOP-12", "SHOP-12"},
		{"Merge pull request #17 from acme/feature/shop-12-login", "", "SHOP-12"},
		{"SHOP-12 Mend the login (#17)", "SHOP-12", "SHOP-12"},
		{"Merge branch 'feature/SHOP-12' into 'main'", "SHOP-12", "SHOP-12"},
		{"Merge branch 'PAY-3' of github.com:acme/shop into SHOP-12", "PAY-3 SHOP-12", "PAY-3 SHOP-12"},
		{"Merged in feature/SHOP-12-login (pull request #17)", "SHOP-12", "SHOP-12"},
		{"Pull request #17: SHOP-12 Mend the login\n\nMerge in SHOP/web from feature/SHOP-12 to main", "SHOP-12", "SHOP-12"},
		{"See merge request acme/shop!17", "", ""},
		{"Merge tag 'v1.4.0' into SHOP-12", "SHOP-12", "SHOP-12"},
		{"Revert \"SHOP-12: mend the login\"\n\nThis reverts commit 348ac8f0.", "", ""},
	},
	"messages of commits": {
		{"feat(SHOP-12): mend the login", "SHOP-12", "SHOP-12"},
		{"fix(web)!: SHOP-12 mend the login", "SHOP-12", "SHOP-12"},
		{"chore(deps): bump web from 1.3.9 to 1.4.0", "", ""},
		{"[SHOP-12] mend the login", "SHOP-12", "SHOP-12"},
		{"[SHOP-12][PAY-3]: two at once", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"SHOP-12/PAY-3 SHOP-13,SHOP-14;SHOP-15|SHOP-16", "SHOP-12 PAY-3 SHOP-13 SHOP-14 SHOP-15 SHOP-16", "SHOP-12 PAY-3 SHOP-13 SHOP-14 SHOP-15 SHOP-16"},
		{"SHOP-12 #comment mended #time 1w 2d 4h", "SHOP-12", "SHOP-12"},
		{"Fixes: SHOP-12.", "SHOP-12", "SHOP-12"},
		{"mends #SHOP-12, closes #17", "SHOP-12", "SHOP-12"},
		{"shop-12: mend the login", "", "SHOP-12"},
		{"Ticket: SHOP-12\nSigned-off-by: Jo <jo-1@acme.example>", "SHOP-12", "SHOP-12"},
		{"🐛SHOP-12", "SHOP-12", "SHOP-12"},
		{"✏️SHOP-12", "SHOP-12", "SHOP-12"}, // the emoji ends in a mark that stands on no letter
		{"SHOP-12…PAY-3", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"fix\\nSHOP-12", "", ""}, // by the rule: the n of an escaped line break touches
		{"SHOP-", "", ""},
		{"-12", "", ""},
		{"SHOP--12", "", ""},
		{"SHOP–12 SHOP‑12 SHOP−12", "", ""}, // other dashes
		{"SHOP-\n12", "", ""},
	},
	"addresses": {
		{"https://acme.atlassian.net/browse/SHOP-12", "SHOP-12", "SHOP-12"},
		{"https://acme.atlassian.net/browse/SHOP-12?focusedCommentId=10012#comment-10012", "SHOP-12", "SHOP-12"},
		{"[SHOP-12](https://acme.atlassian.net/browse/SHOP-12)", "SHOP-12", "SHOP-12"},
		{"https://acme.atlassian.net/jira/software/projects/SHOP/boards/1?selectedIssue=SHOP-12", "SHOP-12", "SHOP-12"},
		{"https://github.com/acme/shop/pull/17", "", ""},
		{"https://shop-12.preview.acme.example/", "", "SHOP-12"},
		{"web-1.shop-2.svc.cluster.local:8080", "", "WEB-1 SHOP-2"}, // by the rule: in lower case a pod is a key
		{"10.0.0.1-10.0.0.9", "", ""},
	},
	"logs and commands": {
		{"kubectl set image deployment/web web=shop.example/web:SHOP-12-348ac8f --record=true", "SHOP-12", "SHOP-12"},
		{"helm upgrade web ./web-1.4.0.tgz --set image.tag=SHOP-12", "SHOP-12", "SHOP-12"},
		{"2024-01-15 09:30:00,123 [pool-1-thread-3] ERROR-500 http-nio-8080-exec-1 - ORA-12154", "", ""},
		{"INFO 15-JAN-24 thread=0x7f-1 user=jo-2 took=-1 ms=-100", "JAN-24", ""}, // not a year: MAR-24 may be an issue
		{"level=error msg=\"HTTP-404 for SHOP-12\" trace=4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "SHOP-12", "SHOP-12"},
		{"E0115 09:30:00.000000       1 web.go:12] \"Failed\" err=\"exit status 1\"", "", ""},
		{"+1-555-0100 -1 --1 1-1 a-1 A-1", "", ""},
		{"{\"key\":\"SHOP-12\",\"rank\":\"0|hzzzzz:\"}", "SHOP-12", "SHOP-12"},
	},
}
