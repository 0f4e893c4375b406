package issuekey

// lookalikes are names that stand before a dash and a number in ordinary text, and are no project.
var lookalikes = map[string]bool{
	// encodings
	"UTF": true, "UCS": true, "LATIN": true, "ISO": true, "IEC": true, "ANSI": true, "WINDOWS": true,
	// hashes and ciphers
	"SHA": true, "SHA2": true, "SHA3": true, "MD": true, "AES": true, "RSA": true, "DES": true,
	"HMAC": true, "ED": true, "BASE": true, "CRC": true,
	// advisories and standards
	"CVE": true, "CWE": true, "RFC": true, "IEEE": true, "PEP": true, "PKCS": true, "FIPS": true,
	"NIST": true, "ECMA": true, "JSR": true, "BCP": true,
	// protocols
	"TLS": true, "SSL": true, "HTTP": true, "IPV": true, "TCP": true, "UDP": true, "OAUTH": true,
	// licences
	"GPL": true, "LGPL": true, "AGPL": true, "BSD": true, "APACHE": true, "MPL": true,
	// time zones
	"UTC": true, "GMT": true,
}

func (r Reader) lookalike(project string) bool {
	return len(r.projects) == 0 && lookalikes[project]
}
