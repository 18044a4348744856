#!/usr/bin/env bash
# Generate clients from the contract with every generator that we name, refuse each warning that is not expected, and
# compile what came out. Java and Go are compiled where their compilers are installed; Debian has all that they need:
# openjdk-17-jdk-headless libgeronimo-annotation-1.3-spec-java libhttpmime-java, golang-go golang-gopkg-validator.v2-dev
# golang-golang-x-oauth2-dev.
set -euo pipefail
cd "$(dirname "$0")"
tools=$PWD
python=$1
only=${2:-} # js-py: the three that need no Java
contract=$tools/../billing-api.v1.json
out=$tools/../../.clients
rm -rf "$out"
mkdir -p "$out"
cd "$out"
PATH=$tools/node_modules/.bin:$(dirname "$python"):$PATH

# Not about the contract: OpenAPI 3.1 is new to openapi-generator; `additionalProperties: false` is a schema without a
# name to it; and in Go `type` is a word of the language, which the generator renames.
expected='OpenAPI 3.1 support is still in beta|Failed to get the schema name: null|AbstractGoCodegen - type \(reserved word\)'

# run NAME COMMAND...: keep what it prints, and fail with it when it fails or warns.
run() {
  local name=$1 log=$out/$1.log
  shift
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "$name failed" >&2
    return 1
  fi
  if grep -iE 'warn|\berrors?\b' "$log" | grep -vE "$expected" >&2; then
    echo "$name warns: see .clients/$name.log" >&2
    return 1
  fi
}
types() { tsc --noEmit --strict --target es2022 --lib es2022,dom,dom.iterable --module esnext --moduleResolution bundler "$@"; }
generate() {
  local name=$1
  shift
  run "$name" openapi-generator-cli generate -i "$contract" -o "$name" "$@"
}

# As the README says it: without the option, fields that have a default are required in requests.
run openapi-typescript openapi-typescript "$contract" --default-non-nullable=false -o openapi-typescript.ts
cat >request.ts <<'TS'
import type { paths } from "./openapi-typescript";
type Statement = paths["/v1/statements"]["post"]["requestBody"]["content"]["application/json"];
export const withoutDefaults: Statement = { type: "activity", date_from: "2026-01-01", date_to: "2026-06-30" };
// @ts-expect-error: a field that is required must not be left out.
export const incomplete: Statement = { date_from: "2026-01-01" };
TS
types openapi-typescript.ts request.ts
echo 'openapi-typescript: type-checked'

run hey-api openapi-ts -i "$contract" -o hey-api
types hey-api/index.ts
echo '@hey-api/openapi-ts: type-checked'

run openapi-python-client openapi-python-client generate --config "$tools/openapi-python-client.yaml" --path "$contract" --output-path openapi_python_client --meta none
"$python" -m mypy --config-file "$tools/mypy.ini" --no-error-summary openapi_python_client
echo 'openapi-python-client: type-checked'

[ "$only" != js-py ] || exit 0

generate python -g python
"$python" -m mypy --config-file "$tools/mypy.ini" --no-error-summary python/openapi_client
echo 'openapi-generator, python: type-checked'

generate typescript-fetch -g typescript-fetch
types typescript-fetch/index.ts
echo 'openapi-generator, typescript-fetch: type-checked'

generate java -g java --library native -p openApiNullable=false,hideGenerationTimestamp=true
debian=/usr/share/java
if command -v javac >/dev/null && [ -e $debian/geronimo-annotation-1.3-spec.jar ] && [ -e $debian/httpmime.jar ]; then
  # Maven's repository is not needed: the generator's own jar has Jackson.
  jar=$("$python" -c 'import openapi_generator_cli, pathlib; print(pathlib.Path(openapi_generator_cli.__file__).with_name("openapi-generator.jar"))')
  find java/src/main -name '*.java' >java.files
  javac -proc:none -nowarn -cp "$jar:$debian/geronimo-annotation-1.3-spec.jar:$debian/httpmime.jar:$debian/httpcore.jar" -d java-classes @java.files 2>java.javac.log || { cat java.javac.log >&2; exit 1; }
  echo 'openapi-generator, java: compiled'
else
  echo 'openapi-generator, java: generated, and not compiled: javac or a library is missing'
fi

generate go -g go -p enumClassPrefix=true,withGoMod=false --parameter-name-mappings type=ofType
if command -v go >/dev/null && [ -d /usr/share/gocode/src/gopkg.in/validator.v2 ] && [ -d /usr/share/gocode/src/golang.org/x/oauth2 ]; then
  (cd go && GO111MODULE=off GOPATH=/usr/share/gocode go vet .)
  echo 'openapi-generator, go: compiled'
else
  echo 'openapi-generator, go: generated, and not compiled: go, validator.v2 or oauth2 is missing'
fi
