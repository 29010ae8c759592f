#!/bin/sh
# Independent programs that tests compare with, compilers for their inputs, and shells whose completions they run.
# Installs what is missing where apt-get is (Debian, as root); elsewhere it says what is missing, and the tests that need
# it fail. Called by test.sh, and by the tests that need more than a compiler, so that they can be run alone.
set -eu
missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
need umoci umoci
need runc runc
need crun crun
need podman podman
need buildah buildah
need skopeo skopeo
need gcc 'gcc libc6-dev'
need readelf binutils
need rpm rpm
need docker-registry docker-registry
need htpasswd apache2-utils
need openssl openssl
need xz xz-utils
need bzip2 bzip2
need python3 python3
need strace strace
need setcap libcap2-bin
need bwrap bubblewrap
need busybox busybox
need crun crun
need conmon conmon
need rsyslogd rsyslog
need mkfs.btrfs btrfs-progs
need mkfs.ext4 e2fsprogs
need fuse-overlayfs fuse-overlayfs
need newuidmap uidmap
need ip iproute2
need iptables iptables
need pasta passt
# Nobody calls these by hand: they are in no PATH.
helper() { [ -x "/usr/lib/podman/$1" ] || [ -x "/usr/libexec/podman/$1" ] || missing="$missing $1"; }
helper netavark
helper aardvark-dns
need zsh zsh
need fish fish
need aarch64-linux-gnu-objdump binutils-aarch64-linux-gnu
need aarch64-linux-gnu-gcc 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross'
need qemu-aarch64-static qemu-user-static
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  echo "missing for the tests:$missing" >&2
  exit 0
fi
echo "installing for the tests:$missing" >&2
# Two tests may come at once: the second waits for the first.
install() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing >&2; }
install || { apt-get update >&2 && install; }
