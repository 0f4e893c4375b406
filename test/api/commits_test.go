// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"strings"
)

const (
	listSomebody     = "list repositories, registries or both: nobody else is asked"
	mustBeHTTPSGit   = "must be an https URL, such as https://github.com/acme (http is allowed on loopback only)"
	mustHoldNoUser   = "must hold no user, query or fragment: credentials belong into a Secret"
	mustBePlain      = "must be written plainly: no '..', no empty part of a path, nothing percent-encoded"
	mustBeRegistry   = "must be a registry's host, such as ghcr.io"
	mustBeSecretName = "must be the name of a Secret in the operator's namespace"
	mustBeServer     = "must be a host name in lower case, such as auth.acme.example: no scheme, no path"
	mustBeImage      = "must be an image's name without tag and digest, such as ghcr.io/acme/shop or ghcr.io/acme/*"
	mustBePath       = "must be a folder or a file of the repository, such as services/checkout/**: ** at its end alone, and no / before it"
)

var acceptedCommits = map[string]string{
	"commits of a host":          `commits: {repositories: [{url: "https://git.acme.example:8443"}]}`,
	"commits of a folder":        `commits: {repositories: [{url: "https://github.com/acme", secretName: acme-git}, {url: "https://github.com/acme/shop"}]}`,
	"commits on loopback":        `commits: {repositories: [{url: "http://127.0.0.1:8080/acme"}, {url: "http://localhost/acme"}], registries: ["http://127.0.0.1:5000", "http://localhost:5000/acme"]}`,
	"commits that images tell":   `commits: {registries: [ghcr.io, "registry.acme.example:5000/team/shop", docker.io/library], registrySecretName: acme-pull, tokenServers: [auth.acme.example, "tokens.acme.example:8443"]}`,
	"commits of images by globs": `commits: {registries: [ghcr.io], images: [{image: "ghcr.io/acme/*", repository: "https://github.com/acme/shop", paths: [services/checkout/**, go.mod, "services/*/api"]}, {image: "registry.acme.example:5000/web", repository: "git@github.com:acme/web.git"}]}`,
}

