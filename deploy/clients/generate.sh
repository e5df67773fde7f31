#!/usr/bin/env bash
# The API's description as the house serves it, and the clients that public generators make
# of it. What comes out is committed; tests compare it with what would come out now.
set -euo pipefail
cd "$(dirname "$0")"
(cd ../.. && KONTOR_UPDATE=1 go test -count=1 ./core/app -run 'TestTheCommittedDescription|TestTheMatrix|TestWhatEachRequest|TestWhatOfOneThing')
(cd go && go tool -modfile=../../tools/go.mod oapi-codegen -config oapi-codegen.yaml -o kontor.gen.go ../openapi-3.0.json)
(cd ts && npm ci --silent && npm run --silent generate)
