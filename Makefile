# SPDX-License-Identifier: Apache-2.0

# Rollcall. `make` alone lists the targets. Go, make and git are all that is needed; kubectl only for
# the targets under "A cluster of your own".

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The generators write what the linters read.
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# One set of flags for all that is built to be run here: packages of the control plane, the tests and the demo that are the
# same are then compiled once. Only what is handed on to others (build, plugin, image) is built with -trimpath.
export CGO_ENABLED := 0

# It gets the control plane, builds packages, and says how far it is, in the same run.
BUILD = go -C test run ./cluster/build

# What to test, how many packages at a time (those that run a control plane keep a core busy each), and
# further arguments of go test: make test-unit TEST_ARGS="-race -run Template" PKGS=./internal/record
PKGS ?= ./... ./client/... ./test/...
TEST_ARGS ?=
TEST_PACKAGES_AT_ONCE ?= 2
GO_TEST_FLAGS = -timeout 20m -p $(TEST_PACKAGES_AT_ONCE)

# The modules that hold Go code of ours: the product, its API, a client of the API, and the tests that need more than
# the product does. $(call packages,test) are those of PKGS that are in the module test, as it calls them.
MODULES := . api client test
# Those, and the programs that build and check what is published: all that the linters read.
CODE := $(MODULES) hack/image hack/release hack/validate-bundle hack/workflows test/health
define newline


endef
packages = $(if $(filter .,$(1)),$(filter-out $(MODULES:%=./%/%),$(PKGS)),$(patsubst ./$(1)/%,./%,$(filter ./$(1)/%,$(PKGS))))

# Arguments for the manager of `make run`.
ARGS ?=

# What the manager says of itself.
VERSION ?= $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
COMMIT ?= $(or $(shell git rev-parse --verify --quiet HEAD 2>/dev/null),unknown)
DATE ?= $(or $(shell git log -1 --format=%cI 2>/dev/null),unknown)
LDFLAGS = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)

# The image: its name, its architecture where one is built by a tool of containers, and the tool, if one works.
IMAGE ?= rollcall:$(VERSION)
ARCH ?= $(shell go env GOARCH)
CONTAINER_TOOL ?= $(shell for tool in docker podman buildah; do if $$tool info >/dev/null 2>&1; then echo $$tool; break; fi; done)

# The packages whose tests start no control plane.
UNIT_PKGS = list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' $(call packages,$(1)) \
	| grep -vE '/rollcall/test/(bench|chaos|chart|cluster|controller|e2e|manager|node|observability|plugin|release|stories)|/pkg/envtest' | cut -d ' ' -f 1

# What only tests import: make test compiles it with the rest, and says how far it is.
TEST_IMPORTS = { $(foreach module,$(MODULES),$(if $(call packages,$(module)),go -C $(module) list -f '{{join .TestImports "\n"}}{{"\n"}}{{join .XTestImports "\n"}}' $(call packages,$(module));)) } | sort -u

# The development tools that hack/tools/go.mod pins, each built when it is first needed. Their folder is
# named after the pins and the Go version, so that a change of either builds them anew.
TOOLS := bin/tools-$(shell { go env GOVERSION; cat hack/tools/go.sum; } | git hash-object --stdin | cut -c 1-12)
CONTROLLER_GEN := $(TOOLS)/controller-gen
CRD_REF_DOCS := $(TOOLS)/crd-ref-docs
GOLANGCI_LINT := $(TOOLS)/golangci-lint-kube-api-linter

$(CONTROLLER_GEN): package = sigs.k8s.io/controller-tools/cmd/controller-gen
$(CRD_REF_DOCS): package = github.com/elastic/crd-ref-docs
$(GOLANGCI_LINT): package = sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter
$(CONTROLLER_GEN) $(CRD_REF_DOCS) $(GOLANGCI_LINT):
	@echo "Building $(@F) into $(@D), once (up to two minutes)" >&2
	@CGO_ENABLED=0 go build -C hack/tools -trimpath -ldflags "-s -w" -o "$(CURDIR)/$@" $(package)

