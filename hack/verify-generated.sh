#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the generators and fails when that changes a file: then what lay here, committed or not, was stale.
# The fresh files stay, to be looked at and committed.
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(api charts client config dist docs) # all that the generators write to
mkdir -p "${folders[@]}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# snapshot prints the id of a git tree that holds the folders as they are now. It uses an index of its own:
# nothing is staged.
snapshot() {
  rm -f "$scratch/index"
  GIT_INDEX_FILE="$scratch/index" git add --all -- "${folders[@]}" &&
    GIT_INDEX_FILE="$scratch/index" git write-tree
}

before=$(snapshot)
make generate client manifests api-docs metrics-docs chart
after=$(snapshot)

if [ "$before" != "$after" ]; then
  {
    echo
    echo "Generated files were not up to date. They are now: look at them, and commit them."
    git --no-pager diff --no-renames --name-status "$before" "$after"
    git --no-pager diff --no-renames --unified=1 "$before" "$after" | sed -n 1,60p
  } >&2
  exit 1
fi
