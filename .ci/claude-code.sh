#!/usr/bin/env bash
# Installs the Claude Code that the tests sign in with, once a version, outside the checkout: it is 235 MB.
set -euo pipefail

version=$(cat "$(dirname "$0")/claude-code-version")
folder="${XDG_CACHE_HOME:-$HOME/.cache}/traseai-ci/claude-code-$version"
[ ! -x "$folder/node_modules/.bin/claude" ] || exit 0
# Beside its place and renamed: what was interrupted is not taken for installed.
mkdir -p "$(dirname "$folder")"
unfinished=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$unfinished"' EXIT
echo '{ "private": true, "allowScripts": { "@anthropic-ai/claude-code": true } }' >"$unfinished/package.json"
npm install --prefix "$unfinished" --no-save --no-package-lock --no-audit --no-fund "@anthropic-ai/claude-code@$version"
mv -T "$unfinished" "$folder"
trap - EXIT
"$folder/node_modules/.bin/claude" --version
