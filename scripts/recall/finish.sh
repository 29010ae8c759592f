#!/bin/bash
# The last traced program of a workload: ends what was left running, so that strace ends, too.
for signal in TERM KILL; do
  for folder in /proc/[0-9]*; do
    id=${folder#/proc/}
    case $(cat "$folder/comm" 2> /dev/null) in strace | zstd | run-workload.sh | sleep | '') continue ;; esac
    [ "$id" -le 2 ] || [ "$id" = $$ ] || [ "$id" = $PPID ] || kill -$signal "$id" 2> /dev/null
  done
  sleep 1
done
touch /run/finished
