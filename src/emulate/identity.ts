// What a kernel says of itself: the files below /proc that programs read to learn its release. (uname(2) is another
// matter: a filter cannot change what it writes.)
import { baseRelease } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import type { SpecHook } from '../runtime/spec.ts';

/** A kernel's words about itself. */
export interface KernelIdentity {
  /** uname -r. */
  readonly release: string;
  /** uname -v. */
  readonly version: string;
}

/** A file of /proc that is put in the place of the kernel's own. */
export interface IdentityFile {
  /** Name of the file that holds the text. */
  readonly name: string;
  /** Where it is seen. */
  readonly path: string;
  readonly text: string;
}

/** The identity of a host's kernel; undefined where no release is known. */
export function identityOf(offer: Offer): KernelIdentity | undefined {
  const release = offer.kernel?.release ?? baseRelease(offer);
  if (release === undefined) return undefined;
  // A release of two numbers is written with three, as every kernel has it.
  const whole = /^\d+\.\d+$/.test(release) ? `${release}.0` : release;
  return { release: whole, version: offer.kernel?.version ?? '#1 SMP' };
}

/** The files that tell it. */
export function identityFiles({ release, version }: KernelIdentity): readonly IdentityFile[] {
  return [
    { name: 'osrelease', path: '/proc/sys/kernel/osrelease', text: `${release}\n` },
    { name: 'version', path: '/proc/sys/kernel/version', text: `${version}\n` },
    {
      name: 'proc-version',
      path: '/proc/version',
      text: `Linux version ${release} (plimsoll@imitation) ${version}\n`,
    },
  ];
}

/**
 * Hooks that bind them: runc refuses mounts below /proc in the specification itself, and lets hooks make them (after the
 * container's file systems are there, before its root is).
 * @param mount path of mount(8)
 * @param folder where the files lie, absolute
 * @param root the container's root file system, absolute
 */
export function identityHooks(
  files: readonly IdentityFile[],
  {
    mount,
    folder,
    root,
  }: { readonly mount: string; readonly folder: string; readonly root: string },
): readonly SpecHook[] {
  return files.flatMap(({ name, path }) => [
    { path: mount, args: ['mount', '--bind', `${folder}/${name}`, `${root}${path}`] },
    // A bind is read-only by a second step only; the program inside may be root.
    { path: mount, args: ['mount', '-o', 'remount,bind,ro', `${root}${path}`] },
  ]);
}