# cosign signs releases. It is a large program, and needed for nothing else: it has a module of its own.
COSIGN := bin/cosign-$(shell { go env GOVERSION; cat hack/release/cosign/go.sum; } | git hash-object --stdin | cut -c 1-12)/cosign

$(COSIGN):
	@echo "Building cosign into $(@D), once (up to ten minutes)" >&2
	@CGO_ENABLED=0 go build -C hack/release/cosign -trimpath -ldflags "-s -w" -o "$(CURDIR)/$@" github.com/sigstore/cosign/v3/cmd/cosign

##@ General

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*##"; printf "Usage: make \033[36m<target>\033[0m\n"} \
		/^[a-z0-9-]+:.*##/ {printf "  \033[36m%-18s\033[0m%s\n", $$1, $$2} \
		/^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Play a story: releases roll out on a real control plane and appear in a local Jira.
	@echo "Building the demo"
	@$(BUILD) -o bin/ ./test/demo ./cmd/manager >/dev/null
	@exec bin/demo

.PHONY: demo-up
demo-up: ## The same, and stay up to be tried by hand, until Ctrl-C.
	@echo "Building the demo"
	@$(BUILD) -o bin/ ./test/demo ./cmd/manager >/dev/null
	@exec bin/demo -up

.PHONY: clean
clean: ## Remove what was built here. The control plane stays in the user's cache folder.
	rm -rf bin _output

##@ Develop

.PHONY: generate
generate: $(CONTROLLER_GEN) ## Write the deep-copy functions of the API.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt paths=./api/...

CLIENT := github.com/rollcall-dev/rollcall/client

