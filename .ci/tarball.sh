#!/usr/bin/env bash
# The package as a user gets it: packed, installed in an empty folder, its gateway started and stopped in an empty home.
# Usage: .ci/tarball.sh EMPTY-FOLDER
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
mkdir -p "$folder/packed" "$folder/installed" "$folder/home"
chmod 700 "$folder/home"

cd "$root"
npm pack --pack-destination "$folder/packed"

cd "$folder/installed"
echo '{ "private": true, "allowScripts": { "better-sqlite3": true, "koffi": true, "node-pty": true } }' >package.json
npm install --no-audit --no-fund "$folder"/packed/traseai-*.tgz

traseai="$folder/installed/node_modules/.bin/traseai"
version=$("$traseai" --version)
expected=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).version' "$root/package.json")
[ "$version" = "$expected" ] || { echo "traseai --version printed '$version', not '$expected'"; exit 1; }

export TRASEAI_HOME="$folder/home"
# A port that was free a moment ago; another program may still take it, and then this check fails in words.
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
echo "{ \"gateway\": { \"port\": $port } }" >"$TRASEAI_HOME/traseai.json"
trap '"$traseai" gateway stop' EXIT
"$traseai" gateway start
"$traseai" gateway status
# Dialogues are a bundle of their own.
HOME="$folder/home" "$traseai" onboard --non-interactive --import codex
node -e 'fetch(process.argv[1]).then((r) => { if (!r.ok) throw new Error(`${r.status} from ${r.url}`) })' "http://127.0.0.1:$port/readyz"
trap - EXIT
"$traseai" gateway stop
if "$traseai" --no-start gateway status; then
  echo 'the gateway still answers after gateway stop'
  exit 1
fi
