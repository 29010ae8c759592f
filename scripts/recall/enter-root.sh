#!/bin/sh
# Usage: enter-root.sh ROOT SOURCE OUT COMMAND...
# Runs a command in a root file system, in namespaces of its own: no network but the loopback, devices that hold nothing,
# and no right to touch the clock or the kernel. SOURCE is seen as /recall-source, OUT as /recall-out.
exec unshare --mount --pid --net --ipc --uts --fork --kill-child sh -euc '
root=$1 source=$2 out=$3; shift 3
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"; mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sys "$root/sys"
mount -t tmpfs dev "$root/dev"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<D
$device
D
  mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"; ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
mount -t tmpfs shm "$root/dev/shm"; mount -t mqueue mq "$root/dev/mqueue"
mount -t tmpfs run "$root/run"; mkdir -p "$root/run/lock"
mkdir -p "$root/recall-source" "$root/recall-out"
mount --bind "$source" "$root/recall-source"; mount --bind "$out" "$root/recall-out"
ip link set lo up
hostname recall; echo "nameserver 127.0.0.1" > "$root/etc/resolv.conf"; echo "127.0.0.1 localhost recall" > "$root/etc/hosts"; echo "::1 localhost" >> "$root/etc/hosts"
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
' enter-root "$@"
