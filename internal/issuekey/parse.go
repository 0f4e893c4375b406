// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	// whole is a key and nothing else.
	whole = regexp.MustCompile(`^[A-Z][A-Z0-9_]+-[1-9][0-9]{0,17}$`)
	// nearly is what people write for a key: shop-12, SHOP 12, SHOP_12, shop12, SHOP-012.
	nearly = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]*?[A-Za-z])[-_ .#]*0*([1-9][0-9]{0,17})$`)
)

// Parse returns the issue key that a person wrote: SHOP-12, in any case, or the address of the page. Of anything else
// the error says what a key is, and which one may be meant.
func Parse(text string) (string, error) {
	text = strings.TrimSpace(text)
	if _, behind, found := strings.Cut(text, "/browse/"); found {
		text, _, _ = strings.Cut(behind, "?")
		text = strings.TrimSuffix(text, "/")
	}
	if key := strings.ToUpper(text); whole.MatchString(key) {
		return key, nil
	}
	if parts := nearly.FindStringSubmatch(text); parts != nil {
		return "", fmt.Errorf("%q is no issue key: is it %s-%s?", text, strings.ToUpper(parts[1]), parts[2])
	}
	if text == "" {
		return "", errors.New("an issue key is missing, such as SHOP-12")
	}
	return "", fmt.Errorf("%q is no issue key: one is a project of two or more letters, a dash, and a number, such as SHOP-12", text)
}

// Nearly returns a pattern of what people write who mean a key: SHOP-12, shop-12, SHOP_12, SHOP 12, shop12, SHOP-012. It does not
// match a part of another key or number.
func Nearly(key string) *regexp.Regexp {
	dash := strings.LastIndexByte(key, '-')
	return regexp.MustCompile(`(?i)(?:^|[^a-z0-9])` + regexp.QuoteMeta(key[:dash]) + `[-_ .#]*0*` + key[dash+1:] + `(?:$|[^0-9a-z])`)
}
