#!/bin/sh
# Runs the tests on a fresh checkout: sets up what is missing, installs the programs that tests compare with (where
# apt-get and root are), then runs scripts/test.ts on the checkout's own Node.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
"$root/scripts/test-tools.sh"
exec "$root/scripts/node.sh" "$root/scripts/test.ts" "$@"
