// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTemplateHash(t *testing.T) {
	web := func() *deploymentBuilder {
		return makeDeployment("web").TemplateAnnotation("team", "shop").TemplateLabel("app", "web").RealSize()
	}
	tests := map[string]struct {
		changed  *deploymentBuilder
		wantSame bool
	}{
		"the same template":              {web(), true},
		"a restart":                      {web().TemplateAnnotation(annotationRestartedAt, "2026-03-01T09:00:00Z"), true},
		"scaling":                        {web().Replicas(7), true},
		"an annotation of the workload":  {web().Annotation("team", "pay"), true},
		"another image":                  {web().Image("shop/web:1.1").RealSize(), false},
		"another annotation":             {web().TemplateAnnotation("commit", "abc"), false},
		"another value of an annotation": {web().TemplateAnnotation("team", "pay"), false},
		"another label":                  {web().TemplateLabel("app", "shop"), false},
	}
	want := hashOfTemplate(web())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hashOfTemplate(tt.changed); (got == want) != tt.wantSame {
				t.Errorf("TemplateHash() = %s, before it was %s; want the same: %v", got, want, tt.wantSame)
			}
		})
	}
}

// stamps are what tools that restart pods write, and what else says of a template what it does not run.
var stamps = map[string]func(*deploymentBuilder) *deploymentBuilder{
	"kubectl rollout restart":       annotated("kubectl.kubernetes.io/restartedAt"),
	"OpenShift's console":           annotated("openshift.openshift.io/restartedAt"),
	"Rancher":                       annotated("cattle.io/timestamp"),
	"Keel":                          annotated("keel.sh/update-time"),
	"Reloader, by annotation":       annotated("reloader.stakater.com/last-reloaded-from"),
	"Reloader, by variable":         withEnv("STAKATER_WEB_CONFIGMAP"),
	"Wave":                          annotated("wave.pusher.com/config-hash"),
	"Vault Secrets Operator":        annotated("vso.secrets.hashicorp.com/restartedAt"),
	"1Password":                     annotated("operator.1password.io/last-restarted"),
	"Doppler":                       annotated("secrets.doppler.com/secretsupdate.web-secrets"),
	"Infisical":                     annotated("secrets.infisical.com/managed-secret.web-secrets"),
	"Flagger":                       annotated("flagger-id"),
	"a chart's checksum":            annotated("checksum/config"),
	"Helm's rollme":                 annotated("rollme"),
	"a change cause":                annotated("kubernetes.io/change-cause"),
	"Rollcall's own keys":           annotated("rollcall.dev/issue-keys"),
	"Rollcall's own commit message": annotated("rollcall.dev/commit-message"),
	"Rollcall's own label": func(b *deploymentBuilder) *deploymentBuilder {
		return b.TemplateLabel("rollcall.dev/commit", "SHOP-12")
	},
}

func annotated(name string) func(*deploymentBuilder) *deploymentBuilder {
	return func(b *deploymentBuilder) *deploymentBuilder { return b.TemplateAnnotation(name, "SHOP-12 2026-03-01") }
}

func withEnv(name string) func(*deploymentBuilder) *deploymentBuilder {
	return func(b *deploymentBuilder) *deploymentBuilder {
		containers := b.d.Spec.Template.Spec.Containers
		containers[len(containers)-1].Env = append(containers[len(containers)-1].Env, corev1.EnvVar{Name: name, Value: "4f1c2d"})
		return b
	}
}

func TestAStampIsNoRelease(t *testing.T) {
	for name, stamp := range stamps {
		for of, template := range map[string]func() *deploymentBuilder{
			"an ordinary template": func() *deploymentBuilder { return makeDeployment("web").TemplateAnnotation("team", "shop").RealSize() },
			"a bare one":           func() *deploymentBuilder { return makeDeployment("web") },
		} {
			t.Run(name+" on "+of, func(t *testing.T) {
				before, after := template().Obj().Spec.Template, stamp(template()).Obj().Spec.Template
				whole := after.DeepCopy()
				if TemplateHash(before) != TemplateHash(after) {
					t.Error("TemplateHash() takes the stamp for a release")
				}
				if restart := name == "kubectl rollout restart"; (ExactHash(before) == ExactHash(after)) != restart {
					t.Errorf("ExactHash() is the same: %v, want %v", !restart, restart)
				}
				if diff := cmp.Diff(*whole, after); diff != "" {
					t.Errorf("TemplateHash changed its input (-before +after):\n%s", diff)
				}
			})
		}
	}
}

