// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"fmt"
	"os"
	"slices"
)

// kubernetesVariable is the environment variable that chooses the Kubernetes to run, one of kubernetesFolders.
const kubernetesVariable = "ROLLCALL_KUBERNETES"

// kubernetesFolders hold the modules that pin a Kubernetes and its etcd. The oldest is the first one that the
// chart installs on.
var kubernetesFolders = map[string]string{
	"":       kubernetesFolder,
	"newest": kubernetesFolder,
	"oldest": kubernetesFolder + "/oldest",
}

// chosenKubernetes is the set with its Kubernetes and etcd from the chosen module. The rest stays as it is.
func chosenKubernetes(s set) (set, error) {
	choice := os.Getenv(kubernetesVariable)
	folder, known := kubernetesFolders[choice]
	if !known {
		return set{}, fmt.Errorf("choose Kubernetes: set %s to newest or oldest, not to %q", kubernetesVariable, choice)
	}
	s.binaries = slices.Clone(s.binaries)
	for i, b := range s.binaries {
		if b.folder == kubernetesFolder {
			s.binaries[i].folder = folder
		}
	}
	return s, nil
}
