// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// GroupVersion is the group and version of every type in this package.
	GroupVersion = schema.GroupVersion{Group: "rollcall.dev", Version: "v1alpha1"}

	// SchemeGroupVersion is the same, by the name that k8s.io/code-generator expects.
	SchemeGroupVersion = GroupVersion

	// SchemeBuilder collects the functions that add this package's types to a scheme.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme adds this package's types to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&JiraSite{}, &JiraSiteList{},
		&JiraDeployment{}, &JiraDeploymentList{},
		&JiraBuild{}, &JiraBuildList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
