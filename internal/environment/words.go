// SPDX-License-Identifier: Apache-2.0

package environment

import "strings"

// position says where in a name a word has to stand to tell a type. A name that consists of known words and asides
// (live-eu) names no product: there each word counts.
type position int

const (
	// anywhere is for words that name little else than an environment.
	anywhere position = iota
	// last is for words that are about something else when another word follows: shop-live, but live-chat.
	last
	// numbered is for words of previews, which have the number of a pull request: review-shop-12, but review-service.
	numbered
	// alone is for words that are about something else beside any other word: quality, but data-quality.
	alone
)

// table holds the words of names that tell a type. Whole words only: "maintenance" holds "int" and is no test. Where
// each word comes from, and why some are missing, is in docs/design/0006-environments.md.
var table = []struct {
	t     Type
	at    position
	words string
}{
	{Production, anywhere, "production prod prd"},
	{Production, last, "live produccion producao produktion productie"}, //nolint:misspell // four languages, and no mistake

	{Staging, anywhere, "staging stage stg stag preproduction preprod preprd pprod prelive hml hmg homolog"},
	{Staging, last, "ppe homologacao homologation preproduccion preproducao"},

	{Testing, anywhere, "testing test tests tst integ intg int acceptance accept acpt acceptatie qa qas qc uat sit e2e qualif"},
	{Testing, last, "acc perf abnahme recette pruebas"},
	{Testing, alone, "integration quality calidad qualification"},

	{Development, anywhere, "development develop dev sandbox sbx"},
	{Development, last, "desarrollo desenvolvimento developpement entwicklung ontwikkeling"},
	{Development, numbered, "review preview"},
	{Development, alone, "trunk"},
}

// word is what a word of a name tells, and where.
type word struct {
	t  Type
	at position
}

var words = func() map[string]word {
	all := map[string]word{}
	for _, row := range table {
		for text := range strings.FieldsSeq(row.words) {
			all[text] = word{row.t, row.at}
		}
	}
	return all
}()

// negations say what an environment is not: whatever else the name says, it may be any of the others.
var negations = setOf("non")

// asides are words that say which of several equal environments a name means, by region, country, colour or version. A
// number says that too.
var asides = setOf(`eu us uk gb de fr nl be es pt br ch at ie se dk fi pl ca au jp sg emea apac latam
	europe america asia north south east west central northeast southeast northwest southwest blue green v`)

func setOf(list string) map[string]bool {
	set := map[string]bool{}
	for text := range strings.FieldsSeq(list) {
		set[text] = true
	}
	return set
}
