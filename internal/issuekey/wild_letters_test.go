// SPDX-License-Identifier: Apache-2.0

package issuekey

var wildLookalikes = map[string][]sample{
	"what only looks like a key": {
		{"UTF-8 UTF-16 ISO-8859-1 ISO8859-1 ISO_8859-15 WINDOWS-1252 LATIN-1", "", ""},
		{"SHA-256 SHA512-256 SHA3-512 MD-5 AES-128 AES256-1 RSA-4096 ED-25519 BASE-64 CRC-32", "", ""},
		{"CVE-2021-44228 CWE-79 GHSA-4265-ccf5 RUSTSEC-2024-1 USN-6543-1", "", ""},
		{"RFC-3339 ISO-8601 IEEE-754 PEP-8 PSR-12 JEP-444 KEP-1287 ADR-7 PKCS-12 FIPS-140-2", "", ""},
		{"TLS-1 TLS-1.3 HTTP-404 HTTP-1.1 HTTP2-1 IPV-6 OAUTH-2 SAML-2", "", ""},
		{"GPL-3 LGPL-2.1 APACHE-2.0 BSD-3 UTC-5 GMT-3", "", ""},
		{"RC-1 JDK-17 JDK17-2 RHEL-9 X86-64 GPT-4 MPEG-4 H264-1 H265-10 COVID-19", "", ""},
		{"GH-17 PR-17 MR-17 SNAPSHOT-1 VERSION-2 RELEASE-7", "", ""},
	},
	"what may be a project": {
		{"API-1 CI-2 DEV-3 GO-4 IOS-5 IP-6 SEC-7 SOC-8 TEST-9 ALPHA-10", "API-1 CI-2 DEV-3 GO-4 IOS-5 IP-6 SEC-7 SOC-8 TEST-9 ALPHA-10", ""},
		{"A11Y-160 MG01-115 K8S-7 LOG4J2-3000", "A11Y-160 MG01-115 K8S-7 LOG4J2-3000", ""},
		{"PROD-1 QA-2 DEC-3 Q3-4 FY-5", "PROD-1 QA-2 DEC-3 Q3-4 FY-5", ""},
	},
	"such names beside keys": {
		{"SHOP-12: use UTF-8", "SHOP-12", "SHOP-12"},
		{"UTF-8-SHOP-12", "SHOP-12", "SHOP-12"},
		{"SHOP-12-RC-1", "SHOP-12", "SHOP-12"},
		{"feature_UTF-8", "", ""},
		{"XUTF-8", "XUTF-8", ""},
	},
}

var wildUnicode = map[string][]sample{
	"letters that become ASCII in the other case": {
		{"ſhop-12", "", ""},               // long s, in upper case S
		{"\u212Aay-1 pa\u0131-1", "", ""}, // Kelvin sign, in lower case k; dotless i, in upper case I
		{"ſ_shop-12", "", "SHOP-12"},
		{"ﬀshop-12", "", ""},
	},
	"other scripts": {
		{"ＳＨＯＰ-12", "", ""},
		{"SHOP-１２", "", ""},
		{"SHOP-1２", "", ""},
		{"ＳSHOP-12", "", ""},
		{"SHOP－12", "", ""},
		{"SHOP-12،PAY-3", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"תיקון SHOP-12 התחברות", "SHOP-12", "SHOP-12"},
		{"\u200FSHOP-12\u200F", "SHOP-12", "SHOP-12"}, // between marks of direction
		{"إصلاح SHOP-12 تسجيل", "SHOP-12", "SHOP-12"},
		{"SHOP-٣", "", ""},
		{"修复 SHOP-12 登录", "SHOP-12", "SHOP-12"},
		{"修复【SHOP-12】登录", "SHOP-12", "SHOP-12"},
		{"修复SHOP-12登录", "", ""},  // by the rule: letters touch
		{"ПАЙ-12 РАУ-3", "", ""}, // Cyrillic that looks like Latin
	},
	"combining marks": {
		{"éSHOP-12", "", ""},
		{"e\u0301SHOP-12", "", ""}, // the same letter in two pieces
		{"e\u0301\u0323SHOP-12", "", ""},
		{" \u0301SHOP-12", "SHOP-12", "SHOP-12"},
		{"\u0301SHOP-12", "SHOP-12", "SHOP-12"},
		{"SHOP-12\u0301", "", ""}, // no longer a plain 2
		{"SHOP-12\u20E3", "", ""}, // nor is a keycap
		{"S\u0301HOP-12", "", ""},
		{"SHOP\u0301-12", "", ""},
		{"SHOP-12\u200B", "SHOP-12", "SHOP-12"},
		{"SHOP-12²", "SHOP-12", "SHOP-12"}, // a footnote is no digit
	},
	"what is no text": {
		{"\xffSHOP-12\xff", "SHOP-12", "SHOP-12"},
		{"\xc3SHOP-12\xc3", "SHOP-12", "SHOP-12"},
		{"SHOP-12\x00PAY-3", "SHOP-12 PAY-3", "SHOP-12 PAY-3"},
		{"SHOP\x00-12", "", ""},
	},
}
