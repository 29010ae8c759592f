#!/bin/sh
# Independent programs that tests compare with: umoci and skopeo. Installs what is missing where apt-get is (Debian,
# as root); called by the tests that need them.
set -eu
missing=
for tool in umoci skopeo; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
[ -z "$missing" ] && exit 0
echo "installing$missing for the tests" >&2
apt-get install -y --no-install-recommends $missing >&2 || { apt-get update >&2 && apt-get install -y --no-install-recommends $missing >&2; }
