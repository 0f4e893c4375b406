// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"fmt"
	"os"
)

// modeVariable is the environment variable that chooses where the programs of the control plane come from.
const modeVariable = "ROLLCALL_CONTROL_PLANE"

// mode is where they come from.
type mode string

const (
	modeAuto     mode = "auto"     // what can be downloaded is; the rest is built
	modeBuild    mode = "build"    // all are built
	modeDownload mode = "download" // what cannot be downloaded is an error
)

func chosenMode() (mode, error) {
	switch how := mode(os.Getenv(modeVariable)); how {
	case "":
		return modeAuto, nil
	case modeAuto, modeBuild, modeDownload:
		return how, nil
	default:
		return "", fmt.Errorf("choose control plane: set %s to auto, build or download, not to %q", modeVariable, how)
	}
}

// downloaded is the same plan for the folder in which programs are that were downloaded: who asks for built ones gets none
// of them.
func (p *plan) downloaded() *plan {
	d := *p
	d.target = p.target + "_downloaded"
	return &d
}
