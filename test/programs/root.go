package programs

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// rootModule is the module whose folder holds hack/controlplane.
const rootModule = "github.com/rollcall-dev/rollcall"

// repositoryRoot walks up from the working directory to the folder of the root module. The modules
// nested under hack/ are passed by, so that it works from any package's test.
func repositoryRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find working directory: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if isRoot(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find module %s above %s: run this inside a checkout of the repository", rootModule, start)
		}
	}
}

func isRoot(dir string) bool {
	content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && modfile.ModulePath(content) == rootModule
}