.PHONY: client
client: ## Write the apply configurations and the typed client of the API, in the module client.
	@rm -rf client/applyconfiguration client/clientset
	@apply=$$(go -C hack/codegen tool -n applyconfiguration-gen); clients=$$(go -C hack/codegen tool -n client-gen); cd client; set -ex; \
	"$$apply" --go-header-file ../hack/boilerplate.go.txt --output-dir applyconfiguration --output-pkg $(CLIENT)/applyconfiguration \
		github.com/rollcall-dev/rollcall/api/v1alpha1; \
	"$$clients" --go-header-file ../hack/boilerplate.go.txt --output-dir clientset --output-pkg $(CLIENT)/clientset --clientset-name versioned \
		--apply-configuration-package $(CLIENT)/applyconfiguration --input-base github.com/rollcall-dev/rollcall --input api/v1alpha1

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Write the CRDs and the manager's role from the markers in the code.
	@rm -rf _output/manifests
	$(CONTROLLER_GEN) crd rbac:roleName=rollcall-manager paths=./api/... paths=./internal/controller/site paths=./internal/controller/workload \
		paths=./internal/controller paths=./cmd/manager \
		output:crd:artifacts:config=_output/manifests/crd output:rbac:artifacts:config=_output/manifests/rbac
	$(CONTROLLER_GEN) rbac:roleName=rollcall-builds paths=./internal/controller/runs output:rbac:artifacts:config=_output/manifests/builds
	@mkdir -p config/crd/bases config/rbac config/builds
	@rm -f config/crd/bases/*.yaml
	@cp _output/manifests/crd/*.yaml config/crd/bases/
	@cp _output/manifests/rbac/role.yaml config/rbac/role.yaml
	@cp _output/manifests/builds/role.yaml config/builds/role.yaml

.PHONY: api-docs
api-docs: $(CRD_REF_DOCS) ## Write the API reference, docs/reference/api.md.
	@mkdir -p docs/reference
	$(CRD_REF_DOCS) --log-level=ERROR --source-path=api --config=hack/crd-ref-docs.yaml \
		--renderer=markdown --output-path=docs/reference/api.md

.PHONY: metrics-docs
metrics-docs: ## Write the table of the metrics in docs/metrics.md.
	go run ./hack/metricsdocs

.PHONY: chart
chart: ## Write what is generated in and from the chart: dashboard, CRDs, rules, schema, README, config/, dist/.
	go run ./hack/dashboard
	go run ./hack/chart

.PHONY: generated
generated: generate client manifests api-docs metrics-docs chart ## Write all that is generated.

.PHONY: licence-headers
licence-headers: ## Write the licence header into the source files that lack it.
	go run ./hack/licence -write

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code and its imports.
	@for module in $(CODE); do (cd $$module && "$(CURDIR)/$(GOLANGCI_LINT)" fmt) || exit 1; done

.PHONY: vet
vet: ## Run go vet.
	@for module in $(CODE); do (set -x; go -C $$module vet ./...) || exit 1; done

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Lint the code, the import rules and the API's conventions.
	@for module in $(CODE); do echo "==> The linters, in $$module"; (cd $$module && "$(CURDIR)/$(GOLANGCI_LINT)" run $(LINT_ARGS) ./...) || exit 1; done

.PHONY: lint-fix
lint-fix: $(GOLANGCI_LINT) ## The same, and mend what can be mended.
	@$(MAKE) lint LINT_ARGS=--fix

.PHONY: build
build: ## Build the manager, bin/manager.
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o bin/manager ./cmd/manager

.PHONY: plugin
plugin: ## Build the plug-in of kubectl, bin/kubectl-rollcall. On the PATH it is `kubectl rollcall`.
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o bin/kubectl-rollcall ./cmd/kubectl-rollcall

.PHONY: plugin-archives
plugin-archives: ## Write the plug-in for six platforms, and krew's manifest, into _output/plugin: make plugin-archives VERSION=v0.1.0
	go run ./hack/plugin -version="$(VERSION)" -created="$(DATE)" -ldflags="$(LDFLAGS)"

.PHONY: image
image: ## Build the manager's image with Docker, Podman or buildah; without them, as a tarball.
	@if [ -z "$(CONTAINER_TOOL)" ]; then echo "No docker, podman or buildah works here: the image becomes a tarball"; exec $(MAKE) image-tarball; fi; \
	set -ex; \
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o _output/image/linux_$(ARCH)/manager ./cmd/manager; \
	$(CONTAINER_TOOL) build --build-arg TARGETARCH=$(ARCH) --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --build-arg DATE=$(DATE) --tag $(IMAGE) .

.PHONY: image-tarball
image-tarball: ## Write the image for amd64 and arm64 into _output/image: the same bytes from the same commit.
	@go build -C hack/image -o "$(CURDIR)/bin/image" .
	@bin/image -ref "$(IMAGE)" -commit "$(COMMIT)" -created "$(DATE)" -ldflags "$(LDFLAGS)" -description "Puts every rollout on the Jira issues that it ships."

.PHONY: run
run: build ## Run the manager on the cluster of the current kubeconfig: make run ARGS="--namespace=rollcall-system"
	@exec bin/manager $(ARGS)

##@ Check

.PHONY: verify
verify: verify-generated verify-modules verify-format verify-licence verify-workflows verify-bundle lint ## All that is generated is up to date, and the linters are content.
	@echo "make verify: all is well"

.PHONY: verify-generated
verify-generated:
	@echo "==> Generated files are up to date"
	@hack/verify-generated.sh

.PHONY: verify-modules
verify-modules:
	@failed=0; for mod in $$(git ls-files -co --exclude-standard -- go.mod '*/go.mod'); do \
		echo "==> $$mod is tidy"; \
		go -C "$$(dirname "$$mod")" mod tidy -diff || failed=1; \
	done; exit $$failed

.PHONY: verify-format
verify-format:
	@echo "==> Go files are formatted"
	@found=$$(git ls-files -co --exclude-standard -z -- '*.go' | xargs -0 gofmt -l); \
	if [ -n "$$found" ]; then printf 'Not formatted (make fmt):\n%s\n' "$$found" >&2; exit 1; fi

.PHONY: verify-licence
verify-licence:
	@echo "==> Source files name their licence"
	@go run ./hack/licence

.PHONY: verify-workflows
verify-workflows:
	@echo "==> The workflows in .github: actionlint, pins, permissions"
	@go -C hack/workflows test -count=1 ./...

