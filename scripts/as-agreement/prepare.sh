#!/bin/sh
# What the measurement needs, below $1: Debian's cloud kernels (kernel-SUITE/; nvme and ext4 are built into them, so that
# no initial file system is needed), and the user space of a release as a folder (root-SUITE/ of $2: sid when absent).
# Debian's archive and root are needed; what is there already is kept.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(realpath -m "${1:?folder}")
space=${2:-sid}
mirror=http://deb.debian.org/debian
keys=/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$work"

# The kernels: apt with lists and a state of its own, so that this machine's sources stay as they are.
kernel() {
  suite=$1
  [ -e "$work/kernel-$suite/release" ] && return
  state=$work/apt-$suite
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$work/kernel-$suite"
  echo "deb [signed-by=$keys] $mirror $suite main" >"$state/sources"
  echo "deb [signed-by=$keys] $mirror-security $suite-security main" >>"$state/sources"
  : >"$state/status"
  set -- -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
    -o Dir::Cache="$state/cache" -o Dir::Etc::sourcelist="$state/sources" -o Dir::Etc::sourceparts=- -o APT::Architecture=amd64 \
    -o APT::Sandbox::User=root -o Acquire::Languages=none
  apt-get "$@" update >"$state/log" 2>&1
  # The newest that is there: the metapackage may be ahead of, or behind, what the archive still has.
  image=$(apt-cache "$@" depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  (cd "$state" && apt-get "$@" download "$image" >>log 2>&1)
  dpkg-deb -x "$state"/linux-image-*.deb "$work/kernel-$suite"
  # Older packages keep modules in /lib: one place for all.
  [ ! -d "$work/kernel-$suite/lib" ] || cp -al "$work/kernel-$suite/lib" "$work/kernel-$suite/usr/"
  rm -rf "$state"
  release=${image#linux-image-}
  depmod -b "$work/kernel-$suite/usr" "$release"
  echo "$release" >"$work/kernel-$suite/release"
}

for suite in bullseye bookworm trixie; do kernel "$suite"; done

[ "$space" != none ] || exit 0
if [ ! -e "$work/root-$space/suite" ]; then
  rm -rf "$work/root-$space"
  packages=$(tr '\n' ' ' <"$here/packages.txt" | tr -s ' ' ',' | sed 's/,$//')
  mmdebstrap --variant=apt --include="${packages%,}" --aptopt='APT::Sandbox::User "root"' \
    --aptopt='Acquire::Check-Valid-Until "false"' --keyring="$keys" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    "$space" "$work/root-$space" "$mirror" >"$work/mmdebstrap-$space.log" 2>&1
  rm -rf "$work/root-$space"/var/cache/apt/archives/*.deb
  mkdir -p "$work/root-$space/suite"
fi
