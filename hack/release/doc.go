// SPDX-License-Identifier: Apache-2.0

// Command release makes what a version of Rollcall is published as, checks it, and publishes it.
//
//	             hack/image --> image layout ----+--> install.yaml (image by digest)
//	commit --+-- helm package, with its digest --+--> chart, and the same as an OCI artifact
//	         +-- hack/plugin --> archives -------+--> SBOMs (SPDX), from the programs in image and archives
//	         +-- CHANGELOG.md -------------------+--> RELEASE_NOTES.md
//	                                             |
//	                                 SHA256SUMS --> provenance.intoto.json (SLSA v1)
//
// The same commit gives the same bytes, on every machine with the same version of Go. Only the provenance names who
// built it, so SHA256SUMS does not list it; it lists what SHA256SUMS does, and the digests of image and chart.
//
//	release build    writes all that into a folder
//	release check    compares a folder with its sums, its provenance
//	release push     checks, then pushes image and chart
//	release sign     signs image, chart, sums and provenance with cosign
package main
