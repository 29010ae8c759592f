#!/bin/bash
# Usage: run-workload.sh NAME SECONDS, inside of the root file system: traces one workload into /recall-out/NAME.trace.zst.
set -u
name=$1; rm -rf "/tmp/recall/$name"; mkdir -p "/tmp/recall/$name"; chmod 755 /tmp/recall; chmod 1777 /tmp; cd "/tmp/recall/$name" || exit 1
dnsmasq --conf-file=/dev/null --no-resolv --listen-address=127.0.0.1 --bind-interfaces --pid-file=/run/dns.pid
exec strace -f -s 0 -e quiet=attach -o "|zstd -q -1 -f -o /recall-out/$name.trace.zst" \
  timeout -k 5 "$2" bash "/recall-source/scripts/recall/workloads/$name.sh" < /dev/null > "/recall-out/$name.log" 2>&1
