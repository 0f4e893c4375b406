// SPDX-License-Identifier: Apache-2.0

package jira

import "errors"

// NotStored says whether Jira itself answered that it has nothing under a key. A page with the same status is a gateway's, and
// the site's own host knows no keys.
func NotStored(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == NotFound && e.Gateway == "" && e.Op != OpCloudID
}
