// SPDX-License-Identifier: Apache-2.0

package environment

import "testing"

// names are namespaces as people name them, with the type that a person would give. Where only a person who
// knows the team could tell, it is unmapped, and the comment says why.
var names = map[string]Type{
	// The word alone, with the team before or after it.
	"production":      Production,
	"prod":            Production,
	"prd":             Production,
	"shop-prod":       Production,
	"prod-shop":       Production,
	"shop-production": Production,
	"shop-live":       Production,
	"staging":         Staging,
	"shop-staging":    Staging,
	"stage-shop":      Staging,
	"shop-stg":        Staging,
	"test":            Testing,
	"shop-test":       Testing,
	"tst-shop":        Testing,
	"qa-shop":         Testing,
	"shop-uat":        Testing,
	"integration":     Testing,
	"shop-int":        Testing,
	"e2e":             Testing,
	"shop-e2e":        Testing,
	"acceptance-shop": Testing,
	"development":     Development,
	"shop-dev":        Development,
	"dev-shop":        Development,
	"sandbox-joe":     Development,
	"joe-sandbox":     Development,

	// With region, cluster, tenant, colour or version.
	"prod-eu":              Production,
	"prod-eu1":             Production,
	"shop-prod-eu-west-1":  Production,
	"eu-central-1-prod":    Production,
	"shop-live-eu":         Production,
	"prod-blue":            Production,
	"shop-prod-v2":         Production,
	"acme-shop-prod-02":    Production,
	"stage-us-east-1":      Staging,
	"shop-qa-emea":         Testing,
	"k8s-dev-westeurope-3": Development,

	// With a number behind the word.
	"prod1":        Production,
	"prod01-shop":  Production,
	"live2":        Production,
	"stage2":       Staging,
	"stg3-shop":    Staging,
	"preprod2":     Staging,
	"test01":       Testing,
	"qa3":          Testing,
	"uat2":         Testing,
	"shop-sit1":    Testing,
	"dev2":         Development,
	"dev-2":        Development,
	"shop-dev007":  Development,
	"sandbox12":    Development,
	"shop-2-tst-4": Testing,

	// Before production.
	"preprod":             Staging,
	"pre-prod":            Staging,
	"shop-pre-prod-eu":    Staging,
	"pre-production":      Staging,
	"pre-live":            Staging,
	"pre-prod1":           Staging,
	"pre-1-prod":          Staging,
	"shop-preproduction":  Staging,
	"shop-preprod-eu-1":   Staging,
	"pre-prod-acceptance": Unmapped, // staging and testing

	// Previews of changes.
	"review-app-12":          Development,
	"review-shop-12-a1b2c3":  Development,
	"preview-shop-12":        Development,
	"shop-pr-12-preview":     Development,
	"shop-12-feature-review": Development,
	"pr-1234":                Unmapped, // "pr" is a pull request here, production or Puerto Rico there: a rule for pr-* tells
	"shop-pr-1":              Unmapped, // the same
	"mr-17":                  Unmapped, // the same for merge requests
	"shop-feature-login":     Unmapped, // not every feature is a branch

	// Two types, or the contrary of one.
	"non-prod":             Unmapped, // everything but one: development, testing or staging
	"nonprod":              Unmapped, // the same
	"shop-non-prod-eu":     Unmapped, // the same
	"non-production":       Unmapped, // the same
	"shop-prod-test":       Unmapped, // a test of production, or the test system of a team called prod?
	"dev-test":             Unmapped, // two types in one namespace
	"test-staging":         Unmapped, // the same
	"prod1-dev2":           Unmapped, // the same, with numbers
	"integration-prod":     Unmapped, // the integrations of production, or before production?
	"production-like-test": Unmapped, // only the last word counts, but no rule of words can know

	// A word of a type is only a part of the word.
	"maintenance":      Unmapped, // holds int, and main
	"productivity":     Unmapped, // holds prod
	"product-catalog":  Unmapped, // holds prod
	"reproductions":    Unmapped, // holds production
	"interop":          Unmapped, // holds int
	"internal-tools":   Unmapped, // holds int
	"printing":         Unmapped, // holds int
	"delivery":         Unmapped, // holds live
	"olive-oil":        Unmapped, // holds live
	"livestream":       Unmapped, // holds live
	"backstage":        Unmapped, // holds stage
	"stagecoach":       Unmapped, // holds stage
	"reviewboard":      Unmapped, // holds review
	"reviews":          Unmapped, // of products
	"device-registry":  Unmapped, // holds dev
	"devops":           Unmapped, // a team
	"developer-portal": Unmapped, // for developers, in production
	"testimonials":     Unmapped, // holds test
	"contest":          Unmapped, // holds test
	"latest":           Unmapped, // holds test
	"website":          Unmapped, // holds sit
	"transit":          Unmapped, // holds sit
	"evaluate":         Unmapped, // holds uat in part
	"trunking":         Unmapped, // holds trunk

	// No word of a type.
	"shop":             Unmapped, // a team or a service
	"default":          Unmapped, // whatever nobody has sorted
	"kube-system":      Unmapped, // the cluster's own, in every environment
	"argocd":           Unmapped, // a tool, in every environment
	"monitoring":       Unmapped, // the same
	"ingress-nginx":    Unmapped, // the same
	"ci":               Unmapped, // what builds, not what is built
	"demo":             Unmapped, // for customers or for colleagues
	"canary":           Unmapped, // a part of production, or what comes before it
	"dr":               Unmapped, // a second production, whose releases would count twice, or the rehearsal of one
	"pre":              Unmapped, // before what?
	"pre-shop":         Unmapped, // the same
	"beta":             Unmapped, // customers may use it
	"team-a":           Unmapped,
	"jo":               Unmapped,
	"1234":             Unmapped,
	"shop-eu-1":        Unmapped,
	"p-shop":           Unmapped, // one letter is no word
	"acc-shop":         Unmapped, // acceptance, or accounts before another word
	"rollcall-system":  Unmapped,
	"cert-manager-2":   Unmapped,
	"crossplane-v1-17": Unmapped,

	// Abbreviations of enterprises: SAP's landscape, Microsoft's, the Dutch street of dev, tst, acc and prd.
	"erp-qas":      Testing,
	"erp-sbx":      Development,
	"shop-intg":    Testing,
	"shop-stag":    Staging,
	"shop-acc":     Testing,
	"acc":          Testing,
	"acc-eu-1":     Testing,
	"shop-ppe":     Staging,
	"ppe":          Staging,
	"prelive":      Staging,
	"shop-prelive": Staging,
	"shop-pprod":   Staging,
	"preprd-eu":    Staging,
	"shop-perf":    Testing,
	"perf2":        Testing,

	// Portuguese, Spanish, French, German and Dutch.
	"hml":                  Staging,
	"loja-hml":             Staging,
	"hml2-loja":            Staging,
	"loja-hmg":             Staging,
	"homolog":              Staging,
	"homolog-loja":         Staging,
	"loja-homologacao":     Staging,
	"loja-producao":        Production,
	"loja-desenvolvimento": Development,
	"tienda-desarrollo":    Development,
	"tienda-pruebas":       Testing,
	"calidad":              Testing,
	"preproduccion":        Staging,
	"tienda-produccion-eu": Production,
	"recette":              Testing,
	"boutique-recette":     Testing,
	"boutique-qualif":      Testing,
	"qualification":        Testing,
	"homologation":         Staging,
	"developpement":        Development,
	"abnahme":              Testing,
	"laden-abnahme":        Testing,
	"laden-entwicklung":    Development,
	"laden-produktion":     Production,
	"acceptatie":           Testing,
	"winkel-acceptatie":    Testing,
	"winkel-productie":     Production,
	"winkel-ontwikkeling":  Development,

	// A word that is an environment's by itself, and a product's beside another.
	"live-chat":            Unmapped, // a product
	"live-shop":            Unmapped, // the shop that is live, or one for live events
	"chat-live":            Production,
	"live-chat-dev":        Development,
	"live-chat-prod":       Production,
	"quality-eu":           Testing,
	"data-quality":         Unmapped, // a product
	"air-quality-prod":     Production,
	"integration-services": Unmapped, // a product
	"payment-integration":  Unmapped, // a product, or the payment's test with others
	"integration-eu-2":     Testing,
	"review-service":       Unmapped, // of products
	"product-review":       Unmapped, // the same
	"link-preview":         Unmapped, // a product
	"sip-trunk":            Unmapped, // a product
	"recette-du-jour":      Unmapped, // French for a recipe
	"calidad-del-aire":     Unmapped, // Spanish for the quality of air
	"produccion-agricola":  Unmapped, // Spanish for what farms make
	"desarrollo-social":    Unmapped, // a ministry
	"ppe-orders":           Unmapped, // protective equipment
	"acc-receivable":       Unmapped, // accounts
	"perf-dashboard":       Unmapped, // a tool

	// Words that others read, and that are left out.
	"ml-model":      Unmapped, // "model" is staging to Atlassian's GitHub app
	"control-plane": Unmapped, // "control" is testing there
	"internal-api":  Unmapped, // "internal" is staging there
	"shop-des":      Unmapped, // desenvolvimento or desarrollo; also a name and an article
	"shop-pro":      Unmapped, // produccion, or the professional edition
	"shop-val":      Unmapped, // validation, or values
	"shop-lab":      Unmapped, // an experiment, or a laboratory
	"training":      Unmapped, // of people in a copy of production, or of models
	"nonprod-dev":   Development,
	"nonprd":        Unmapped, // everything but one
	"prod-dr":       Production,
	"shop-dr":       Unmapped, // a second production, or the rehearsal of one
	"accounts":      Unmapped, // holds acc
	"performance":   Unmapped, // a measurement, maybe of production
	"homologador":   Unmapped, // holds homolog
	"qualities":     Unmapped, // is not quality
}

func TestGuessOfRealNames(t *testing.T) {
	for name, want := range names {
		if got := Guess(name); got != want {
			t.Errorf("Guess(%q) = %s, want %s", name, got, want)
		}
	}
}
