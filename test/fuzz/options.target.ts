// Words of options that the engine takes (volumes, mounts, ports, devices, signals, keys), and the files that it reads while
// containers run. The first byte chooses who reads the rest; a word that is refused is refused with a code.
import { parseDetachKeys } from '../../src/cli/detach-keys.ts';
import { parseMount, parseTmpfs, parseVolume } from '../../src/cli/mounts-of.ts';
import { parsePublish } from '../../src/cli/network-choices-of.ts';
import { parseObjectFilters } from '../../src/cli/object-filters.ts';
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { parseLogLine } from '../../src/engine/logs/log-file.ts';
import { parseResolver } from '../../src/engine/network/container-files.ts';
import { signalNamed } from '../../src/engine/stop-container.ts';
import { parseCgroups } from '../../src/runtime/cgroups.ts';
import { deviceNamed } from '../../src/runtime/host-devices.ts';
import { parseDestination } from '../../src/transfer/destination.ts';
import type { FuzzTarget } from './target.ts';

const sources = { resolve: (path: string): string => path };

const readers: readonly (readonly [read: (text: string) => unknown, seed: string])[] = [
  [(text) => parseVolume(text, sources, undefined), '/a/b:/c:ro,z,nocopy,rslave'],
  [
    (text) => parseMount(text, sources),
    'type=bind,"source=/a,b",target=/c,readonly,bind-propagation=rslave',
  ],
  [parseTmpfs, '/run:size=64m,mode=1777,noexec'],
  [parsePublish, '[::1]:8080-8082:80-82/udp'],
  [(text) => deviceNamed(text), '/dev/null:/dev/x:rwm'],
  [signalNamed, 'SIGRTMIN+3'],
  [parseDetachKeys, 'ctrl-p,ctrl-q,a'],
  [parseDestination, 'docker-archive:/tmp/a.tar:x/y:1'],
  [(text) => parseResolver(text), 'nameserver 10.0.0.1\nsearch a b\noptions ndots:2 rotate\n'],
  [
    (text) => parseLogLine(Buffer.from(text)),
    '2026-11-29T07:00:00.123456789+01:00 stdout F hello\n',
  ],
  [(text) => parseCgroups(text), '12:memory:/a\n1:name=systemd:/b\n0::/c\n'],
  [(text) => parseObjectFilters([text], ['name', 'label'], 0), 'label=a=b'],
];

export const target: FuzzTarget = {
  name: 'options',
  seeds: () => readers.map(([, seed], at) => Buffer.from(`${String.fromCharCode(65 + at)}${seed}`)),
  run(bytes) {
    const [read] = readers[(bytes[0] ?? 65) - 65] ?? [];
    try {
      read?.(Buffer.from(bytes.subarray(1)).toString());
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
    }
  },
};
