#!/bin/sh
# Brings a checkout to the point where it can run: Node 24, the dependencies, the generated tables, the bundle.
# Each step is skipped when its result is newer than what it is made from, and leaves nothing half done that the next
# call would take for done: it may be interrupted anywhere. Only npm and any Node are needed.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
say() { printf 'plimsoll setup: %s\n' "$*" >&2; }
fail() {
  say "$1"
  [ -z "${2:-}" ] || say "help: $2"
  exit 3
}
trap 'say "interrupted: the next call goes on from here"; exit 130' INT
trap 'exit 143' TERM
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=unknown ;;
esac
packaged=toolchain/node_modules/node-linux-$arch/bin/node
{ mkdir -p .cache && [ -w . ] && [ -w .cache ]; } 2>/dev/null ||
  fail "cannot write to $root" "copy the checkout to a folder that you may write to, or call ./plimsoll once as its owner"

# Two first calls at once would install into the same folder: the second waits.
if command -v flock >/dev/null; then
  exec 9>.cache/setup.lock
  flock -n 9 || { say "waiting for another setup to end"; flock 9; }
else
  waited=
  until mkdir .cache/setup.lock.d 2>/dev/null; do
    holder=$(cat .cache/setup.lock.d/pid 2>/dev/null || :)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf .cache/setup.lock.d
      continue
    fi
    [ -n "$waited" ] || say "waiting for another setup to end"
    # One that died before it could say who it is.
    if [ -z "$holder" ] && [ "${waited:-0}" -ge 10 ]; then rm -rf .cache/setup.lock.d; fi
    waited=$((${waited:-0} + 1))
    sleep 1
  done
  echo $$ >.cache/setup.lock.d/pid
  trap 'rm -rf .cache/setup.lock.d' EXIT
fi
stage=.cache/stage

took() { echo "$(($(date +%s) - $1)) s, $(du -sh "$2" | cut -f1) on disk"; }
# npm's own warnings say nothing that a user can act on; its errors do. Offline it shall say so soon.
npm_ci() {
  command -v npm >/dev/null ||
    fail "npm is needed for the first start" "install it (Debian: apt-get install npm) and call again"
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error --fetch-retries=2 \
    --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2 9>&- || return 1
}
unreachable="npm's registry is $(npm config get registry 2>/dev/null || echo unknown): check the network and proxy settings, then call again; steps that are done are not repeated"

if [ "$arch" != unknown ] && { [ ! -x "$packaged" ] || [ toolchain/package-lock.json -nt "$packaged" ]; } &&
  { [ ! -r .cache/node ] || [ toolchain/package-lock.json -nt .cache/node ]; }; then
  started=$(date +%s)
  say "1/3 fetching Node $(sed -n "s/.*\"node-linux-$arch\": \"\(.*\)\".*/\1/p" toolchain/package.json) from the npm registry (about 50 MB) ..."
  # Installed beside and moved into place: a half-unpacked Node is never taken for a whole one.
  rm -rf "$stage" && mkdir -p "$stage"
  cp toolchain/package.json toolchain/package-lock.json "$stage/"
  npm_ci "$stage" || fail "npm could not fetch Node" "$unreachable"
  fetched=$stage/node_modules/node-linux-$arch/bin/node
  # npm passes over an optional package that it could not fetch: say so instead.
  [ -x "$fetched" ] || fail "npm could not fetch node-linux-$arch" "$unreachable"
  if env -u NODE_EXTRA_CA_CERTS "$fetched" -e 0 2>/dev/null; then
    touch "$fetched"
    rm -rf toolchain/node_modules
    mv "$stage/node_modules" toolchain/node_modules
    say "1/3 Node is there: $(took "$started" toolchain/node_modules)"
  else
    say "1/3 this Node does not run here (another C library?): looking for one on PATH"
  fi
  rm -rf "$stage"
fi
if [ -x "$packaged" ]; then
  node=$root/$packaged
else
  node=$(command -v node || true)
  major=$("${node:-false}" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  [ "$major" -ge 24 ] ||
    fail "no Node 24 from the npm registry runs on this machine ($(uname -m))" "install Node 24 or newer and call again"
  echo "$node" >.cache/node
fi
if [ ! -e dist/.deps ] || [ package-lock.json -nt dist/.deps ] || [ ! -d node_modules ]; then
  started=$(date +%s)
  say "2/3 fetching the dependencies (about 30 MB) ..."
  # dist/.deps is the mark of success: without it the next call does this again.
  rm -f dist/.deps
  npm_ci . || fail "npm could not fetch the dependencies" "$unreachable"
  mkdir -p dist
  touch dist/.deps
  say "2/3 dependencies are there: $(took "$started" node_modules)"
fi
if [ ! -e dist/plimsoll.js ] || [ dist/.deps -nt dist/plimsoll.js ] ||
  [ -n "$(find src scripts/build.ts scripts/split-bundle.ts -newer dist/plimsoll.js -print -quit)" ]; then
  started=$(date +%s)
  say "3/3 building ..."
  env -u NODE_EXTRA_CA_CERTS "$node" scripts/build.ts 9>&-
  say "3/3 built: $(took "$started" dist)"
fi