func TestWhatOnlyResemblesAStampIsARelease(t *testing.T) {
	want := hashOfTemplate(makeDeployment("web"))
	for name, change := range map[string]func(*deploymentBuilder) *deploymentBuilder{
		"a checksum of somebody else's":      annotated("acme.example/checksum"),
		"an annotation below another domain": annotated("test.rollcall.dev/ready-after"),
		"a label of the same name":           func(b *deploymentBuilder) *deploymentBuilder { return b.TemplateLabel("rollme", "1") },
		"a variable that ends so":            withEnv("MY_STAKATER_WEB"),
		"a variable":                         withEnv("LOG_LEVEL"),
	} {
		if hashOfTemplate(change(makeDeployment("web"))) == want {
			t.Errorf("%s: TemplateHash() takes it for none", name)
		}
	}
}

func TestMoreNamesCanBeIgnored(t *testing.T) {
	ignored := Ignored{Annotations: []string{"acme.example/rotated-*"}, Env: []string{"ACME_ROTATED"}}
	web := func() *deploymentBuilder { return makeDeployment("web").RealSize() }
	for name, tt := range map[string]struct {
		change   func(*deploymentBuilder) *deploymentBuilder
		wantSame bool
	}{
		"an annotation":               {annotated("acme.example/rotated-db"), true},
		"a variable":                  {withEnv("ACME_ROTATED"), true},
		"one that is always ignored":  {annotated("rollme"), true},
		"another annotation":          {annotated("acme.example/release"), false},
		"another variable":            {withEnv("ACME_RELEASE"), false},
		"an annotation as a variable": {withEnv("acme.example/rotated-db"), false},
	} {
		kept, err := ignored.Trim(tt.change(web()).Obj())
		if err != nil {
			t.Fatal(err)
		}
		got, _ := FromDeployment(kept.(*appsv1.Deployment))
		if same := got.TemplateHash == hashOfTemplate(web()); same != tt.wantSame {
			t.Errorf("%s: the hash is that of the template without it: %v, want %v", name, same, tt.wantSame)
		}
	}
}

func TestTemplateHashFitsIntoARecord(t *testing.T) {
	if got := hashOfTemplate(makeDeployment("web")); !regexp.MustCompile(`^v2-[0-9a-f]{20}$`).MatchString(got) {
		t.Errorf("TemplateHash() = %q, want its version and 20 hexadecimal digits", got)
	}
}

func hashOfTemplate(b *deploymentBuilder) string {
	return TemplateHash(b.Obj().Spec.Template)
}

// Records hold hashes: whoever changes what comes out has to raise the version, and to leave the exact hash as it is. See
// docs/design/0004.
func TestHashesStayWhatTheyWere(t *testing.T) {
	template := makeDeployment("web").TemplateAnnotation("team", "shop").TemplateAnnotation("rollme", "x1").RealSize().Obj().Spec.Template
	if got, want := ExactHash(makeDeployment("web").TemplateAnnotation("team", "shop").RealSize().Obj().Spec.Template), "036e35d74406bc6345ab"; got != want {
		t.Errorf("ExactHash() = %s, want %s as in every version so far", got, want)
	}
	if got, want := TemplateHash(template), "v2-036e35d74406bc6345ab"; got != want {
		t.Errorf("TemplateHash() = %s, want %s", got, want)
	}
}

func TestTheMainContainersImageComesFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		main string
		want []string
	}{
		"the first, where none is named":   {"", []string{"shop/web:1", "mesh/proxy:2", "shop/cron:3"}},
		"the named one":                    {"c1", []string{"mesh/proxy:2", "shop/web:1", "shop/cron:3"}},
		"the last":                         {"c2", []string{"shop/cron:3", "shop/web:1", "mesh/proxy:2"}},
		"the first, where it is not there": {"other", []string{"shop/web:1", "mesh/proxy:2", "shop/cron:3"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := makeDeployment("web").Image("shop/web:1", "mesh/proxy:2", "shop/cron:3").Obj()
			for i := range d.Spec.Template.Spec.Containers {
				d.Spec.Template.Spec.Containers[i].Name = "c" + string(rune('0'+i))
			}
			if tt.main != "" {
				metav1.SetMetaDataAnnotation(&d.Spec.Template.ObjectMeta, "kubectl.kubernetes.io/default-container", tt.main)
			}
			if diff := cmp.Diff(tt.want, imagesOf(&d.ObjectMeta, &d.Spec.Template)); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
			d = trimmed(t, d)
			if diff := cmp.Diff(tt.want, imagesOf(&d.ObjectMeta, &d.Spec.Template)); diff != "" {
				t.Errorf("images after Trim (-want +got):\n%s", diff)
			}
		})
	}
}
