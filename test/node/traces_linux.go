// SPDX-License-Identifier: Apache-2.0

package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// hidden are folders where a node's programs write, whatever they are told. In the namespaces something
// empty, in memory, stands in their place.
var hidden = []string{"/run", "/var/log", "/var/lib/cni"}

// makeHidden makes those that are not there: a mount needs a folder. It returns what it made.
func makeHidden() (made []string, err error) {
	for _, dir := range hidden {
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			made = append(made, dir)
		} else if !errors.Is(err, fs.ErrExist) {
			return made, fmt.Errorf("make folder to hide: %w", err)
		}
	}
	return made, nil
}

// removeHidden removes the folders that were made, which are empty: what was written is gone with its mount.
func removeHidden(made []string) error {
	var errs []error
	for _, dir := range made {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}

// isolateMounts keeps mounts from spreading to the machine, shows the processes of this namespace alone,
// and hides folders.
func isolateMounts() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, dir := range hidden {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("hide %s: %w", dir, err)
		}
	}
	return nil
}

// groupParent is where containerd puts the control groups of containers, in every hierarchy.
const groupParent = "k8s.io"

// removeGroups removes the control groups of the containers that ran to the end, whose ids are the names of
// folders in the scratch folder. Groups are the one thing that no namespace takes along; their processes
// are gone by then.
func removeGroups(scratch, root string) error {
	containers, err := filepath.Glob(filepath.Join(scratch, "containerd", "*", groupParent, "*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, parent := range groupParents(root) {
		for _, container := range containers {
			errs = append(errs, removeGroup(filepath.Join(parent, filepath.Base(container))))
		}
		_ = syscall.Rmdir(parent) // it fails where others use it
	}
	return errors.Join(errs...)
}

// groupParents are the parents that exist: one with version 2, one a hierarchy with version 1.
func groupParents(root string) []string {
	var parents []string
	for _, pattern := range []string{groupParent, filepath.Join("*", groupParent)} {
		found, _ := filepath.Glob(filepath.Join(root, pattern)) // it fails for bad patterns alone
		parents = append(parents, found...)
	}
	return parents
}

// removeGroup removes a group, the innermost first. A group's files are the kernel's, and go with it.
func removeGroup(root string) error {
	var groups []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a container that has ended
		}
		if err == nil && entry.IsDir() {
			groups = append(groups, path)
		}
		return err
	})
	errs := []error{err}
	for _, group := range slices.Backward(groups) {
		if err := syscall.Rmdir(group); err != nil {
			errs = append(errs, fmt.Errorf("remove control group %s: %w", group, err))
		}
	}
	return errors.Join(errs...)
}
