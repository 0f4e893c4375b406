// SPDX-License-Identifier: Apache-2.0

// Package tekton pins the release of Tekton Pipelines whose reasons package internal/build knows. A test there reads them
// from the module's source, and fails when a later release has another one. Nothing of Tekton's is compiled into the product.
package tekton

import _ "github.com/tektoncd/pipeline/pkg/apis/pipeline"
