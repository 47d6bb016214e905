# Needs Go and make, and Node with npm for the page. `make` lists what there is.

GO       ?= go
FUZZTIME ?= 10m
BENCH    ?= .
TESTS    ?= ./...

# A version for the program: the tag or commit, and whether the tree was clean.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)

# The race detector needs a C compiler. RACE=0 leaves it out.
CC_FOUND := $(shell command -v "$$($(GO) env CC)" 2>/dev/null)
RACE     ?= $(if $(CC_FOUND),1,0)

# It slows tests down 4 to 8 times, so it watches only packages that start
# goroutines, on small inputs (-short). TESTS narrows it as well.
CONCURRENT = $(sort $(dir $(shell grep -rlE --include='*.go' --exclude='*_test.go' --exclude-dir=internal \
	-e 'go func' -e '[.]Go.func' -e '^[[:space:]]+go [a-z]' .)))
RACED = $(filter $(if $(filter ./...,$(TESTS)),%,$(TESTS)),$(CONCURRENT:%/=%))

# The routing engine calculates on vectors where Go has simd/archsimd, an
# experiment of Go 1.26 for amd64; processors without AVX2 calculate plainly, as
# every other build does, and come to the same. SIMD= leaves it out.
SIMD    ?= $(shell GOEXPERIMENT=simd CGO_ENABLED=0 $(GO) build ./cch 2>/dev/null && echo simd)
VECTORS = $(if $(SIMD),GOEXPERIMENT=$(SIMD))

LINT := CGO_ENABLED=0 $(GO) tool -modfile=tools.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build page demo test vet lint fmt fuzz bench bench-page clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What the page is built from, and what shows that it was.
PAGE_SOURCES := $(shell find web/page -type d \( -name node_modules -o -name tests \) -prune -o -type f -print 2>/dev/null)
PAGE         := web/dist/index.html
PAGE_TOOLS   := web/page/node_modules/.package-lock.json
NPM          := $(shell command -v npm 2>/dev/null)

# A build fails if the page is wrong, and goes on without it if npm, or what npm
# would fetch, is not to be had.
build: ## bin/outrider, static, with the page if npm is there
	@if [ -z "$(NPM)" ]; then \
		[ -f $(PAGE) ] || echo "== Without the page: npm is missing (Debian: apt install nodejs npm); outrider serve says so in the browser"; \
	elif ! $(MAKE) --no-print-directory -s $(PAGE_TOOLS); then \
		echo "== Without a new page: npm did not get what web/page/package-lock.json names"; \
	else $(MAKE) --no-print-directory -s $(PAGE); fi
	$(VECTORS) CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-X main.buildVersion=$(VERSION)' -o bin/outrider ./cmd/outrider

page: ## the page into web/dist, which build puts into the program
	@if [ -z "$(NPM)" ]; then echo "npm is missing (Debian: apt install nodejs npm)" >&2; exit 1; fi
	@$(MAKE) --no-print-directory -s $(PAGE)

$(PAGE_TOOLS): web/page/package.json web/page/package-lock.json
	cd web/page && npm ci --no-audit --no-fund
	@touch $@

$(PAGE): $(PAGE_TOOLS) $(PAGE_SOURCES)
	cd web/page && npm run --silent check && npm run --silent build
	@touch $@

# What the demo plans with, apart from findings that lie about in this folder.
DEMO := --map demo/delaware.map --findings demo/findings.jsonl --runs demo/runs.jsonl

