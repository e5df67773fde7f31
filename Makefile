# Kontor. `make help` lists what there is.
SHELL := /bin/bash
GO ?= go
BIN := bin
PLUGINS := steelprice freight escrow
PKG ?= ./...

.DEFAULT_GOAL := help
.PHONY: help run build test test-tools lint fmt check bench bench-record arch gen clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

build: ## bin/kontor, bin/simulator and the plugins beside them
	@echo "building kontor"
	@$(GO) build -trimpath -o $(BIN)/ ./cmd/kontor ./cmd/simulator
	@for p in $(PLUGINS); do \
	  mkdir -p $(BIN)/plugins/$$p && cp plugins/$$p/plugin.yaml plugins/$$p/*.json $(BIN)/plugins/$$p/ && \
	  $(GO) build -trimpath -o $(BIN)/plugins/$$p/plugin ./plugins/$$p || exit 1; done
	@$(BIN)/kontor plugin seal $(addprefix $(BIN)/plugins/,$(PLUGINS))

run: build ## the demo: three marketplaces on a database of their own; Ctrl-C ends it
	@exec $(BIN)/kontor demo

test-tools: ## what the tests need and this machine may lack: PostgreSQL, Chromium, node packages
	@./deploy/test-tools.sh

test: test-tools build ## everything, with real PostgreSQL and a real browser
	@$(GO) tool -modfile=deploy/tools/go.mod gotestsum --format pkgname-and-test-fails -- -timeout 20m $(PKG)

arch: ## the map of the house
	@$(GO) test ./core -run 'Test'

lint: ## vet, gofumpt, staticcheck
	@$(GO) vet $(PKG)
	@out=$$($(GO) tool -modfile=deploy/tools/go.mod gofumpt -l $$(git ls-files '*.go' | grep -vE '\.(pb|gen)\.go$$')); [ -z "$$out" ] || { echo "not gofumpt'ed:"; echo "$$out"; exit 1; }
	@$(GO) tool -modfile=deploy/tools/go.mod staticcheck $(PKG)

fmt: ## gofumpt everything
	@$(GO) tool -modfile=deploy/tools/go.mod gofumpt -w $$(git ls-files '*.go' | grep -vE '\.(pb|gen)\.go$$')

check: lint test ## lint and test

bench: build ## speed against a bare Fiber + pgx program in the same run; prints a table, writes bench.json
	@$(GO) run ./cmd/bench
	@$(GO) test ./core/platform/gate -run '^$$' -bench BenchmarkTenThousandTenants | tee /dev/stderr | awk '\
	  $$1 ~ /\/cold/ && $$3 >= 50000 {print "missed: a decision, cold, takes " $$3 " ns of 50,000"; bad = 1} \
	  $$1 ~ /\/cached/ && $$3 >= 2000 {print "missed: a decision from memory takes " $$3 " ns of 2,000"; bad = 1} \
	  $$1 ~ /\/cached/ && $$5 >= 300 {print "missed: ten thousand marketplaces take " $$5 " MB of 300"; bad = 1} \
	  END {exit bad}'
	@$(GO) test ./core/platform/pluginhost -run '^$$' -bench BenchmarkPlugin -benchtime 2s | tee /dev/stderr | awk '\
	  function of(unit,  i) {for (i = 3; i < NF; i++) if ($$(i+1) == unit) return $$i} \
	  /\/10_lines/ && of("p50-µs") >= 300 {print "missed: a call with 10 lines takes " of("p50-µs") " µs of 300"; bad = 1} \
	  /\/500_lines/ && of("p50-µs") >= 5000 {print "missed: a call with 500 lines takes " of("p50-µs") " µs of 5000"; bad = 1} \
	  /\/64_callers/ && of("calls/s") < 5000 {print "missed: 64 callers make " of("calls/s") " calls a second of 5000"; bad = 1} \
	  /\/crash/ && of("p50-ms") >= 500 {print "missed: after a crash it serves in " of("p50-ms") " ms of 500"; bad = 1} \
	  /\/swap/ && of("failed") > 0 {print "missed: " of("failed") " calls failed in exchanges"; bad = 1} \
	  /\/10000_tenants/ && of("MB") >= 100 {print "missed: ten thousand tenants take " of("MB") " MB of 100"; bad = 1} \
	  END {exit bad}'

bench-record: ## searching a record of ten million entries, against its newest page; some minutes, 10 GB of disk
	@$(GO) test ./core/reads/consoles -run '^$$' -bench BenchmarkSearchTheRecord -timeout 60m -args -audit.rows=10000000

gen: ## the API's description, the clients made from it, the matrix of roles and routes
	@./deploy/clients/generate.sh

clean: ## what was built; never the data
	@rm -rf $(BIN) bench.json
