// --init: a small program is the first process of a container, passes signals on and reaps what others leave.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Spec } from '../runtime/spec.ts';
import { findPart, installHelp } from '../sys/system-parts.ts';

/** Where it is in the container; docker's place. */
const inside = '/sbin/docker-init';

/** Statically linked ones come first: they run in every image. */
const programs = ['catatonit', 'docker-init', 'tini-static', 'tini'] as const;

/** The spec with the small init before what is started; `given`: where it is. @throws PlimsollError PL0823 */
export function withInit(spec: Spec, path: string | undefined, given?: string): Spec {
  const found =
    given ?? programs.map((name) => findPart(name, path)).find((one) => one !== undefined);
  if (found === undefined)
    throw new PlimsollError('PL0823', 'there is no small init on this machine', {
      help: installHelp('catatonit'),
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
