#!/bin/sh
# Runs a script on the Node of this checkout, whatever Node is in PATH: sets up what is missing first. PLIMSOLL_NODE names
# another one, and then nothing is set up.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
node=${PLIMSOLL_NODE:-}
if [ -z "$node" ]; then
  "$root/plimsoll" --version >/dev/null
  unset NODE_EXTRA_CA_CERTS
  node=$(echo "$root"/toolchain/node_modules/node-linux-*/bin/node)
  [ -x "$node" ] || { [ -r "$root/.cache/node" ] && read -r node <"$root/.cache/node"; } || node=node
fi
exec "$node" "$@"
