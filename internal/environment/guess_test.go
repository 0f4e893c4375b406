// SPDX-License-Identifier: Apache-2.0

package environment

import "testing"

func TestGuess(t *testing.T) {
	tests := map[string]struct {
		names []string
		want  Type
	}{
		"words for production": {
			names: []string{"production", "shop-prod", "prd", "eu.live", "PROD", "prod-eu-1"}, want: Production,
		},
		"words for staging": {
			names: []string{"staging", "shop-stage", "stg-shop", "preprod", "preproduction"}, want: Staging,
		},
		"pre before production is staging": {
			names: []string{"pre-prod", "shop-pre-production", "pre_live"}, want: Staging,
		},
		"words for testing": {
			names: []string{"test", "shop-qa", "uat", "int", "sit-2", "acceptance"}, want: Testing,
		},
		"words for development": {
			names: []string{"dev", "shop-sandbox", "review-142", "preview", "trunk", "sbx"}, want: Development,
		},
		"no word that tells": {
			names: []string{"shop", "", "team-a", "pre-shop"}, want: Unmapped,
		},
		"a part of a word does not tell": {
			names: []string{"maintenance", "product-catalog", "printing", "deliveries", "developers", "latest", "nonprod"}, want: Unmapped,
		},
		"digits at the end of a word do not count": {
			names: []string{"dev2", "dev-2", "shop-sandbox01", "2-dev", "dev1-dev2"}, want: Development,
		},
		"nor between pre and production": {
			names: []string{"pre-prod3", "pre2-prod", "pre-1-live2"}, want: Staging,
		},
		"digits at the start of a word, or within it, do": {
			names: []string{"2dev", "d3v", "e2", "e2e2e", "prod1a"}, want: Unmapped,
		},
		"non before anything is never a type": {
			names: []string{"non-prod", "shop-non-production", "non-dev"}, want: Unmapped,
		},
		"words of two types": {
			names: []string{"prod-test", "dev-staging", "qa-live"}, want: Unmapped,
		},
		"a word that is a product's before another word": {
			names: []string{"live-chat", "live-shop", "acc-shop", "ppe-orders", "perf-dashboard", "abnahme-protokoll"}, want: Unmapped,
		},
		"the same word as the last one, region, colour and number aside": {
			names: []string{"shop-live", "shop-live-eu-west-1", "live-blue", "live-v2", "shop-produccion"}, want: Production,
		},
		"a word that is a product's beside any other": {
			names: []string{"integration-services", "slack-integration", "data-quality", "quality-reports", "sip-trunk", "lead-qualification"}, want: Unmapped,
		},
		"the same word alone": {
			names: []string{"integration", "quality-eu", "eu-quality-2", "calidad"}, want: Testing,
		},
		"a word of previews with the number of a pull request": {
			names: []string{"review-shop-12-a1b2c3", "shop-pr-1234-preview", "preview"}, want: Development,
		},
		"a word of previews without one": {
			names: []string{"review-service", "product-review", "link-preview-2", "review-service-eu-west-1", "review-service-02"}, want: Unmapped,
		},
		"a product's word tells nothing where another word tells": {
			names: []string{"live-chat-dev", "dev-slack-integration", "sandbox-link-preview"}, want: Development,
		},
		"but it does where nothing else is named": {
			names: []string{"integration-prod", "live-dev", "quality-live-eu"}, want: Unmapped,
		},
		"two words of one type": {
			names: []string{"prod-live", "production-prod"}, want: Production,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, namespace := range tt.names {
				if got := Guess(namespace); got != tt.want {
					t.Errorf("Guess(%q) = %s, want %s", namespace, got, tt.want)
				}
			}
		})
	}
}
