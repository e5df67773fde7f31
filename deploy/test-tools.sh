#!/usr/bin/env bash
# What the tests need beyond Go: a PostgreSQL server and a headless Chromium. Anything
# missing is installed with the system's package manager, said out loud. Node packages
# for the generated client are fetched by the test that uses them.
set -euo pipefail

say() { printf 'test-tools: %s\n' "$*" >&2; }

sudo_() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install() { # install NAME PACKAGES...
  local what=$1; shift
  if command -v apt-get >/dev/null; then
    say "installing $what: apt-get install $*"
    sudo_ env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    sudo_ env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  elif command -v dnf >/dev/null; then
    say "installing $what: dnf install $*"
    sudo_ dnf install -y -q "$@"
  elif command -v brew >/dev/null; then
    say "installing $what: brew install $*"
    brew install -q "$@"
  else
    say "cannot install $what here: install it and run again"; exit 1
  fi
}

have_postgres() {
  [ -n "${KONTOR_PG_BIN:-}" ] && return 0
  command -v postgres >/dev/null && return 0
  ls /usr/lib/postgresql/{18,17,16,15}/bin/postgres /usr/pgsql-*/bin/postgres /opt/homebrew/opt/postgresql@*/bin/postgres 2>/dev/null | grep -q .
}

have_chromium() {
  [ -n "${KONTOR_CHROMIUM:-}" ] && return 0
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

if ! have_postgres; then
  if command -v apt-get >/dev/null; then install PostgreSQL postgresql; elif command -v brew >/dev/null; then install PostgreSQL postgresql@17; else install PostgreSQL postgresql-server postgresql-contrib; fi
fi
if ! have_chromium; then
  if command -v brew >/dev/null && ! command -v apt-get >/dev/null; then brew install -q --cask google-chrome; else install Chromium chromium; fi
fi
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then
  command -v apt-get >/dev/null && install "a Chinese font for the browser" fonts-noto-cjk || true
fi
if ! command -v npm >/dev/null; then
  install "node and npm, for the generated TypeScript client" nodejs npm
fi
# axe-core, which the browser tests run in every page
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -f "$here/browser/node_modules/axe-core/axe.min.js" ]; then
  say "fetching axe-core: npm ci in deploy/browser"
  (cd "$here/browser" && npm ci --silent --no-audit --no-fund)
fi
# buf, which the tests of the plugins' contract run. No lock: it would name the programs of systems that are not this one.
if [ ! -x "$here/contract/node_modules/.bin/buf" ]; then
  say "fetching buf: npm install in deploy/contract"
  (cd "$here/contract" && npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts)
fi
# what the example plugins in Python and Node stand on
if ! /usr/bin/python3 -c 'import grpc, google.protobuf, cryptography' 2>/dev/null; then
  if command -v apt-get >/dev/null; then install "gRPC for Python" python3-grpcio python3-protobuf python3-cryptography
  elif command -v dnf >/dev/null; then install "gRPC for Python" python3-grpcio python3-protobuf python3-cryptography
  else /usr/bin/python3 -m pip install --user -q -r "$here/../plugins/examples/python/requirements.txt"; fi
fi
if [ ! -d "$here/../plugins/examples/node/node_modules/@grpc/grpc-js" ]; then
  say "fetching gRPC for Node: npm ci in plugins/examples/node"
  (cd "$here/../plugins/examples/node" && npm ci --silent --no-audit --no-fund --no-bin-links)
fi
