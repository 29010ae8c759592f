// Qualifiers of the container: privileged, cap-add:SYS_ADMIN, ulimit:nofile=1024 …
import { allCapabilities } from '../capabilities.ts';
import { type Draft, note } from '../named/draft.ts';
import { wordOf } from './checked-values.ts';
import { byName, type Qualifier, setContainer, setEngine, wrong } from './qualifier.ts';

function capability(form: string, value: string): string {
  const upper = value.toUpperCase();
  const name = upper.startsWith('CAP_') || upper === 'ALL' ? upper : `CAP_${upper}`;
  return wordOf(form, name, ['ALL', ...allCapabilities]);
}

/** Limits of setrlimit(2), as docker and ulimit name them. */
const limits = [
  ...['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile'],
  ...['nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack'],
];

const sizes: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function bytesOf(value: string): number | undefined {
  const match = /^(\d+)([kmg]?)b?$/i.exec(value);
  const unit = sizes[match?.[2]?.toLowerCase() ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}

function limitOf(value: string): number | null | undefined {
  if (/^(unlimited|infinity|-1)$/.test(value)) return null;
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

function applyUlimit(draft: Draft, value: string): void {
  const [name = '', range = ''] = value.split('=');
  const [softText = '', hardText = softText] = range.split(':');
  const soft = limitOf(softText);
  const hard = limitOf(hardText);
  if (!/^[a-z]+$/.test(name) || soft === undefined || hard === undefined) {
    throw wrong(
      'ulimit:NAME=SOFT[:HARD]',
      value,
      'ulimit:nofile=1024:4096 or ulimit:memlock=unlimited',
    );
  }
  wordOf('ulimit:NAME=SOFT[:HARD]', name, limits);
  draft.limits = { ...draft.limits, [name]: { soft, hard } };
  note(draft, `limits.${name}`, byName);
}

function applyVolume(draft: Draft, value: string): void {
  const [source = '', target = '', options, ...rest] = value.split(':');
  if (source === '' || !target.startsWith('/') || rest.length > 0)
    throw wrong('volume:SOURCE:TARGET[:OPTIONS]', value, 'volume:/srv/data:/data:Z');
  const mount = { source, target, ...(options === undefined ? {} : { options }) };
  setContainer(draft, { mounts: [...(draft.container?.mounts ?? []), mount] });
}

/** How the container is started. */
export const containerQualifiers: readonly Qualifier[] = [
  {
    name: 'privileged',
    form: 'privileged',
    says: 'started with --privileged',
    apply: (draft) => setContainer(draft, { privileged: true }),
  },
  {
    name: 'rootless',
    form: 'rootless',
    says: 'the engine runs as an ordinary user',
    apply: (draft) => {
      setEngine(draft, { rootless: true });
      setContainer(draft, { userNamespace: true });
    },
  },
  {
    name: 'cap-add',
    form: 'cap-add:NAME',
    says: 'a capability more',
    apply: (draft, value) =>
      setContainer(draft, {
        capabilitiesAdded: [
          ...(draft.container?.capabilitiesAdded ?? []),
          capability('cap-add:NAME', value),
        ],
      }),
  },
  {
    name: 'cap-drop',
    form: 'cap-drop:NAME',
    says: 'a capability less; cap-drop:ALL drops all',
    apply: (draft, value) =>
      setContainer(draft, {
        capabilitiesDropped: [
          ...(draft.container?.capabilitiesDropped ?? []),
          capability('cap-drop:NAME', value),
        ],
      }),
  },
  {
    name: 'user',
    form: 'user:NAME|ID',
    says: 'started as that user',
    apply: (draft, value) => setContainer(draft, { user: value }),
  },
  {
    name: 'read-only',
    form: 'read-only',
    says: 'the root file system is read-only',
    apply: (draft) => setContainer(draft, { readOnlyRoot: true }),
  },
  {
    name: 'no-new-privileges',
    form: 'no-new-privileges',
    says: 'setuid bits and file capabilities have no effect',
    apply: (draft) => setContainer(draft, { noNewPrivileges: true }),
  },
  {
    name: 'ulimit',
    form: 'ulimit:NAME=SOFT[:HARD]',
    says: 'a resource limit inside the container',
    apply: applyUlimit,
  },
  {
    name: 'shm',
    form: 'shm:SIZE',
    says: 'the size of /dev/shm: 64m, 1g',
    apply: (draft, value) => {
      const size = bytesOf(value);
      if (size === undefined) throw wrong('shm:SIZE', value, 'shm:64m or shm:1g');
      setContainer(draft, { shmSize: size });
    },
  },
  {
    name: 'tmpfs',
    form: 'tmpfs:PATH[=OPTIONS]',
    says: 'a tmpfs at a path: tmpfs:/tmp=noexec,nosuid',
    apply: (draft, value) => {
      const [path = '', ...options] = value.split('=');
      if (!path.startsWith('/')) throw wrong('tmpfs:PATH[=OPTIONS]', value, 'tmpfs:/tmp=noexec');
      setContainer(draft, {
        tmpfs: { ...draft.container?.tmpfs, [path]: options.join('=') || 'rw' },
      });
    },
  },
  {
    name: 'volume',
    form: 'volume:SOURCE:TARGET[:OPTIONS]',
    says: 'a folder or volume that is mounted, as -v takes it: volume:/srv/data:/data:Z',
    apply: applyVolume,
  },
  {
    name: 'device',
    form: 'device:PATH',
    says: 'a device of the host, given to the container',
    apply: (draft, value) => {
      if (!value.startsWith('/dev/')) throw wrong('device:PATH', value, 'device:/dev/kvm');
      draft.devices = [...new Set([...(draft.devices ?? []), value])];
      setContainer(draft, { devices: [...(draft.container?.devices ?? []), value] });
    },
  },
  {
    name: 'lxc',
    form: 'lxc',
    says: 'the engine itself runs in an LXC container',
    apply: (draft) => setContainer(draft, { nested: 'lxc' }),
  },
];
