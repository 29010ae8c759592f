#!/bin/sh
# Runs the tests on a fresh checkout: sets up what is missing, installs the programs that tests compare with (where
# apt-get and root are), then runs scripts/test.ts on the checkout's own Node.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
"$root/plimsoll" --version >/dev/null
"$root/scripts/test-tools.sh"
unset NODE_EXTRA_CA_CERTS
node=$(echo "$root"/toolchain/node_modules/node-linux-*/bin/node)
[ -x "$node" ] || node=$(command -v node)
exec "$node" "$root/scripts/test.ts" "$@"
