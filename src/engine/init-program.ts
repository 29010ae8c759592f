// --init: a small program is the first process of a container, passes signals on and reaps what others leave.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Spec } from '../runtime/spec.ts';
import { findProgram } from '../sys/find-program.ts';

/** Where it is in the container; docker's place. */
const inside = '/sbin/docker-init';

/** Statically linked ones come first: they run in every image. */
const programs = ['catatonit', 'docker-init', 'tini-static', 'tini'] as const;

/** The spec with the small init before what is started; `given`: where it is. @throws PlimsollError PL0823 */
export function withInit(spec: Spec, path: string | undefined, given?: string): Spec {
  const folders = [path, '/usr/libexec/podman', '/usr/lib/podman', '/usr/libexec/docker'];
  const places = folders.filter((one) => one !== undefined).join(':');
  const found =
    given ?? programs.map((name) => findProgram(name, places)).find((one) => one !== undefined);
  if (found === undefined)
    throw new PlimsollError('PL0823', 'there is no small init on this machine', {
      help: 'install the package catatonit or tini, or leave out --init',
    });
  return {
    ...spec,
    process: { ...spec.process, args: [inside, '--', ...spec.process.args] },
    mounts: [
      ...spec.mounts,
      { destination: inside, type: 'bind', source: found, options: ['bind', 'ro'] },
    ],
  };
}
