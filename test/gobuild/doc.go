// SPDX-License-Identifier: Apache-2.0

// Package gobuild runs go build for people who wait: it counts what has to be compiled, says about how long that takes, and
// then how far it is.
//
//	Build, Build, ... --count--> packages to compile --Run--> "compiled 210 of 2680 packages, 31s; about 6m left"
//
// Packages that several builds share are counted and compiled once, as long as the builds have the same flags and module
// versions. What is built to be run here therefore has one set of flags: see [Environment].
//
// It imports little, because `make` compiles it before it can say anything.
package gobuild