.PHONY: verify-bundle
verify-bundle:
	@echo "==> The bundle for OLM: operator-framework's validators"
	@go -C hack/validate-bundle test -count=1 ./...

.PHONY: chart-lint
chart-lint: control-plane test-health ## Lint the chart with Helm and kube-score, and test it, also on a real API server.
	go -C test test $(GO_TEST_FLAGS) -count=1 $(TEST_ARGS) ./chart/...

.PHONY: test-health
test-health: ## Run the health checks that docs/platforms.md has for Argo CD and Flux.
	go -C test/health test -count=1 ./...

.PHONY: control-plane
control-plane: ## Get etcd, Kubernetes and KWOK for the tests, once: download or build them; print where they are.
	@$(BUILD)

.PHONY: test
test: ## Run the tests: pure ones, those on an API server, and end to end. Prints each package's coverage.
	@echo "==> Building what the tests need"
	@$(BUILD) ./... ./test/... $$($(TEST_IMPORTS)) >/dev/null
	$(foreach module,$(MODULES),$(if $(call packages,$(module)),go -C $(module) test $(GO_TEST_FLAGS) -count=1 -cover $(TEST_ARGS) $(call packages,$(module))$(newline)))

.PHONY: test-unit
test-unit: ## Run the tests that need no control plane.
	$(foreach module,$(MODULES),$(if $(call packages,$(module)),go -C $(module) test $(GO_TEST_FLAGS) $(TEST_ARGS) $$(go -C $(module) $(call UNIT_PKGS,$(module)))$(newline)))

# Arguments of `make record-stories`: STORY_ARGS=-only=Recreate records some stories anew, and leaves the others.
STORY_ARGS ?=

.PHONY: record-stories
record-stories: control-plane ## Record the stories of test/replay anew, on a real control plane (five minutes).
	$(if $(STORY_ARGS),,rm -rf test/replay/testdata/recordings)
	@go -C test build -o ../bin/stories ./stories
	bin/stories $(STORY_ARGS)
	go -C test test ./replay -run TestStories -update

