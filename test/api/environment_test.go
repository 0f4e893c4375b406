// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Messages of a JiraSite's environments, each of several refusals.
const (
	mustShare   = "rules that share an id must share name and type too, because Jira knows one environment by its id"
	mustSelect  = "needs namespaces, namespaceSelector or workloadSelector, one or more of them: a rule that matches everything hides those below it"
	mustBeAmong = "projects of an environment must be among spec.projects, where that is set"
	mustLeave   = "leaves out every namespace: name some, such as pr-*, or set spec.suspend to send nothing"
)

// acceptedEnvironments are specs of a JiraSite, tried by TestJiraSite.
var acceptedEnvironments = map[string]string{
	"an environment of globs":                                     `environments: [{id: prod, name: Production, type: production, namespaces: [shop-prod, "*-prod", "shop-?", "[a-c]*"]}]`,
	"an environment of labels":                                    `environments: [{id: prod, type: production, namespaceSelector: {matchLabels: {tier: prod}}}]`,
	"an environment of globs and labels":                          `environments: [{id: prod, type: unmapped, namespaces: ["*"], namespaceSelector: {}}]`,
	"an environment of workloads":                                 `environments: [{id: load, type: testing, workloadSelector: {matchLabels: {purpose: load}}}]`,
	"an environment of workloads and globs":                       `environments: [{id: load, type: testing, namespaces: [shop], workloadSelector: {matchLabels: {purpose: load}}}]`,
	"namespaces that are left out":                                `excludeNamespaces: ["pr-*", "mr-?*", "*-preview", scratch, "[a-c]*"]`,
	"a hundred namespaces that are left out":                      `excludeNamespaces: ` + quoted(numbered("n", 100)),
	"a glob to leave out that does not parse":                     `excludeNamespaces: ["[a-"]`,
	"two environments with the same name":                         `environments: [{id: a, name: Prod, type: production, namespaces: [a]}, {id: b, name: Prod, type: production, namespaces: [b]}]`,
	"an environment of two rules":                                 `environments: [{id: prod, name: Production, type: production, namespaces: ["*-prod"]}, {id: qa, type: testing, namespaces: [qa]}, {id: prod, name: Production, type: production, namespaceSelector: {matchLabels: {tier: prod}}}]`,
	"two rules of which one says what the other's name is":        `environments: [{id: prod, name: prod, type: production, namespaces: [a]}, {id: prod, type: production, namespaces: [b]}]`,
	"a hundred rules for one environment, with the longest texts": `environments: [` + strings.Join(slices.Repeat([]string{`{id: ` + text255 + `, name: ` + text255 + `, type: development, namespaces: ["*"]}`}, 100), ", ") + `]`,
	"an environment of some projects":                             `{projects: [SHOP, PAY], environments: [{id: prod, type: production, namespaces: [a], projects: [PAY]}]}`,
	"an environment of projects, where the site lists none":       `environments: [{id: prod, type: production, namespaces: [a], projects: [PAY, A_1]}]`,
	"a hundred environments of fifty projects each":               `{projects: ` + quoted(numbered("SHOP", 60)) + `, environments: [` + strings.Join(slices.Repeat([]string{`{id: prod, type: production, namespaces: [a], projects: ` + quoted(numbered("SHOP", 50)) + `}`}, 100), ", ") + `]}`,
	"2000 namespaces in sum":                                      `environments: [` + ofNamespaces(20) + `]`,
	"a glob that does not parse":                                  `environments: [{id: prod, type: production, namespaces: ["[a-"]}]`,
}

