#!/bin/sh
# Containers in a row and at once, and processes that are killed in the middle: nothing may be left. Slow; not part of CI.
#   scripts/engine-stress.sh IMAGE [ROWS] [AT-ONCE]        with PLIMSOLL_ROOT and PLIMSOLL_RUN_DIR set to a place for it
set -u
image=$1 rows=${2:-100} wide=${3:-20}
here=$(dirname "$0")/..
run() { "$here/plimsoll" "$@"; }
left() {
  folder=${PLIMSOLL_RUN_DIR:-/run/plimsoll}
  printf '%s: ' "$1"
  printf 'containers %s, ' "$(run ps -aq | wc -l)"
  printf 'mounts %s, ' "$(grep -c " $folder/" /proc/mounts)"
  printf 'folders %s, ' "$(find "$folder" -mindepth 1 -maxdepth 1 -name '????????????????????????????????????????????????????????????????' | wc -l)"
  printf 'locks %s, ' "$(find "$folder/locks" -type f | wc -l)"
  printf 'monitors %s, ' "$(pgrep -fc "conmon .*$folder")"
  printf 'cgroups %s, ' "$(find /sys/fs/cgroup -path '*plimsoll/????????*' -type d 2>/dev/null | wc -l)"
  printf 'namespaces %s\n' "$(find "$folder/netns" -type f 2>/dev/null | wc -l)"
}
left 'before'
n=0 bad=0
while [ $n -lt "$rows" ]; do
  [ "$(run run --rm --network none "$image" echo "$n")" = "$n" ] || bad=$((bad + 1))
  n=$((n + 1))
done
left "$rows in a row, $bad wrong"
n=0
while [ $n -lt "$wide" ]; do
  run run -d --network none --name "stress-$n" "$image" sleep 1000 >/dev/null &
  n=$((n + 1))
done
wait
echo "at once: $(run ps -q | wc -l) of $wide run"
run rm -af >/dev/null
left "$wide at once, removed"
n=0
while [ $n -lt 10 ]; do
  "$here/plimsoll" run --rm --network none "$image" sleep 1000 &
  pid=$!
  sleep "0.$((n * 4 + 1))"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  n=$((n + 1))
done
run rm -af >/dev/null
left 'commands killed at 10 points, removed'
