// A container that has another host in front of it (--as): the filter that answers as that host, and files in the place
// of those in which the kernel tells of itself. What they say is worked out elsewhere (src/emulate) and is plain data
// here, kept beside the container.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Offer } from '../host/offer.ts';
import { makeNodeAt } from '../sys/file-calls.ts';
import { findProgram } from '../sys/find-program.ts';
import { installHelp } from '../sys/system-parts.ts';
import type { Spec, SpecHook, SpecSeccomp } from './spec.ts';

/** A file of /proc that is put in the place of the kernel's own. */
export interface ReplacedFile {
  /** Name of the file that holds the text. */
  readonly name: string;
  /** Where it is seen. */
  readonly path: string;
  readonly text: string;
}

/** A host that stands before a container. */
export interface ImitatedHost {
  readonly offer: Offer;
  readonly seccomp: SpecSeccomp;
  readonly files: readonly ReplacedFile[];
  /** Files of /proc that the host does not have: opening them fails, though they are seen. */
  readonly absent: readonly string[];
  /** What is not imitated, in a word or two each. */
  readonly limits: readonly string[];
  /** Name of the container for uname(2), where a supervisor answers what the filter cannot. */
  readonly supervisedAs?: string;
}

/** Where the parts of an imitation lie: absolute paths. */
export interface ImitationPlaces {
  /** Holds the files. */
  readonly folder: string;
  /** The container's root file system. */
  readonly root: string;
  /** Socket of the supervisor, where there is one. */
  readonly listener?: string;
}

/** fcntl.h */
const AT_FDCWD = -100;
const S_IFSOCK = 0o140000;

/**
 * What binds the files. A hook gets the container's state on its input, and crun fails with it where a program ends before it
 * has read that, as mount(8) does: so a shell reads it first. A bind is read-only by a second step only; the program inside may be root.
 * What is to be absent is covered by a socket, which nobody can open: no file of /proc can be taken away.
 */
const binding = `while read -r _; do :; done
while [ $# -gt 0 ]; do
  if [ -S "$1" ]; then
    [ ! -e "$2" ] || "$0" --bind "$1" "$2" || exit 1
  else
    "$0" --bind "$1" "$2" && "$0" -o remount,bind,ro "$2" || exit 1
  fi
  shift 2
done`;

/**
 * Writes the files, and gives the hook that binds them: runc refuses mounts below /proc in the specification itself, and
 * lets hooks make them (after the container's file systems are there, before its root is).
 */
function bindingHooks(
  { files, absent }: ImitatedHost,
  { folder, root }: ImitationPlaces,
  searchPath: string | undefined,
): readonly SpecHook[] {
  if (files.length + absent.length === 0) return [];
  const mount = findProgram('mount', searchPath);
  if (mount === undefined)
    throw new PlimsollError('PL0806', 'mount(8) is not found, which shows the imitated release', {
      help: installHelp('mount'),
    });
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  for (const { name, text } of files) writeFileSync(join(folder, name), text, { mode: 0o444 });
  const nothing = join(folder, 'absent');
  if (absent.length > 0) {
    rmSync(nothing, { force: true });
    makeNodeAt(AT_FDCWD, nothing, S_IFSOCK | 0o600);
  }
  const pairs = [
    ...files.flatMap(({ name, path }) => [join(folder, name), `${root}${path}`]),
    ...absent.flatMap((path) => [nothing, `${root}${path}`]),
  ];
  return [{ path: '/bin/sh', args: ['sh', '-c', binding, mount, ...pairs] }];
}

/**
 * The spec of a container behind a host, with the host's files written.
 * @param searchPath PATH
 * @throws PlimsollError PL0806 where mount(8) is not found
 */
export function putBefore(
  host: ImitatedHost,
  spec: Spec,
  places: ImitationPlaces,
  searchPath: string | undefined,
): Spec {
  const before = spec.hooks?.createContainer ?? [];
  const { seccomp } = host;
  const { listener } = places;
  return {
    ...spec,
    hooks: {
      ...spec.hooks,
      createContainer: [...before, ...bindingHooks(host, places, searchPath)],
    },
    linux: {
      ...spec.linux,
      seccomp: listener === undefined ? seccomp : { ...seccomp, listenerPath: listener },
    },
  };
}