// refusedEnvironments are what TestJiraSite wants refused.
var refusedEnvironments = map[string]refusal{
	"an environment of everything":                            {`environments: [{id: a, type: production}]`, "spec.environments[0]", mustSelect},
	"an environment that is not Jira's":                       {`environments: [{id: a, type: prod, namespaces: [a]}]`, "spec.environments[0].type", `supported values: "unmapped", "development", "testing", "staging", "production"`},
	"an environment without a type":                           {`environments: [{id: a, namespaces: [a]}]`, "spec.environments[0].type", "Required value"},
	"an environment without an id":                            {`environments: [{type: production, namespaces: [a]}]`, "spec.environments[0].id", "Required value"},
	"an environment's empty id":                               {`environments: [{id: "", type: production, namespaces: [a]}]`, "spec.environments[0].id", "at least 1 chars long"},
	"an environment's id of 256 characters":                   {`environments: [{id: ` + strings.Repeat("a", 256) + `, type: production, namespaces: [a]}]`, "spec.environments[0].id", "may not be more than 255 bytes"},
	"an environment of two types":                             {`environments: [{id: b, type: testing, namespaces: [c]}, {id: a, type: production, namespaces: [a]}, {id: a, type: staging, namespaces: [b]}]`, "spec.environments", mustShare},
	"an environment of two names":                             {`environments: [{id: a, name: A, type: production, namespaces: [a]}, {id: a, name: B, type: production, namespaces: [b]}]`, "spec.environments", mustShare},
	"an environment whose second rule forgets its name":       {`environments: [{id: a, name: A, type: production, namespaces: [a]}, {id: a, type: production, namespaces: [b]}]`, "spec.environments", mustShare},
	"an environment's empty name":                             {`environments: [{id: a, name: "", type: production, namespaces: [a]}]`, "spec.environments[0].name", "at least 1 chars long"},
	"an environment's name of 256 characters":                 {`environments: [{id: a, name: ` + strings.Repeat("a", 256) + `, type: production, namespaces: [a]}]`, "spec.environments[0].name", "may not be more than 255 bytes"},
	"an environment's empty list of namespaces":               {`environments: [{id: a, type: production, namespaces: []}]`, "spec.environments[0].namespaces", "at least 1 items"},
	"an environment's list of 101 namespaces":                 {`environments: [{id: a, type: production, namespaces: ` + quoted(numbered("n", 101)) + `}]`, "spec.environments[0].namespaces", "must have at most 100 items"},
	"an environment's namespace twice":                        {`environments: [{id: a, type: production, namespaces: [a, a]}]`, "spec.environments[0].namespaces[1]", `Duplicate value: "a"`},
	"an environment's empty namespace":                        {`environments: [{id: a, type: production, namespaces: [""]}]`, "spec.environments[0].namespaces[0]", "at least 1 chars long"},
	"an environment's glob of 254 characters":                 {`environments: [{id: a, type: production, namespaces: [` + strings.Repeat("a", 254) + `]}]`, "spec.environments[0].namespaces[0]", "may not be more than 253 bytes"},
	"an empty list of namespaces to leave out":                {`excludeNamespaces: []`, "spec.excludeNamespaces", "at least 1 items"},
	"a list of 101 namespaces to leave out":                   {`excludeNamespaces: ` + quoted(numbered("n", 101)), "spec.excludeNamespaces", "must have at most 100 items"},
	"a namespace to leave out twice":                          {`excludeNamespaces: [a, b, a]`, "spec.excludeNamespaces[2]", `Duplicate value: "a"`},
	"an empty namespace to leave out":                         {`excludeNamespaces: [""]`, "spec.excludeNamespaces[0]", "at least 1 chars long"},
	"a namespace to leave out of 254 characters":              {`excludeNamespaces: [` + strings.Repeat("a", 254) + `]`, "spec.excludeNamespaces[0]", "may not be more than 253 bytes"},
	"every namespace to leave out":                            {`excludeNamespaces: ["pr-*", "*"]`, "spec.excludeNamespaces[1]", mustLeave},
	"an environment of a project that the site does not list": {`{projects: [SHOP], environments: [{id: a, type: production, namespaces: [a], projects: [SHOP, PAY]}]}`, "spec.environments", mustBeAmong},
	"an environment of no projects":                           {`environments: [{id: a, type: production, namespaces: [a], projects: []}]`, "spec.environments[0].projects", "at least 1 items"},
	"an environment of 51 projects":                           {`environments: [{id: a, type: production, namespaces: [a], projects: ` + quoted(numbered("SHOP", 51)) + `}]`, "spec.environments[0].projects", "must have at most 50 items"},
	"an environment's project twice":                          {`environments: [{id: a, type: production, namespaces: [a], projects: [SHOP, SHOP]}]`, "spec.environments[0].projects[1]", `Duplicate value: "SHOP"`},
	"an environment's project in lower case":                  {`environments: [{id: a, type: production, namespaces: [a], projects: [shop]}]`, "spec.environments[0].projects[0]", "must be a project key in upper case, such as SHOP"},
	"an environment's project of one letter":                  {`environments: [{id: a, type: production, namespaces: [a], projects: [S]}]`, "spec.environments[0].projects[0]", "at least 2 chars long"},
	"an environment's project of 65 letters":                  {`environments: [{id: a, type: production, namespaces: [a], projects: [` + strings.Repeat("A", 65) + `]}]`, "spec.environments[0].projects[0]", "may not be more than 64 bytes"},
	"a list of 101 environments":                              {`environments: [` + environments(101) + `]`, "spec.environments", "must have at most 100 items"},
	"more than 2000 namespaces in sum":                        {`environments: [` + ofNamespaces(20) + `, {id: z, type: production, namespaces: [one-more]}]`, "spec.environments", "rules may name 2000 namespaces in sum"},
}

// ofNamespaces returns rules of a hundred namespaces each.
func ofNamespaces(n int) string {
	rules := numbered("e", n)
	for i, id := range rules {
		rules[i] = `{id: ` + id + `, type: production, namespaces: ` + quoted(numbered(id+"-", 100)) + `}`
	}
	return strings.Join(rules, ", ")
}

func environments(n int) string {
	rules := numbered("e", n)
	for i, id := range rules {
		rules[i] = `{id: ` + id + `, type: production, namespaces: [a]}`
	}
	return strings.Join(rules, ", ")
}

// With a list that is a map of ids, server-side apply would merge the two, or refuse them.
func TestTwoRulesForOneEnvironmentAreAppliedAsTheyStand(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	applied := merge(t, parse(t, minimalSite), "spec", `environments: [
		{id: prod, name: Production, type: production, namespaces: ["*-prod"]},
		{id: qa, type: testing, namespaces: [qa]},
		{id: prod, name: Production, type: production, namespaceSelector: {matchLabels: {tier: prod}}}]`)
	applied.SetGenerateName("")
	applied.SetName("two-rules")
	for range 2 { // as kubectl apply does it, the first time and again
		o := applied.DeepCopy()
		g.Expect(c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("kubectl"))).To(Succeed())
	}
	defer func() { g.Expect(c.Delete(t.Context(), applied)).To(Succeed()) }()
	stored := applied.DeepCopy()
	g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(applied), stored)).To(Succeed())
	g.Expect(stored.Object["spec"]).To(HaveKeyWithValue("environments", applied.Object["spec"].(map[string]any)["environments"]))
}
