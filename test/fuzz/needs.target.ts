// Whole user spaces through assembly, derivation and the check: the bytes choose places and contents, valid and damaged,
// so that facts meet that no real image has together.
import { check } from '../../src/check/check.ts';
import { buildElf } from '../builders/elf.ts';
import type { MemoryFile } from '../builders/memory-tree.ts';
import { needsOf } from '../builders/user-space.ts';
import type { FuzzTarget } from './target.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';

const contents: readonly MemoryFile[] = [
  buildElf({ interpreter: loader, needed: ['libc.so.6'], abiNote: '3.2.0' }),
  buildElf({ type: 'shared-library', soname: 'libc.so.6', defines: ['GLIBC_2.35'] }),
  buildElf({ machine: 'i386', interpreter: '/lib/ld-linux.so.2', needed: ['libc.so.6'] }),
  '#!/bin/sh\nmodprobe tun\nexec "$@"\n',
  'ID=debian\nVERSION_ID=12\n',
  'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: amd64\n',
  '/.\n/lib\n/lib64/libc.so.6\n',
  'P:musl\nV:1.2.5-r0\nF:lib\nR:libc.so\n',
  '[Service]\nExecStart=/app --x\n',
  { link: '/' },
  { link: '/app' },
  { link: '../../..' },
];

const places: readonly string[] = [
  '/app',
  loader,
  '/lib/ld-linux.so.2',
  '/lib64/libc.so.6',
  '/bin/sh',
  '/sbin/init',
  '/etc/os-release',
  '/etc/ld.so.conf',
  '/var/lib/dpkg/status',
  '/var/lib/dpkg/info/libc6:amd64.list',
  '/var/lib/dpkg/status.d/a.md5sums',
  '/lib/apk/db/installed',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/var/lib/pacman/local/a-1-1/files',
  '/etc/systemd/system/multi-user.target.wants/a.service',
  '/usr/lib/systemd/systemd',
];

const commands = ['/app', 'sh', '/sbin/init', 'systemd', 'nothing'];

export const target: FuzzTarget = {
  name: 'needs',
  seeds: () => [
    Buffer.from(places.flatMap((_, at) => [at, at, 0, at === 0 ? 0 : at % 3])),
    Buffer.from([0, 0, 0, 0, 1, 1, 0, 0, 3, 1, 0, 0, 6, 4, 0, 0, 8, 5, 0, 0, 9, 6, 0, 0]),
    Buffer.from([5, 9, 0, 0, 0, 10, 0, 0, 4, 11, 0, 0, 2, 2, 7, 9, 7, 0, 40, 1]),
  ],
  async run(bytes) {
    const files: Record<string, MemoryFile> = {};
    // Place, content, where it is damaged, and with what; 0 leaves it whole.
    for (let at = 0; at + 4 <= Math.min(bytes.length, 96); at += 4) {
      const [place = 0, content = 0, where = 0, what = 0] = bytes.subarray(at, at + 4);
      const path = places[place % places.length] ?? '/app';
      files[path] = damaged(contents[content % contents.length] ?? '', where, what);
    }
    const command = commands[(bytes[0] ?? 0) % commands.length] ?? '';
    const needs = await needsOf(files, bytes.length % 5 === 0 ? null : { cmd: [command] });
    // The rules cost far more than all before them.
    if ((bytes[3] ?? 0) % 8 !== 0) return;
    check(needs, [{ schema: 'plimsoll.host/1', name: 'fuzz', machine: 'x86_64' }], {
      today: '2026-01-01',
    });
  },
};

function damaged(file: MemoryFile, where: number, what: number): MemoryFile {
  if (what === 0 || (typeof file === 'object' && !(file instanceof Uint8Array))) return file;
  const copy = Buffer.from(file);
  if (what === 1) return copy.subarray(0, Math.floor((where / 256) * copy.length));
  if (copy.length > 0) copy[where % copy.length] = what;
  return copy;
}