.PHONY: test-race
test-race: ## Run what is concurrent under the race detector; it needs a C compiler.
	@set -- $$(go env CC); command -v "$$1" >/dev/null || { echo "make test-race needs a C compiler (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }
	CGO_ENABLED=1 go test -race -timeout 20m $(TEST_ARGS) ./internal/controller/... ./internal/jira/...

.PHONY: test-e2e
test-e2e: control-plane ## Run the tests of the manager on a control plane.
	go -C test test $(GO_TEST_FLAGS) -count=1 -v ./e2e/... $(TEST_ARGS)

.PHONY: observability-test
observability-test: control-plane ## Let a Prometheus scrape a manager: rules fire, the dashboard's queries answer. It needs Debian's prometheus; else it is SKIPPED; in CI that fails.
	go -C test test $(GO_TEST_FLAGS) -count=1 -v ./observability $(TEST_ARGS)
	go -C test test $(GO_TEST_FLAGS) -count=1 -v ./e2e -ginkgo.label-filter=prometheus $(TEST_ARGS)

.PHONY: dashboard-picture
dashboard-picture: control-plane ## Draw the dashboard, docs/images/dashboard.svg, from two minutes of releases. It needs Debian's prometheus.
	go -C test test $(GO_TEST_FLAGS) -count=1 -v ./e2e -ginkgo.label-filter=prometheus -picture="$(CURDIR)/docs/images/dashboard.svg" $(TEST_ARGS)

.PHONY: test-oldest
test-oldest: ## Test API, chart and manager on the oldest Kubernetes that is supported.
	@ROLLCALL_KUBERNETES=oldest $(MAKE) test PKGS="./test/api/... ./test/chart/... ./test/e2e/..."

.PHONY: test-image
test-image: ## Test the image builder: two builds give the same bytes.
	go -C hack/image test ./...

.PHONY: e2e-node
e2e-node: ## Try the image and the chart on a real node: Linux, root, libseccomp-dev. Else it is SKIPPED; in CI that fails.
	@go -C test build -o ../bin/e2enode ./e2enode
	@helm=$$(go -C hack/chart-tools tool -n helm); exec bin/e2enode -helm "$$helm"

# How long the trouble of `make chaos` lasts, in minutes, and what it is drawn from; 0 for the time.
CHAOS_MINUTES ?= 2
CHAOS_SEED ?= 0
# Further arguments: make chaos CHAOS_ARGS="-replicas 1", or -help.
CHAOS_ARGS ?=

.PHONY: chaos
chaos: ## Kill managers, restart the API server and let Jira fail, then compare what Jira shows with what is true.
	@$(BUILD) -o bin/ ./test/chaos >/dev/null
	@exec bin/chaos -minutes $(CHAOS_MINUTES) -seed $(CHAOS_SEED) $(CHAOS_ARGS)

# Arguments of `make bench`: BENCH_ARGS="-only=idle,burst", BENCH_ARGS=-deployments=1000
BENCH_ARGS ?=

.PHONY: bench
bench: ## Measure what is promised, beside a bare reporter, and write docs/benchmarks.md.
	@$(BUILD) -o bin/ ./test/bench >/dev/null
	@exec bin/bench $(BENCH_ARGS)

##@ Release

# Where image and chart are published, and who builds: the workflow, or whoever sits here.
RELEASE_REGISTRY ?= ghcr.io/rollcall-dev
RELEASE_BUILDER ?= https://github.com/$(or $(GITHUB_WORKFLOW_REF),rollcall-dev/rollcall/blob/main/RELEASE.md)

# Flags of cosign for `make release-sign`. None: the identity of the workflow, or of who logs in.
SIGN_ARGS ?=

.PHONY: release-program
release-program:
	@go build -C hack/release -o "$(CURDIR)/bin/release" .

.PHONY: release
release: release-program ## Write all that a version is published as into _output/release: make release VERSION=v0.1.0
	@exec bin/release build -version="$(if $(filter-out file,$(origin VERSION)),$(VERSION))" -registry="$(RELEASE_REGISTRY)" -builder="$(RELEASE_BUILDER)"

.PHONY: release-verify
release-verify: release-program $(COSIGN) control-plane ## Rehearse the publication of _output/release: push, sign, verify as users do, tamper, build again, install.
	@bin/release check
	go -C hack/release test -count=1 -timeout 30m -v -run Rehearsal . -release="$(CURDIR)/_output/release" -cosign="$(CURDIR)/$(COSIGN)" $(TEST_ARGS)
	ROLLCALL_RELEASE="$(CURDIR)/_output/release" go -C test test $(GO_TEST_FLAGS) -count=1 -v ./release $(TEST_ARGS)

.PHONY: release-push
release-push: release-program ## Push image and chart of _output/release to RELEASE_REGISTRY, with the credentials of docker login.
	@exec bin/release push -registry="$(RELEASE_REGISTRY)"

.PHONY: release-sign
release-sign: release-program $(COSIGN) ## Sign what was pushed, and the sums of _output/release, with cosign; its flags are SIGN_ARGS.
	@exec bin/release sign -registry="$(RELEASE_REGISTRY)" -cosign="$(CURDIR)/$(COSIGN)" -- $(SIGN_ARGS)

.PHONY: test-release
test-release: ## Test the release builder on small programs; make release-verify does it on a release.
	go -C hack/release test -count=1 ./...

##@ A cluster of your own

.PHONY: install
install: ## Install the CRDs with kubectl.
	kubectl apply --server-side -k config/crd

.PHONY: uninstall
uninstall: ## Delete the CRDs, and with them every JiraSite and every record.
	kubectl delete --ignore-not-found -k config/crd

.PHONY: deploy
deploy: ## Install the CRDs and the manager with kubectl: make deploy IMAGE=registry.example/rollcall:0.1.0
	kubectl kustomize config/default | sed 's|image: registry.invalid/rollcall:.*|image: $(IMAGE)|' | kubectl apply --server-side -f -

.PHONY: undeploy
undeploy: ## Delete the manager, the CRDs, and with them every JiraSite and every record.
	kubectl delete --ignore-not-found -k config/default
