// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"regexp"
	"strings"
)

// lookalikes are names that stand before a dash and a number in ordinary text, and are no project. A name
// is here where a person would hardly take it for anything else. Names that teams do give to projects are not
// (API, CI, DEV, GO, IOS, JAVA, SEC, SOC, TEST): a project that is lost is worse than a key that Jira does
// not know. Digits at the end of a name do not count: SHA512-256, ISO8859-1, JDK17-2, V1-2.
var lookalikes = setOf(
	// Encodings: UTF-8, ISO-8859-1, WINDOWS-1252.
	"UTF UCS LATIN ISO IEC ANSI WINDOWS",
	// Hashes and ciphers: SHA-256, AES-128, ED-25519, BASE-64.
	"SHA MD AES RSA DES ECDSA HMAC ED BASE CRC",
	// Advisories and their scores: CVE-2021-44228, GHSA-4265-…, USN-6543-1.
	"CVE CWE CVSS CAPEC GHSA GHSL PYSEC RUSTSEC RHSA RHBA RHEA ALAS ELSA DLA USN ZDI",
	// Standards and proposals that are cited by number: RFC-3339, PSR-12, JEP-444, ADR-7.
	"RFC IEEE ITU PEP PKCS FIPS NIST ECMA JSR BCP JEP KEP PSR ERC XEP ADR",
	// Protocols with their versions or status codes: TLS-1, HTTP-404, MQTT-5.
	"TLS DTLS SSL HTTP HTTPS IPV TCP UDP OAUTH SAML MQTT WPA",
	// Codes of errors: ORA-12154, TNS-12541, ERR-1, SQLSTATE-23505.
	"ORA TNS ERR ERROR ERRNO SQLSTATE EXITCODE",
	// Licences: GPL-3, APACHE-2.
	"GPL LGPL AGPL BSD APACHE MPL EPL EUPL CDDL",
	// Time zones: UTC-5.
	"UTC GMT",
	// Releases: 1.0.0-RC-1, V1-2, RELEASE-7.
	"RC SNAPSHOT V VER VERSION RELEASE HOTFIX",
	// Pull and merge requests, as Jenkins names their branches and so their images, and GitHub's own
	// references: PR-17, MR-17, GH-17.
	"PR MR GH",
	// Stages of plans: SPRINT-42.
	"SPRINT PHASE STEP WEEK",
	// Runtimes and systems that are named with their version: JDK-17, RHEL-9, X86-64.
	"JDK JRE OPENJDK DOTNET UBUNTU DEBIAN CENTOS RHEL X86",
	// Models, formats and diseases: GPT-4, MPEG-4, H264-1, COVID-19.
	"GPT LLAMA MPEG HEVC H264 H265 COVID",
)

// calendar are names that are part of a date before a year, and may be projects before any other number:
// 15-JAN-2024, Q3-2024, FY-2025.
var calendar = setOf(
	"JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
	"Q H FY CW KW",
)

// qualifiers are names that go on a version or a year, and may be projects anywhere else: 1.0.0-BETA-2,
// 1.4.0-BUILD-77, 2024-W03-1.
var qualifiers = setOf("ALPHA BETA BUILD M MILESTONE PATCH PRE W")

func setOf(groups ...string) map[string]bool {
	set := map[string]bool{}
	for _, group := range groups {
		for name := range strings.FieldsSeq(group) {
			set[name] = true
		}
	}
	return set
}

// lookalike says whether project and number, around the dash, only look like a key.
func (s *scan) lookalike(project, number string, dash int) bool {
	name := strings.TrimRight(project, "0123456789_")
	return lookalikes[project] || lookalikes[name] ||
		(calendar[name] && year.MatchString(number)) ||
		(qualifiers[name] && s.versionBefore(dash-len(project))) ||
		s.inUUID(dash)
}

// versionBefore says whether a digit and a mark that joins stand before i: 1.0.0-.
func (s *scan) versionBefore(i int) bool {
	return i >= 2 && strings.IndexByte("-._+", s.at(i-1)) >= 0 && isDigit(s.at(i-2))
}

// uuid is a UUID. One in seven random ones, in upper case, holds what looks like a key:
// 9B1DEB4D-BEEF-4124-9BDD-2B0D7B3DCB6D.
var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// inUUID says whether the dash is one of the four of a UUID.
func (s *scan) inUUID(dash int) bool {
	for _, offset := range [...]int{8, 13, 18, 23} {
		if start := dash - offset; start >= 0 && uuid.MatchString(s.look(start, 36)) {
			return true
		}
	}
	return false
}
