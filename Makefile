# The only list of tasks. `make` prints it; CI runs the same targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
DATA ?= data
TIME ?= 30s
# Everything is compiled in one way, so that what one target compiled serves the others.
export CGO_ENABLED := 0
export GOFLAGS := $(shell $(GO) env GOFLAGS) -trimpath
HAND_WRITTEN := git ls-files '*.go' ':!graph/'

.PHONY: help
help: ## print this list
	@awk -F':.*## ' '/^[a-zA-Z\/_-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: postgres build ## private PostgreSQL, the demo district and the server; logins are printed
	@exec bin/tongxin demo --data-dir=$(DATA)/demo

.PHONY: build
build: ## the binary, bin/tongxin
	$(GO) build -o bin/tongxin ./cmd/tongxin

.PHONY: generate
generate: ## run every generator (GraphQL executor, documents)
	$(GO) tool gqlgen generate
	$(GO) generate ./...

.PHONY: format
format: ## format all hand-written Go
	$(TOOL) golangci-lint fmt

.PHONY: verify
verify: ## generate, tidy and format must change nothing
	@.ci/unchanged $(MAKE) generate
	@.ci/unchanged $(GO) mod tidy
	@.ci/unchanged $(MAKE) format
	$(GO) mod verify

.PHONY: lint
lint: ## static checks, the same as CI
	$(TOOL) golangci-lint config verify
	$(TOOL) golangci-lint run ./...

.PHONY: test
test: test/race test/plain ## all tests on a real PostgreSQL, with real browsers and the public clients

# Whole hubs, too, are tested with the race detector where they work for many at once.
# Static checks are those of `make lint`; once is enough.
BESIDE := ^Test(Faults|ManyCallers|Volume|Cases$$)

.PHONY: test/race
test/race: export CGO_ENABLED := 1
test/race: postgres compiler ## tests of packages that do things at once, and of whole hubs under load, under the race detector
	$(GO) test -vet=off -race -timeout=20m $$(.ci/packages race)
	$(GO) test -vet=off -race -timeout=20m -run='$(BESIDE)' ./e2e

.PHONY: test/plain
test/plain: postgres node browser ## tests of all other packages, of whole hubs over HTTP and of pages in a browser
	$(GO) test -vet=off -timeout=20m $$(.ci/packages plain)

.PHONY: year
year: postgres ## let the staff of the demo district live a whole year over HTTP; WEEKS=9 for less
	$(GO) test -count=1 -timeout=2h ./e2e -run='^TestYear' -v -args -weeks=$(or $(WEEKS),52)

.PHONY: fuzz
fuzz: compiler ## look for inputs that break the parsers of outside input, each for TIME=30s
	@git grep -o 'func Fuzz[A-Za-z]*' -- '*_test.go' | sed 's|/[^/]*:func | |' | while read -r dir name; do .ci/fuzz "$$dir" "$$name" $(TIME); done

.PHONY: drill
drill: postgres build ## crash, cut, freeze, fail over and restore whole hubs, as often as a release promises; ROUNDS=3 for fewer, ONLY=Failover for one
	@$(GO) test -c -o bin/drill ./drill
	@exec bin/drill -full -hub=$(abspath bin/tongxin) -test.parallel=1 -test.timeout=6h $(if $(ROUNDS),-rounds=$(ROUNDS)) $(if $(ONLY),-test.run=$(ONLY))

.PHONY: bench
bench: postgres node build ## measure the hub beside A, B and PostGraphile; QUICK=1 under two minutes, PROFILE=W5, BENCH="--write=bench/RESULTS.md"
	@$(GO) build -o bin/bench ./bench
	@bin/bench $(if $(PROFILE),profile $(PROFILE),run $(if $(QUICK),--quick)) --dir=$(abspath $(DATA))/bench $(BENCH)
	@$(if $(PROFILE),,exec bin/bench console $(if $(QUICK),--quick) --dir=$(abspath $(DATA))/bench)

.PHONY: bench/console
bench/console: postgres build ## p50 and p95 of the console's pages with 8 people at once; QUICK=1 for two seconds
	@$(GO) build -o bin/bench ./bench
	@exec bin/bench console $(if $(QUICK),--quick) --dir=$(abspath $(DATA))/bench

.PHONY: bench/gate
bench/gate: postgres build ## hold the hub's CPU per request against bench/baseline.json, as multiples of a hand-written handler's; under a minute
	@$(GO) build -o bin/bench ./bench
	@exec bin/bench run --quick --dir=$(abspath $(DATA))/bench --contestants=A --only=w1,w2,w3,w4a,w5,w6,w7 --baseline=bench/baseline.json --tolerance=2 $(BENCH)

.PHONY: bench/log
bench/log: postgres build ## ask the auditors' questions of a log of ENTRIES=1000000 entries, and how they are planned
	@$(GO) build -o bin/bench ./bench
	@exec bin/bench log --dir=$(abspath $(DATA))/bench $(if $(ENTRIES),--entries=$(ENTRIES)) $(BENCH)

.PHONY: bench/micro
bench/micro: postgres ## microbenchmarks of the hot paths, with allocations
	$(GO) test -run=^$$ -bench=. -benchmem ./bench/... ./internal/audit

.PHONY: golden
golden: postgres node browser ## rewrite all golden files; read the diff
	$(GO) test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' | xargs -r -n1 dirname | sort -u | sed 's|^|./|') -update
	git diff --stat

.PHONY: migration
migration: ## make the next numbered migration, NAME=what_it_does
	@.ci/migration "$(NAME)"

.PHONY: adr
adr: ## make the next decision record, TITLE="what we decided"
	@.ci/adr "$(TITLE)"

.PHONY: audit/verify
audit/verify: ## verify the audit log of the demo database
	$(GO) run ./cmd/tongxin audit verify --data-dir=$(DATA)/demo

.PHONY: shape
shape: ## lines per hand-written file and package, the longest first
	@$(HAND_WRITTEN) | xargs wc -l | grep -v ' total$$' | sort -rn | awk '{n[NR]=$$1; f[NR]=$$2; s+=$$1} END { \
		printf "files %d  lines %d  median %d  p95 %d  longest:\n", NR, s, n[int((NR+1)/2)], n[int(NR*0.05)+1]; \
		for (i=1; i<=10 && i<=NR; i++) printf "%6d %s\n", n[i], f[i]}'
	@$(HAND_WRITTEN) | xargs wc -l | grep -v ' total$$' | awk '{d=$$2; if (!sub("/[^/]*$$","",d)) d="."; s[d]+=$$1} END {for (d in s) print s[d], d}' \
		| sort -rn | head -10 | awk 'BEGIN {print "largest packages (with tests):"} {printf "%6d %s\n", $$1, $$2}'

.PHONY: vuln
vuln: ## known vulnerabilities that our code reaches
	$(TOOL) govulncheck ./...

.PHONY: postgres
postgres: ## find a PostgreSQL server (15 or newer), or install one from the system's packages
	@.ci/postgres

.PHONY: compiler
compiler: ## find a C compiler for the race detector, or install one
	@.ci/compiler

.PHONY: node
node: ## find Node.js (18 or newer) and npm for the public clients of the tests, or install them
	@.ci/node

.PHONY: browser
browser: ## find Chromium and Chinese fonts for the tests of the console, or install them
	@.ci/browser

.PHONY: screenshots
screenshots: postgres node browser ## take the pictures of the console that README shows, docs/screenshots/
	SCREENSHOTS=$(abspath docs/screenshots) $(GO) test ./internal/console -run '^TestScreenshots$$' -count=1
