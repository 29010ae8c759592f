// What lies over /proc hides from the runtime whether labels and hidden paths took hold (CVE-2019-16884): an image with a
// volume there, or with a link that leads there. runc refuses it by itself, crun does not; what both take is left.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { openTree } from '../files/place.ts';
import type { RequestedMount } from './volumes.ts';

/** What lxcfs and others put in place of the kernel's (runc's rootfs_linux.go, checkProcMount). */
const allowed = new Set([
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/net/dev',
  '/proc/slabinfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/uptime',
  '/proc/sys/crypto/fips_enabled',
  '/proc/sys/kernel/ns_last_pid',
]);

/** @throws PlimsollError PL0863 for a mount over /proc or below it */
export function refuseOverProc(mount: RequestedMount, rootfs: string): void {
  const tree = openTree(rootfs);
  let path: string;
  try {
    path = tree.find(mount.destination, true)?.path ?? '';
  } finally {
    tree.close();
  }
  const given = mount.destination.replace(/\/+/g, '/').replace(/\/$/, '');
  const over = [path, given].find((one) => one === '/proc' || one.startsWith('/proc/'));
  if (over === undefined || allowed.has(over)) return;
  if (mount.kind === 'bind' && /^\/proc(?:\/|$)/.test(mount.source)) return;
  throw new PlimsollError(
    'PL0863',
    `"${mount.destination}" cannot be mounted because it is inside /proc`,
    { help: 'mount it elsewhere in the container' },
  );
}
