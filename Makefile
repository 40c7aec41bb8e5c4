# One way to do each thing, for people and CI alike: `make help` lists the ways.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

GO := scripts/go
GO_TAGS := $(shell bash -c '. scripts/lib.sh; echo "$$GO_TAGS"')
# The binary is built without cgo, so that is what the tests run.
export CGO_ENABLED := 0

##@ Try it

.PHONY: demo
demo: ## Deploy MariaDB, memcached, HAProxy and Keystone on this machine, end with a token
	@demo/demo.sh

.PHONY: demo-clean
demo-clean: ## Remove what the demo made: containers, image, data
	@demo/clean.sh

.PHONY: overcloud
overcloud: ## Deploy a whole OpenStack control plane on three nodes in five steps, and use it by its clients
	@scripts/overcloud.sh

.PHONY: overcloud-test
overcloud-test: ## Change, break, update and extend a deployed overcloud; TESTS="failed_sync" runs only these
	@scripts/overcloud-test.sh $(TESTS)

.PHONY: overcloud-clean
overcloud-clean: ## Remove what the overcloud made: nodes, image, secrets
	@scripts/overcloud-clean.sh

##@ Build

.PHONY: setup
setup: ## Install what the other targets need, and say what (they do it themselves)
	@scripts/setup.sh

.PHONY: build
build: ## Build the static binaries of all architectures into build/, this machine's also as build/paunch and build/library/
	@scripts/setup.sh go
	@scripts/build.sh all

.PHONY: install
install: ## Install the command line with its man pages and completion below PREFIX (/usr/local)
	@scripts/setup.sh go
	@scripts/build.sh host
	@scripts/install.sh install

.PHONY: uninstall
uninstall: ## Remove what install installed
	@scripts/install.sh uninstall

.PHONY: install-test
install-test: ## Install into an empty directory, use it, and uninstall
	@scripts/setup.sh go
	@scripts/build.sh host
	@scripts/install.sh test

.PHONY: collection
collection: ## Build the Ansible collection's tarball into build/, reproducibly
	@scripts/setup.sh go ansible
	@scripts/collection.sh build

.PHONY: release
release: ## Make deb, rpm, collection, bills of materials and checksums in build/release; KEY=FINGERPRINT signs them
	@scripts/setup.sh go ansible release
	@KEY='$(KEY)' scripts/release.sh

.PHONY: verify-release
verify-release: ## Build a release again from a clean clone and compare bit for bit; RELEASE=DIR, KEYRING=FILE
	@scripts/setup.sh go ansible release
	@KEYRING='$(KEYRING)' scripts/release-verify.sh $(RELEASE)

.PHONY: clean
clean: ## Remove what was built and what setup put under .cache
	@chmod -R u+w .cache 2>/dev/null || true
	@rm -rf .cache build plugins/plugin_utils/runners tests/output

##@ Test

.PHONY: test
test: ## With all set-up: lint, unit, real, node-test, services-test-12, collection-test, sanity, molecule, demo-test, overcloud and more
	@scripts/test.sh

# What `make test` has a smaller form of, or nothing: before a release.
FULL := test report-test ansible-versions test-faults-full test-histories test-mutants test-race test-repeat fuzz overcloud-full test-fresh

.PHONY: test-full
test-full: ## The full forms of all tests, one after the other: most of a day
	@for target in $(FULL); do echo "==> test-full: $$target"; $(MAKE) $$target; done

.PHONY: test-faults-full
test-faults-full: ## All faults of test-faults
	@PAUNCH_FAULTS=all $(MAKE) test-faults

.PHONY: overcloud-full
overcloud-full: overcloud ## The overcloud with all its tests, and its removal
	@$(MAKE) overcloud-test
	@$(MAKE) overcloud-clean

.PHONY: size
size: collection ## Check that the collection with the binaries of all architectures is far from Galaxy's limit
	@scripts/size.sh

.PHONY: lint
lint: ## Run golangci-lint, go vet, shellcheck, yamllint and ansible-lint
	@scripts/setup.sh go ansible lint
	@scripts/lint.sh

.PHONY: unit
unit: ## Run the Go tests that need no Podman, with the seeds of the fuzz targets
	@scripts/setup.sh go
	@$(GO) test -tags '$(GO_TAGS)' ./module/...

.PHONY: real
real: ## Run the Go tests against a real Podman
	@scripts/setup.sh go real
	@scripts/real.sh

.PHONY: test-faults
test-faults: ## Make each fault of a connection at each request of an apply, against a real Podman (PAUNCH_FAULTS=all: all of them)
	@scripts/setup.sh go podman image real
	@PAUNCH_REAL_TAGS=realfaults scripts/real.sh -timeout 120m -run TestAFaultAtAnyRequest

.PHONY: test-histories
test-histories: ## Run 100,000 random histories of kills, faults, drift and edits against a model; HISTORIES=N, SEED=N
	@scripts/setup.sh go
	@PAUNCH_HISTORIES=$(or $(HISTORIES),100000) PAUNCH_SEED=$(or $(SEED),$(shell date +%s)) \
	  $(GO) test -tags '$(GO_TAGS)' -count=1 -timeout 120m -v -run TestHistories ./module/internal/apply

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME (10m); TARGETS="FuzzQuote" fuzzes only these
	@scripts/setup.sh go
	@scripts/fuzz.sh $(TARGETS)

