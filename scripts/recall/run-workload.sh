#!/bin/bash
# Usage: run-workload.sh NAME SECONDS, inside of the root file system: traces one workload into /recall-out/NAME.trace.zst.
set -u
name=$1; rm -rf "/tmp/recall/$name"; mkdir -p "/tmp/recall/$name"; chmod 755 /tmp/recall; chmod 1777 /tmp; cd "/tmp/recall/$name" || exit 1
dnsmasq --conf-file=/dev/null --no-resolv --listen-address=127.0.0.1 --bind-interfaces --pid-file=/run/dns.pid
strace -f -s 0 -e quiet=attach -o "|zstd -q -1 -f -o /recall-out/$name.trace.zst" \
  bash -c 'timeout -k 5 "$1" bash "$2"; exec /recall-source/scripts/recall/finish.sh' finish "$2" \
  "/recall-source/scripts/recall/workloads/$name.sh" < /dev/null > "/recall-out/$name.log" 2>&1 &
tracer=$!
# strace may wait for a process that another one has reaped.
for ((tenths = 10 * $2 + 200; tenths > 0; tenths--)); do
  kill -0 $tracer 2> /dev/null || break
  [ ! -e /run/finished ] || tenths=$((tenths > 30 ? 30 : tenths))
  sleep 0.1
done
kill -TERM $tracer 2> /dev/null; wait $tracer; sleep 1
