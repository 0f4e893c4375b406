// SPDX-License-Identifier: Apache-2.0

// Command validate-bundle lets operator-framework's validators look at a bundle for OLM, in a folder, and prints what they say:
// an error or a warning a line. It fails if there is any.
//
// It is a module of its own, for what operator-framework brings along.
package main

import (
	"fmt"
	"os"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/validation"
	interfaces "github.com/operator-framework/api/pkg/validation/interfaces"
)

// validators are all of them, but for three: one is deprecated and says so, one judges OperatorGroups, of which a bundle has none,
// and one pulls the image.
var validators = interfaces.Validators{
	validation.ClusterServiceVersionValidator,
	validation.CustomResourceDefinitionValidator,
	validation.BundleValidator,
	validation.OperatorHubV2Validator,
	validation.StandardCategoriesValidator,
	validation.StandardCapabilitiesValidator,
	validation.ObjectValidator,
	validation.AlphaDeprecatedAPIsValidator,
	validation.GoodPracticesValidator,
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: validate-bundle FOLDER")
		os.Exit(2)
	}
	found, err := validate(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "validate-bundle:", err)
		os.Exit(1)
	}
	for _, problem := range found {
		fmt.Println(problem)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
	fmt.Println("The bundle is valid.")
}

// validate returns what the validators say of a bundle.
func validate(folder string) ([]string, error) {
	bundle, err := manifests.GetBundleFromDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the bundle in %s: %w", folder, err)
	}
	var found []string
	for _, result := range validators.Validate(bundle.ObjectsToValidate()...) {
		for _, problem := range append(result.Errors, result.Warnings...) {
			found = append(found, problem.Error())
		}
	}
	return found, nil
}
