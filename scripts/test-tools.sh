#!/bin/sh
# Independent programs that tests compare with: umoci and skopeo; with the word aarch64 a compiler, a disassembler and
# an emulator for it. Installs what is missing where apt-get is (Debian, as root); called by the tests that need them.
set -eu
missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
if [ "${1:-}" = aarch64 ]; then
  need aarch64-linux-gnu-objdump binutils-aarch64-linux-gnu
  need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
  need qemu-aarch64-static qemu-user-static
else
  need umoci umoci
  need skopeo skopeo
fi
[ -z "$missing" ] && exit 0
echo "installing$missing for the tests" >&2
apt-get install -y --no-install-recommends $missing >&2 || { apt-get update >&2 && apt-get install -y --no-install-recommends $missing >&2; }
