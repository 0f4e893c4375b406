// SPDX-License-Identifier: Apache-2.0

// Package site holds the tests of the site controller that need a real API server and the controller's own queue.
package site