var refusedCommits = map[string]refusal{
	"commits of nobody":                {`commits: {}`, "spec.commits", listSomebody},
	"commits of an empty list":         {`commits: {repositories: []}`, "spec.commits.repositories", "at least 1 items"},
	"commits of 51 repositories":       {`commits: {repositories: [` + many(51, `{url: "https://git.example/%d"}`) + `]}`, "spec.commits.repositories", "at most 50 items"},
	"commits of one twice":             {`commits: {repositories: [{url: "https://a.example"}, {url: "https://a.example"}]}`, "spec.commits.repositories[1]", "Duplicate value"},
	"commits without a url":            {`commits: {repositories: [{secretName: a}]}`, "spec.commits.repositories[0].url", "Required value"},
	"commits of an empty url":          {`commits: {repositories: [{url: ""}]}`, "spec.commits.repositories[0].url", "at least 1 chars long"},
	"commits of a too long url":        {`commits: {repositories: [{url: "https://a.example/` + strings.Repeat("a", 2000) + `"}]}`, "spec.commits.repositories[0].url", "may not be more than 2000 bytes"},
	"commits by http":                  {`commits: {repositories: [{url: "http://github.com/acme"}]}`, "spec.commits.repositories[0].url", mustBeHTTPSGit},
	"commits by ssh":                   {`commits: {repositories: [{url: "ssh://git@github.com/acme"}]}`, "spec.commits.repositories[0].url", mustBeHTTPSGit},
	"commits of a host that ends like": {`commits: {repositories: [{url: "http://localhost.evil.example"}]}`, "spec.commits.repositories[0].url", mustBeHTTPSGit},
	"commits with a user":              {`commits: {repositories: [{url: "https://me:secret@github.com/acme"}]}`, "spec.commits.repositories[0].url", mustHoldNoUser},
	"commits that lead out":            {`commits: {repositories: [{url: "https://github.com/acme/../evil"}]}`, "spec.commits.repositories[0].url", mustBePlain},
	"commits with an escaped slash":    {`commits: {repositories: [{url: "https://github.com/acme%2fevil"}]}`, "spec.commits.repositories[0].url", mustBePlain},
	"commits with an empty part":       {`commits: {repositories: [{url: "https://github.com//acme"}]}`, "spec.commits.repositories[0].url", mustBePlain},
	"commits of an empty Secret":       {`commits: {repositories: [{url: "https://a.example", secretName: ""}]}`, "spec.commits.repositories[0].secretName", "at least 1 chars long"},
	"commits of a Secret elsewhere":    {`commits: {repositories: [{url: "https://a.example", secretName: other/git}]}`, "spec.commits.repositories[0].secretName", mustBeSecretName},
	"commits of a long Secret":         {`commits: {repositories: [{url: "https://a.example", secretName: ` + strings.Repeat("a", 254) + `}]}`, "spec.commits.repositories[0].secretName", "may not be more than 253 bytes"},

	"registries of an empty list":   {`commits: {registries: []}`, "spec.commits.registries", "at least 1 items"},
	"51 registries":                 {`commits: {registries: [` + many(51, "r%d.example") + `]}`, "spec.commits.registries", "at most 50 items"},
	"a registry twice":              {`commits: {registries: [ghcr.io, ghcr.io]}`, "spec.commits.registries[1]", "Duplicate value"},
	"an empty registry":             {`commits: {registries: [""]}`, "spec.commits.registries[0]", "at least 1 chars long"},
	"a registry of 513 characters":  {`commits: {registries: ["ghcr.io/` + strings.Repeat("a", 505) + `"]}`, "spec.commits.registries[0]", "may not be more than 512 bytes"},
	"a registry with a scheme":      {`commits: {registries: ["https://ghcr.io"]}`, "spec.commits.registries[0]", mustBeRegistry},
	"a registry by http":            {`commits: {registries: ["http://ghcr.io"]}`, "spec.commits.registries[0]", mustBeRegistry},
	"a registry with a user":        {`commits: {registries: ["me@ghcr.io"]}`, "spec.commits.registries[0]", mustBeRegistry},
	"a registry of all":             {`commits: {registries: ["*.io"]}`, "spec.commits.registries[0]", mustBeRegistry},
	"an empty pull Secret":          {`commits: {registries: [ghcr.io], registrySecretName: ""}`, "spec.commits.registrySecretName", "at least 1 chars long"},
	"a long pull Secret":            {`commits: {registries: [ghcr.io], registrySecretName: ` + strings.Repeat("a", 254) + `}`, "spec.commits.registrySecretName", "may not be more than 253 bytes"},
	"a pull Secret elsewhere":       {`commits: {registries: [ghcr.io], registrySecretName: other/pull}`, "spec.commits.registrySecretName", mustBeSecretName},
	"no token servers":              {`commits: {registries: [ghcr.io], tokenServers: []}`, "spec.commits.tokenServers", "at least 1 items"},
	"21 token servers":              {`commits: {registries: [ghcr.io], tokenServers: [` + many(21, "t%d.example") + `]}`, "spec.commits.tokenServers", "at most 20 items"},
	"a token server twice":          {`commits: {registries: [ghcr.io], tokenServers: [a, a]}`, "spec.commits.tokenServers[1]", "Duplicate value"},
	"an empty token server":         {`commits: {registries: [ghcr.io], tokenServers: [""]}`, "spec.commits.tokenServers[0]", "at least 1 chars long"},
	"a token server of 254":         {`commits: {registries: [ghcr.io], tokenServers: [` + strings.Repeat("a", 254) + `]}`, "spec.commits.tokenServers[0]", "may not be more than 253 bytes"},
	"a token server with a path":    {`commits: {registries: [ghcr.io], tokenServers: [auth.example/token]}`, "spec.commits.tokenServers[0]", mustBeServer},
	"no images":                     {`commits: {registries: [ghcr.io], images: []}`, "spec.commits.images", "at least 1 items"},
	"201 images":                    {`commits: {registries: [ghcr.io], images: [` + many(201, "{image: i%d, repository: r}") + `]}`, "spec.commits.images", "at most 200 items"},
	"images without a name":         {`commits: {registries: [ghcr.io], images: [{repository: r}]}`, "spec.commits.images[0].image", "Required value"},
	"images without a repository":   {`commits: {registries: [ghcr.io], images: [{image: a}]}`, "spec.commits.images[0].repository", "Required value"},
	"images of an empty name":       {imagesOf(`image: "", repository: r`), "spec.commits.images[0].image", "at least 1 chars long"},
	"images of a long name":         {imagesOf(`repository: r, image: ` + strings.Repeat("a", 513)), "spec.commits.images[0].image", "may not be more than 512 bytes"},
	"images with a tag":             {imagesOf(`repository: r, image: "ghcr.io/acme/shop:1.4"`), "spec.commits.images[0].image", mustBeImage},
	"images with a digest":          {imagesOf(`repository: r, image: "ghcr.io/acme/shop@sha256:ab"`), "spec.commits.images[0].image", mustBeImage},
	"images of a class of letters":  {imagesOf(`repository: r, image: "ghcr.io/acme/[a"`), "spec.commits.images[0].image", mustBeImage},
	"images of an empty repository": {imagesOf(`image: a, repository: ""`), "spec.commits.images[0].repository", "at least 1 chars long"},
	"images of a long repository":   {imagesOf(`image: a, repository: ` + strings.Repeat("a", 2001)), "spec.commits.images[0].repository", "may not be more than 2000 bytes"},
	"images of no paths":            {imagesOf(`image: a, repository: r, paths: []`), "spec.commits.images[0].paths", "at least 1 items"},
	"images of 21 paths":            {imagesOf(`image: a, repository: r, paths: [` + many(21, "p%d") + `]`), "spec.commits.images[0].paths", "at most 20 items"},
	"images of a path twice":        {imagesOf(`image: a, repository: r, paths: [a, a]`), "spec.commits.images[0].paths[1]", "Duplicate value"},
	"images of an empty path":       {imagesOf(`image: a, repository: r, paths: [""]`), "spec.commits.images[0].paths[0]", "at least 1 chars long"},
	"images of a long path":         {imagesOf(`image: a, repository: r, paths: [` + strings.Repeat("a", 513) + `]`), "spec.commits.images[0].paths[0]", "may not be more than 512 bytes"},
	"images of a path from /":       {imagesOf(`image: a, repository: r, paths: [/a]`), "spec.commits.images[0].paths[0]", mustBePath},
	"images of ** in the middle":    {imagesOf(`image: a, repository: r, paths: [a/**/b]`), "spec.commits.images[0].paths[0]", mustBePath},
}

