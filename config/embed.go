// SPDX-License-Identifier: Apache-2.0

// Package config holds what is installed: the CRDs and the manager's rules, for programs that compare a cluster with them.
package config

import "embed"

// CRDs are the CRDs, in crd/bases.
//
//go:embed crd/bases/*.yaml
var CRDs embed.FS

// Role is what the manager may do, and BuildsRole what it may do where builds are reported.
var (
	//go:embed rbac/role.yaml
	Role []byte
	//go:embed builds/role.yaml
	BuildsRole []byte
)
