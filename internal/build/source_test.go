// SPDX-License-Identifier: Apache-2.0

package build

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is written on a run goes before what its tool says, for every kind alike.
func TestWhatIsWrittenOnARunWins(t *testing.T) {
	const url, message = "https://git.example.com/mine", "SHOP-7 by hand"
	want := func(b Build) Build {
		b.Repository, b.Revision, b.Ref, b.Images = url, another, "SHOP-8", []string{two, three}
		b.Texts = []Text{{"rollcall.dev/branch", "SHOP-8"}, {"rollcall.dev/commit-message", message}}
		b.Tests = &Tests{Total: 3, Passed: 2, Failed: 1}
		b.State, b.Since = Successful, at(8)
		return b
	}
	annotations := map[string]string{
		"rollcall.dev/repository": url, "rollcall.dev/revision": strings.ToUpper(another), "rollcall.dev/branch": "refs/heads/SHOP-8",
		"rollcall.dev/commit-message": message, "rollcall.dev/image-digest": two + ", shop/web@" + three, "rollcall.dev/tests": "passed=2,failed=1",
	}
	succeeded := func(b runBuilder) runBuilder { return b.Succeeded("True", "", "", 8) }
	runs := map[string]struct {
		run  runBuilder
		want Build
	}{
		"PipelineRun": {
			succeeded(makePipelineRun("ci")).Annotation(pacRepository, shopURL).Annotation(pacRevision, commit).Annotation(pacSourceBranch, "main").
				Results("status.results", "CHAINS-GIT_URL", shopURL, "IMAGES", "a@"+one, "passed", "9"),
			Build{PipelineKind: "PipelineRun", PipelineName: "ci"},
		},
		"BuildRun": {
			succeeded(makeBuildRun()).Set("status.output.digest", one).Set("status.source.git.commitSha", commit).
				Set("status.source.git.branchName", "main").Set("status.buildSpec.source.git.url", shopURL),
			Build{PipelineKind: "Build", PipelineName: "shop"},
		},
		"Workflow": {
			makeWorkflow("ci").Phase("Succeeded", "", 1, 8).Results("status.outputs.parameters", "CHAINS-GIT_COMMIT", commit, "IMAGES", "a@"+one),
			Build{PipelineKind: "Workflow", PipelineName: "ci"},
		},
		"Build": {
			succeeded(makeKpackBuild()).Set("status.latestImage", "shop@"+one),
			Build{PipelineKind: "Image", PipelineName: "shop", Number: 27},
		},
	}
	for kind, test := range runs {
		t.Run(kind, func(t *testing.T) {
			for name, value := range annotations {
				test.run.Annotation(name, value)
			}
			checkBuild(t, test.run.o, want(test.want))
		})
	}
	t.Run("Job", func(t *testing.T) {
		job := makeJob("ci").Started(1).succeeding("CompletionsReached")
		for name, value := range annotations {
			job.Annotation(name, value)
		}
		b := want(Build{PipelineKind: "Job", PipelineName: "ci"})
		b.Since = at(5)
		checkBuild(t, job.j, b)
	})
}

func TestRevisionsAndRefs(t *testing.T) {
	sha256 := strings.Repeat("ab", 32)
	tests := map[string]struct {
		revision, branch      string
		wantRevision, wantRef string
	}{
		"a commit":                 {commit, "", commit, ""},
		"a commit of SHA-256":      {sha256, "main", sha256, "main"},
		"a tag":                    {"v1.2", "", "", "v1.2"},
		"a tag, as Git writes it":  {"refs/tags/v1.2", "", "", "v1.2"},
		"a tag beside a branch":    {"v1.2", "main", "", "main"},
		"an abbreviated commit":    {commit[:12], "", "", commit[:12]},
		"spaces around it":         {" " + commit + "\n", " main ", commit, "main"},
		"nothing":                  {"", "", "", ""},
		"longer than any revision": {strings.Repeat("x", maxURL+1), "", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := observed(t, makeJob("ci").Annotation("rollcall.dev/revision", test.revision).Annotation("rollcall.dev/branch", test.branch).j)
			if b.Revision != test.wantRevision || b.Ref != test.wantRef {
				t.Errorf("it is built from %q, ref %q; want %q, ref %q", b.Revision, b.Ref, test.wantRevision, test.wantRef)
			}
		})
	}
}

func TestARepositoryThatIsTooLongIsNotRead(t *testing.T) {
	for length, want := range map[int]bool{maxURL: true, maxURL + 1: false} {
		url := "https://" + strings.Repeat("x", length-len("https://"))
		if b := observed(t, makeJob("ci").Annotation("rollcall.dev/repository", url).j); (b.Repository == url) != want || !want && b.Repository != "" {
			t.Errorf("of a URL of %d bytes %d are read", length, len(b.Repository))
		}
	}
}

func TestImagesOfTheAnnotation(t *testing.T) {
	var many []string
	for i := range maxImages + 5 {
		many = append(many, fmt.Sprintf("sha256:%064d", i))
	}
	tests := map[string]struct {
		text string
		want []string
	}{
		"a digest":                  {one, []string{one}},
		"one twice":                 {one + "," + two + "\n" + one, []string{one, two}},
		"references":                {"shop/web:1.2@" + one + " shop/jobs@" + two, []string{one, two}},
		"no digests":                {"shop/web:1.2, sha256:12, sha512:" + strings.Repeat("1", 128) + ", sha256:" + strings.Repeat("G", 64), nil},
		"more than are kept":        {strings.Join(many, ","), many[:maxImages]},
		"spaces: the results count": {" ", []string{three}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			run := makePipelineRun("ci").Succeeded("True", "Succeeded", "", 8).Results("status.results", "IMAGES", "shop@"+three)
			b := observed(t, run.Annotation("rollcall.dev/image-digest", test.text).o)
			if diff := cmp.Diff(test.want, b.Images); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyAWebPageIsTheURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://console.example.com/run/1": "https://console.example.com/run/1",
		"http://console/run/1":              "http://console/run/1",
		"javascript:alert(1)":               "",
		"console.example.com":               "",
		"https://":                          "",
		"%zz":                               "",
	} {
		if b := observed(t, makePipelineRun("ci").Annotation(pacLogURL, text).o); b.URL != want {
			t.Errorf("the URL of %q is %q, want %q", text, b.URL, want)
		}
	}
}