func imagesOf(one string) string { return `commits: {registries: [ghcr.io], images: [{` + one + `}]}` }

// many writes a list of n things that differ in a number.
func many(n int, one string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(one, i)
	}
	return strings.Join(all, ", ")
}

const wholeSource = `{image: "ghcr.io/acme/shop:1", repository: "https://github.com/acme/shop", revision: 41ac7e7, from: ConfigLabel,
	base: e7f1aaa, range: Ahead, commits: 3, issueKeys: [SHOP-12], notes: [Cut, IssueKeysCut]}`

var acceptedSources = map[string]string{
	"a source":               `source: ` + wholeSource,
	"a source that is asked": `source: {image: "ghcr.io/acme/shop:1"}`,
	"a source of a build":    `source: {image: "ghcr.io/acme/shop@sha256:1", repository: "https://github.com/acme/shop", revision: 41ac7e7, from: Build}`,
	"a source of a run":      `source: {repository: "https://github.com/acme/shop", revision: 41ac7e7, from: Run}`,
}

// sourceByHand names no key, and nobody who finds one later.
const sourceByHand = "issueKeys: null\nsource: {image: a}"

var refusedSources = map[string]refusal{
	"a source of an empty image":         {`source: {image: ""}`, "spec.source.image", "at least 1 chars long"},
	"a source of a long image":           {`source: {image: ` + strings.Repeat("a", 1025) + `}`, "spec.source.image", "may not be more than 1024 bytes"},
	"a source of an empty repository":    {`source: {repository: ""}`, "spec.source.repository", "at least 1 chars long"},
	"a source of a long repository":      {`source: {repository: ` + strings.Repeat("a", 2049) + `}`, "spec.source.repository", "may not be more than 2048 bytes"},
	"a source of an empty revision":      {`source: {revision: ""}`, "spec.source.revision", "at least 1 chars long"},
	"a source of a long revision":        {`source: {revision: ` + strings.Repeat("a", 257) + `}`, "spec.source.revision", "may not be more than 256 bytes"},
	"a source of an empty base":          {`source: {base: ""}`, "spec.source.base", "at least 1 chars long"},
	"a source of a long base":            {`source: {base: ` + strings.Repeat("a", 257) + `}`, "spec.source.base", "may not be more than 256 bytes"},
	"a source from nowhere":              {`source: {from: Nowhere}`, "spec.source.from", "supported values"},
	"a source of a range that is none":   {`source: {range: Behind}`, "spec.source.range", "supported values"},
	"a source of -1 commits":             {`source: {commits: 0}`, "spec.source.commits", "greater than or equal to 1"},
	"a source of 501 keys":               {`source: {issueKeys: ` + quoted(numbered("SHOP-", 501)) + `}`, "spec.source.issueKeys", "at most 500 items"},
	"a source of a key twice":            {`source: {issueKeys: [SHOP-1, SHOP-1]}`, "spec.source.issueKeys[1]", "Duplicate value"},
	"a source of a short key":            {`source: {issueKeys: [S-1]}`, "spec.source.issueKeys[0]", "at least 4 chars long"},
	"a source of a long key":             {`source: {issueKeys: [A` + strings.Repeat("B", 253) + `-1]}`, "spec.source.issueKeys[0]", "may not be more than 255 bytes"},
	"a source of nine notes":             {`source: {notes: [` + strings.Repeat("Cut, ", 8) + `Cut]}`, "spec.source.notes", "at most 8 items"},
	"a source of a note twice":           {`source: {notes: [Cut, Cut]}`, "spec.source.notes[1]", "Duplicate value"},
	"a source of a note that nobody has": {`source: {notes: [Lost]}`, "spec.source.notes[0]", "supported values"},
}