demo: build ## plan sample movements across Delaware into demo/
	@rm -rf demo/day demo/keys demo/plan.gpx
	@mkdir -p demo/day demo/keys
	@rm -f demo/findings.jsonl demo/findings.jsonl.lock demo/exports.jsonl demo/exports.jsonl.lock
	@echo
	@echo "== The sample extract: all of Delaware, from the Go module cache"
	$(GO) mod download github.com/paulmach/osm
	@echo
	@echo "== Extract to map"
	bin/outrider map build "$$($(GO) list -m -f '{{.Dir}}' github.com/paulmach/osm)/testdata/delaware-latest.osm.pbf" -o demo/delaware.map
	@echo
	@echo "== A drive: movement file to plan"
	bin/outrider plan examples/delaware.yaml $(DEMO) --out demo
	@echo
	@echo "== A day with a train, a stay and a drive home; the whole plan is in demo/day/plan.txt"
	bin/outrider --progress=none plan examples/day.yaml $(DEMO) --out demo/day >demo/day/plan.txt
	@sed -n '/^Itinerary/,/^$$/p' demo/day/plan.txt
	@echo "== The routes that its first leg is drawn from, played against attackers"
	@sed -n '/^Mix of routes/,/^! /p' demo/day/plan.txt | sed -n '1,3p'
	@echo
	bin/outrider simulate demo/day/plan.json --leg 1 --campaigns 50
	@echo
	@echo "== Its approval"
	bin/outrider approval submit demo/day/plan.json --movement examples/day.yaml $(DEMO) --by 'PLAN 1'
	@echo
	bin/outrider approval status demo/day/plan.json --movement examples/day.yaml $(DEMO)
	@echo
	@echo "== A road on the way is closed: what changes, in full in demo/day/compare.txt"
	bin/outrider survey add examples/closure.csv --map demo/delaware.map --findings demo/findings.jsonl
	bin/outrider --progress=none compare demo/day/plan.json --with examples/day.yaml $(DEMO) >demo/day/compare.txt
	@sed -n '/^Made from/,/^    [+] km/p' demo/day/compare.txt
	@echo
	@echo "== What was submitted is stale now: exit code 9"
	bin/outrider approval status demo/day/plan.json --movement examples/day.yaml $(DEMO) >demo/day/status.txt; test $$? -eq 9
	@sed -n '1,2p; /^Changed/,/^$$/p' demo/day/status.txt
	@echo "== The order of the day: documents for control room, drivers and posts"
	bin/outrider order demo/day/plan.json --order examples/day-order.yaml --map demo/delaware.map --route 1=B -o demo/day/order >demo/day/order.txt
	@sed -n '1,4p' demo/day/order.txt
	@echo
	@echo "== For other programs: in code words, or in clear if somebody answers for it"
	bin/outrider codewords new demo/day/codewords.jsonl demo/day/plan.json --by 'PLAN 1' --from 2026-11-01 --until 2026-12-31 --now 2026-11-01T06:00Z >demo/day/codewords.txt
	@sed -n '1,3p' demo/day/codewords.txt
	bin/outrider export demo/day/plan.json --codewords demo/day/codewords.jsonl -o demo/day/plan.kml --by 'PLAN 1'
	bin/outrider export demo/plan.json --clear -o demo/plan.gpx --by 'PLAN 1'
	@echo
	@echo "== Sealed for one reader, and opened"
	bin/outrider keys new -o demo/keys/control --call-sign 'CONTROL 1' --no-passphrase >/dev/null
	bin/outrider keys new -o demo/keys/driver --call-sign 'SIERRA 3' --no-passphrase >/dev/null
	bin/outrider seal demo/day/order/driver-SIERRA-3.pdf --to demo/keys/driver.pub --sign demo/keys/control -o demo/day/driver-SIERRA-3.sealed
	bin/outrider open demo/day/driver-SIERRA-3.sealed --identity demo/keys/driver --signer demo/keys/control.pub -o demo/day/driver-SIERRA-3.pdf
	@echo
	@echo "== Written to demo/ and demo/day/: plan.json report.html, order/*.pdf, plan.kml plan.gpx, a sealed driver's card"
	@echo "Next:"
	@echo "  open demo/report.html and demo/day/report.html in a browser, demo/day/order/order.pdf in a viewer"
	@echo "  plan on the same map in a browser (with npm the page is built in):"
	@echo "    bin/outrider serve --data demo/desk --map demo/delaware.map"
	@echo "  change examples/day.yaml and plan again:"
	@echo "    bin/outrider plan examples/day.yaml --map demo/delaware.map"
	@echo "  see why a place is rated as it is:"
	@echo "    bin/outrider risk explain 39.7386,-75.5561 --map demo/delaware.map --movement examples/day.yaml"
	@echo "  look for a street, write its position as MGRS, ask when it is light there:"
	@echo "    bin/outrider map find 'Market Street' --map demo/delaware.map"
	@echo "    bin/outrider grid street/44572 --map demo/delaware.map"
	@echo "    bin/outrider light Dover --map demo/delaware.map --date 2026-11-24 --zone America/New_York"
	@echo "  print a form for the surveyors:"
	@echo "    bin/outrider survey new examples/day.yaml --map demo/delaware.map -o demo/form.csv"