.PHONY: test-repeat
test-repeat: ## Run the Go tests that need no Podman N (20) times in random order, and count what fails
	@scripts/setup.sh go
	@scripts/repeat.sh $(or $(N),20)

.PHONY: test-race
test-race: ## Run the Go tests that need no Podman under the race detector (needs a C compiler)
	@scripts/setup.sh go
	@CGO_ENABLED=1 $(GO) test -race -tags '$(GO_TAGS)' -timeout 60m ./module/...

.PHONY: bench-go
bench-go: ## Run the Go benchmarks of loading, planning, records and hashes at 10 to 10,000 entries
	@scripts/setup.sh go
	@$(GO) test -tags '$(GO_TAGS)' -run '^$$' -bench . ./module/internal/config ./module/internal/plan ./module/internal/record ./module/internal/confighash

.PHONY: bench-compare
bench-compare: ## Compare the Go benchmarks with those of the last tag, or of COMMIT, by benchstat
	@scripts/setup.sh go
	@scripts/bench-compare.sh $(COMMIT)

.PHONY: test-mutants
test-mutants: ## Put known faults back, one at a time, and demand that the tests notice; MUTANTS="lost-name" tries only these
	@scripts/setup.sh go
	@scripts/mutants.sh $(MUTANTS)

.PHONY: demo-test
demo-test: ## Run the demo twice and remove it: a token, no second change, nothing left
	@demo/test.sh

.PHONY: test-fresh
test-fresh: ## Run `make demo` and `make test` in a new minimal Debian 13, from a clone of HEAD
	@scripts/setup.sh podman fresh
	@scripts/test-fresh.sh

.PHONY: node-test
node-test: ## Run the real-Podman tests and services-test in a Debian 13 node, on its Podman 5.4
	@scripts/setup.sh go podman fresh bench
	@scripts/node.sh

.PHONY: services-test
services-test: ## Run the tests of services as systemd units in a Debian 13 node, over a reboot
	@scripts/setup.sh go podman fresh bench
	@PAUNCH_NODE_TESTS="systemd nodetest" scripts/node.sh

.PHONY: services-test-12
services-test-12: ## The same in a Debian 12 node, on its systemd 252 and Podman 4.3
	@scripts/setup.sh go podman fresh bench
	@NODE_SUITE=bookworm PAUNCH_NODE_TESTS="systemd nodetest" scripts/node.sh

.PHONY: collection-test
collection-test: collection ## Install the tarball where nothing else is, and run a step from there
	@scripts/setup.sh podman
	@scripts/collection.sh test

.PHONY: release-test
release-test: ## Make a release by a throw-away key, install and use its parts, and tamper with them
	@scripts/setup.sh go ansible podman fresh release
	@scripts/release-test.sh

.PHONY: docs-test
docs-test: ## Run the commands of docs/ansible.md as they are written, in a clone of HEAD, on three nodes
	@scripts/docs-test.sh

.PHONY: ansible-unit
ansible-unit: ## Run the unit tests of the Ansible plugins
	@scripts/setup.sh ansible ansible-unit
	@scripts/ansible-unit.sh

.PHONY: sanity
sanity: collection ## Run ansible-test sanity, Galaxy's importer and the documentation's linter on the tarball
	@scripts/setup.sh ansible sanity
	@scripts/sanity.sh

.PHONY: ansible-versions
ansible-versions: collection ## Try the tarball with the oldest and the newest ansible-core: sanity, unit tests, playbooks over ssh
	@scripts/setup.sh podman fresh nodes
	@scripts/ansible-versions.sh

.PHONY: nodes
nodes: ## Start the three nodes of examples/inventory.yml, to try the playbooks on
	@scripts/setup.sh go ansible podman fresh nodes
	@scripts/build.sh host
	@NODES_SUBNET=10.203.0 scripts/ssh-nodes.sh create example controller-0 controller-1 compute-0

.PHONY: nodes-clean
nodes-clean: ## Remove the nodes of examples/inventory.yml
	@scripts/ssh-nodes.sh destroy example

.PHONY: molecule
molecule: ## Run the molecule scenarios on systemd nodes; SCENARIOS="default failure" runs only these
	@scripts/setup.sh go ansible podman fresh nodes molecule
	@scripts/build.sh host
	@scripts/molecule.sh $(SCENARIOS)

.PHONY: report-test
report-test: ## Open the report's page in a headless Chromium: filter, keyboard, light and dark
	@scripts/setup.sh go browser
	@scripts/build.sh host
	@scripts/report-test.sh

.PHONY: bench
bench: ## Measure applies of 20 and 50 containers beside floors and peers, and write docs/benchmarks.md
	@scripts/setup.sh go ansible podman peers
	@scripts/bench.sh quick

.PHONY: bench-full
bench-full: ## The same with 1, 20, 50 and 200 containers, and every step of every peer (hours)
	@scripts/setup.sh go ansible podman peers
	@scripts/bench.sh full

.PHONY: test-scale
test-scale: ## Apply 1000 containers on one host in waves, and a step on many simulated hosts, and write docs/scale*.md
	@scripts/setup.sh go ansible podman peers
	@scripts/bench.sh scale
	@scripts/scale-hosts.sh

.PHONY: bench-ansible
bench-ansible: ## Measure a step task that changes nothing beside a ping task, on three nodes over ssh
	@scripts/setup.sh go ansible podman fresh nodes
	@scripts/build.sh host
	@scripts/bench-ansible.sh

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
