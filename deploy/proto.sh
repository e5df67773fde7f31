#!/bin/sh
# Makes the Go code of the plugins' contract. Only needed after a change to a .proto file;
# the tools come at fixed versions and stay in a folder of their own.
set -eu
cd "$(dirname "$0")/.."
wire=plugins/sdk/internal/wire
tools=${KONTOR_PROTO_TOOLS:-$(go env GOCACHE)/kontor-proto}
mkdir -p "$tools/bin" "$tools/src/kontor/plugin/v1"
[ -x "$tools/node_modules/.bin/buf" ] || npm install --silent --prefix "$tools" @bufbuild/buf@1.75.0
[ -x "$tools/bin/protoc-gen-go" ] || GOBIN="$tools/bin" go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
[ -x "$tools/bin/protoc-gen-go-grpc" ] || GOBIN="$tools/bin" go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
rm -f "$tools"/src/kontor/plugin/v1/*
cp $wire/*.proto "$tools/src/kontor/plugin/v1/"
cat > "$tools/buf.yaml" <<'Y'
version: v2
modules: [{path: src}]
Y
cat > "$tools/buf.gen.yaml" <<'Y'
version: v2
plugins:
  - {local: bin/protoc-gen-go, out: out, opt: paths=source_relative}
  - {local: bin/protoc-gen-go-grpc, out: out, opt: paths=source_relative}
Y
(cd "$tools" && rm -rf out && node_modules/.bin/buf generate)
cp "$tools"/out/kontor/plugin/v1/*.go $wire/