# Every step stops the rest when it fails. Go's caches make a second run short:
# only what changed, and what skipped something, is tested again.
test: ## everything that proves the project
	@echo "== Static build of every package"
	CGO_ENABLED=0 $(GO) build ./...
	@$(MAKE) --no-print-directory vet lint
	@echo "== Tests"
	@log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && status=0 && \
	{ OUTRIDER_SKIPLOG="$$log" $(GO) test -vet=off -timeout 30m $(TESTS) || status=$$?; } && \
	if [ -z "$(filter ./... ./cch ./cch/...,$(TESTS))" ]; then :; \
	elif [ -z "$(SIMD)" ]; then echo "== Vectors not tested: this Go has no simd/archsimd, or SIMD="; \
	if [ "$$OUTRIDER_REQUIRE_ALL" = 1 ]; then status=1; fi; \
	else echo "== Tests of what calculates on vectors" && \
	{ GOEXPERIMENT=simd CGO_ENABLED=0 $(GO) test -vet=off -run 'Lane|Table|Arithmetic' ./cch || status=$$?; }; fi && \
	if [ "$(RACE)" != 1 ]; then echo "== No race detector: no C compiler, or RACE=0"; \
	elif [ -n "$(RACED)" ]; then echo "== Tests of what starts goroutines, with the race detector" && \
	{ $(GO) test -race -short -vet=off -timeout 30m $(RACED) || status=$$?; }; fi && \
	sort -u "$$log" | awk -F '\t' ' \
		{ n++; if (!($$3 in by)) order[++kinds] = $$3; by[$$3]++ } \
		END { \
			if (n == 0) { print "skipped: nothing"; exit } \
			printf "skipped: %d test%s, for %d reason%s\n", n, (n > 1 ? "s" : ""), kinds, (kinds > 1 ? "s" : ""); \
			for (i = 1; i <= kinds; i++) printf "  %4d  %s\n", by[order[i]], order[i] }' && \
	exit $$status

vet: ## go vet
	CGO_ENABLED=0 $(GO) vet ./...

lint: ## linters and formatting; the first run builds them
	$(LINT) run ./...

fmt: ## format and apply what linters can repair
	$(LINT) run --fix ./...

fuzz: ## every fuzz target for FUZZTIME (10m)
	@grep -rnE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' . | \
	sed -E 's#^(.*)/[^/]*_test\.go:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*#\1 \2#' | sort -u | \
	while read -r dir name; do \
		echo "== $$dir $$name for $(FUZZTIME)"; \
		$(GO) test "$$dir" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x || exit 1; \
	done

bench: ## benchmarks that match BENCH (.)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(TESTS)

# Chromium with a map drawn in software: the figures are those of a machine
# without a graphics card.
bench-page: build ## measure the page in Chromium: line, first map, pan, size
	$(GO) test ./web -run '^$$' -bench Page -benchtime 1x -timeout 30m

clean: ## remove what was built; Go's caches stay
	rm -rf bin demo web/page/node_modules
	find web/dist -mindepth 1 ! -name .keep -delete
