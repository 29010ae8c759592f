// Log files with more than one to keep. conmon itself can only begin anew in the place of the old one; so a small shell beside
// the container looks every other second, renames what has got too long, and has conmon open a new file, by the second
// command of its control pipe (conmon, src/ctrl.c: REOPEN_LOGS_EVENT). Rotated files are container.log.1 and so on, the
// newest first, compressed with .gz where asked for.
import { spawn } from 'node:child_process';
import type { Engine } from '../engine.ts';
import { passedOn } from '../passed-on.ts';
import type { LogRotation } from './log-drivers.ts';

/** $1 folder of the log, $2 folder of the run, $3 bytes, $4 files beside the one that is written, $5 gzip or nothing. */
const script = `cd "$1" || exit; run=$2 max=$3 keep=$4 pack=$5 log=container.log
while sleep 2; do
  [ -e "$run/pid" ] && [ ! -e "$run/exit" ] || exit 0
  [ -n "$(find $log -size +"$max"c 2>/dev/null)" ] || continue
  n=$keep
  while [ $n -gt 1 ]; do
    m=$((n-1)); rm -f $log.$n $log.$n.gz
    [ ! -e $log.$m ] || mv $log.$m $log.$n
    [ ! -e $log.$m.gz ] || mv $log.$m.gz $log.$n.gz
    n=$m
  done
  rm -f $log.1.gz; mv $log $log.1 && echo '2 0 0' 1<>"$run/ctl"
  [ -z "$pack" ] || { sleep 1; gzip -f $log.1; }
done`;

/** Starts the shell that rotates the log of a container that has just been started. */
export function startRotation(engine: Engine, id: string, rotation: LogRotation): void {
  const { kept, folder } = engine.places(id);
  const { maxBytes, files, compress } = rotation;
  const child = spawn(
    '/bin/sh',
    ['-c', script, 'sh', kept, folder, String(maxBytes), String(files - 1), compress ? 'gzip' : ''],
    { stdio: 'ignore', detached: true, env: passedOn(engine), cwd: '/' },
  );
  child.on('error', () => undefined);
  child.unref();
}
