// node bench/pull.ts [ROOTFS.tar]: pulling and unpacking an image of one layer and one of twenty from a registry of this
// machine, beside podman, skopeo with umoci, and `gunzip | tar x` in the same run; and `plimsoll check` of an image in the
// registry beside skopeo's copy of it into a layout (which stores what comes and inflates nothing), with the floor of anything
// that looks into a layer: `gunzip` alone and the start of node. As root. Without an argument mmdebstrap makes a Debian system (kept in
// .cache/bench). Runs are interleaved; the best of each is shown, with ratios. RUNS=3 sets how many; on a busy machine
// PREFIX='chrt -r 1' goes before each measured command, and TMPDIR=/dev/shm keeps other people's disk work out of it. DOCKER=DIR
// adds docker, whose daemon runs in a root file system that is made there (bench/docker-daemon.ts).
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readTar } from '../src/formats/tar-reader.ts';
import { tarEnd } from '../src/formats/tar-writer.ts';
import { withLimits } from '../src/lib/limits.ts';
import { type Layout, makeLayout, writeLayout } from '../test/builders/oci-layout.ts';
import { startRegistry } from '../test/support/real-registry.ts';
import { dockerRoot, startDocker } from './docker-daemon.ts';

const root = join(import.meta.dirname, '..');
const dockerPlace = process.env['DOCKER'];
const runs = Number(process.env['RUNS'] ?? 3);
const prefix = (process.env['PREFIX'] ?? '').split(' ').filter((word) => word !== '');
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

function debianRoot(): string {
  const folder = join(root, '.cache/bench');
  const path = join(folder, 'pull-debian.tar');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  console.log('making a Debian system with mmdebstrap …');
  const script = 'mmdebstrap --quiet --variant=apt bookworm "$0.part.tar" && mv "$0.part.tar" "$0"';
  execFileSync('sh', ['-c', script, path]);
  return path;
}

/** The archive's members in `count` archives of about the same size; hard links stay with their files. */
async function parted(tar: Buffer, count: number): Promise<readonly Buffer[]> {
  const parts: Buffer[][] = Array.from({ length: count }, () => []);
  const partOf = new Map<string, number>();
  let from = 0;
  let last: { readonly part: number; readonly at: number } | undefined;
  const flush = (to: number): void => {
    if (last !== undefined) parts[last.part]?.push(tar.subarray(last.at, to));
  };
  const limits = withLimits();
  for await (const { name, type, linkName, bodyOffset, bodyBytes } of readTar([tar], {
    limits,
    at: {},
  })) {
    flush(from);
    const by = Math.min(count - 1, Math.floor((from / tar.length) * count));
    const part = type === 'hard-link' ? (partOf.get(linkName) ?? by) : by;
    partOf.set(name, part);
    last = { part, at: from };
    from = bodyOffset + Math.ceil(bodyBytes / 512) * 512;
  }
  flush(from);
  return parts.map((pieces) => Buffer.concat([...pieces, tarEnd]));
}

function layoutOf(tars: readonly Buffer[]): Layout {
  const layout = makeLayout();
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layers = tars.map((tar) => ({ tar, stored: gzipSync(tar, { level: 6 }), mediaType }));
  const image = layout.image(layers, { os: 'linux', architecture: 'amd64' }, { Cmd: ['bash'] });
  layout.index([{ ...image, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  return layout;
}

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const at = (...names: readonly string[]): string => join(folder, ...names);
/** Every run has folders of its own: removing files and making others at once costs the file system more than either. */
let fresh = 0;
const podman = (...args: readonly string[]): readonly string[] => [
  'podman',
  '--root',
  at(`podman-${fresh}`),
  '--runroot',
  at(`podman-run-${fresh}`),
  '--storage-driver',
  'overlay',
  ...args,
];
const plimsoll = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  join(root, 'dist/plimsoll.js'),
  ...args,
];

/** Runs a program that is measured. */
function measured(command: readonly string[]): void {
  run([...prefix, ...command]);
}

function run([program = '', ...args]: readonly string[]): void {
  const options = {
    env: { ...env, PLIMSOLL_ROOT: at(`store-${fresh}`), PLIMSOLL_CACHE_DIR: at(`cache-${fresh}`) },
    stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'],
  };
  const ran = spawnSync(program, args, options);
  if (ran.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${ran.stderr}`);
}

/** One of the programs compared: what has to be there before a run, and what is measured. */
interface Rival {
  readonly name: string;
  readonly before?: () => void;
  readonly work: () => void;
}

const docker =
  dockerPlace === undefined
    ? undefined
    : await startDocker(dockerRoot(join(dockerPlace, 'docker')), at('docker'), prefix);

/** docker has one store: it is emptied before each run. */
function dockerPull(address: string): readonly Rival[] {
  if (docker === undefined) return [];
  const { command } = docker;
  return [
    {
      name: 'docker pull (overlay2)',
      before: () => run([...command, 'image', 'prune', '-a', '-f']),
      work: () => measured([...command, 'pull', '-q', address]),
    },
  ];
}

/** What V8 made of the program before: it is installed and was used, only images are new to it. */
function withCompiled(): void {
  cpSync(at('cache-warm', 'compiled'), at(`cache-${fresh}`, 'compiled'), { recursive: true });
}

function rivalsOf(
  host: string,
  image: string,
  other: string,
  layers: readonly string[],
): readonly Rival[] {
  const address = `${host}/${image}:1`;
  const checked = ['--host', 'debian:12', '--fail-on', 'none', `docker://${address}`];
  return [
    {
      name: 'plimsoll pull',
      before: withCompiled,
      work: () => measured(plimsoll('pull', '-q', address)),
    },
    {
      name: 'podman pull (overlay)',
      before: () => run(podman('info')),
      work: () => measured(podman('pull', '-q', '--tls-verify=false', address)),
    },
    ...dockerPull(address),
    {
      name: 'skopeo copy + umoci unpack',
      work() {
        measured([
          'skopeo',
          'copy',
          '-q',
          '--src-tls-verify=false',
          `docker://${address}`,
          `oci:${at(`copied-${fresh}`)}:1`,
        ]);
        measured([
          'umoci',
          'unpack',
          '--image',
          `${at(`copied-${fresh}`)}:1`,
          at(`bundle-${fresh}`),
        ]);
      },
    },
    {
      name: 'gunzip | tar x',
      before: () => mkdirSync(at(`plain-${fresh}`)),
      work() {
        for (const layer of layers)
          measured(['sh', '-c', `gunzip < ${layer} | tar xp -C ${at(`plain-${fresh}`)}`]);
      },
    },
    {
      name: 'plimsoll check (nothing kept)',
      before: withCompiled,
      work: () => measured(plimsoll('check', ...checked)),
    },
    {
      name: 'plimsoll check (code known)',
      // As after an image of the same base: its layers are new, its libraries are not.
      before() {
        withCompiled();
        run(plimsoll('check', ...checked.slice(0, -1), `docker://${host}/${other}:1`));
      },
      work: () => measured(plimsoll('check', ...checked)),
    },
    {
      name: 'plimsoll check --shallow',
      before: withCompiled,
      work: () => measured(plimsoll('check', '--shallow', ...checked)),
    },
    {
      name: 'skopeo copy',
      work: () =>
        measured([
          'skopeo',
          'copy',
          '-q',
          '--src-tls-verify=false',
          `docker://${address}`,
          `oci:${at(`copied-${fresh}`)}:1`,
        ]),
    },
    {
      name: 'gunzip alone',
      work() {
        for (const layer of layers) measured(['sh', '-c', `gunzip < ${layer} > /dev/null`]);
      },
    },
    {
      name: 'node -e 0',
      work: () => measured([process.execPath, '-e', '0']),
    },
  ];
}

const registry = await startRegistry();
try {
  const tar = readFileSync(process.argv[2] ?? debianRoot());
  const images = [
    ['one', 1, 'twenty'],
    ['twenty', 20, 'one'],
  ] as const;
  const stored = new Map<string, readonly string[]>();
  for (const [image, count] of images) {
    const layout = layoutOf(await parted(tar, count));
    writeLayout(layout, at(image));
    run([
      'skopeo',
      'copy',
      '-q',
      '--dest-tls-verify=false',
      `oci:${at(image)}:1`,
      `docker://${registry.host}/${image}:1`,
    ]);
    const gzips = [...layout.files].filter(([, bytes]) => bytes.readUInt16BE() === 0x1f8b);
    stored.set(
      image,
      gzips.map(([name]) => at(image, name)),
    );
  }
  for (const words of [
    ['pull', '-q'],
    ['check', '--fail-on', 'none'],
  ]) {
    const [program = '', ...args] = plimsoll(...words, `docker://${registry.host}/one:1`);
    for (let time = 0; time < 2; time++)
      execFileSync(program, args, {
        env: { ...env, PLIMSOLL_ROOT: at('store-warm'), PLIMSOLL_CACHE_DIR: at('cache-warm') },
        stdio: 'ignore',
      });
  }
  for (const [image, count, other] of images) {
    const layers = stored.get(image) ?? [];
    const bytes = layers.reduce((sum, path) => sum + statSync(path).size, 0);
    const rivals = rivalsOf(registry.host, image, other, layers);
    const best = new Map<string, number>();
    for (let round = 0; round < runs; round++) {
      for (const { name, before, work } of rivals) {
        fresh++;
        before?.();
        execFileSync('sync');
        const started = performance.now();
        work();
        const took = (performance.now() - started) / 1000;
        best.set(name, Math.min(took, best.get(name) ?? Number.POSITIVE_INFINITY));
      }
    }
    const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
    console.log(
      `${count} ${count === 1 ? 'layer' : 'layers'}, ${mb(bytes)} stored, ${mb(tar.length)} unpacked, best of ${runs}`,
    );
    const own = best.get('plimsoll pull') ?? Number.NaN;
    for (const [name, time] of best)
      console.log(
        `  ${name.padEnd(30)} ${time.toFixed(2)} s  ${(time / own).toFixed(2)} of plimsoll pull`,
      );
    const allowed = (best.get('skopeo copy') ?? Number.NaN) + 0.5;
    for (const [name, time] of best)
      if (name.startsWith('plimsoll check'))
        console.log(
          `  ${name}: ${time.toFixed(2)} s of ${allowed.toFixed(2)} s (skopeo copy + 0.5 s): ${time <= allowed ? 'kept' : 'missed'}`,
        );
  }
} finally {
  await docker?.close();
  await registry.close();
  for (; fresh > 0; fresh--) {
    if (existsSync(at(`podman-${fresh}`)))
      spawnSync('podman', podman('unmount', '--all', '--force').slice(1), { env, stdio: 'ignore' });
  }
  rmSync(folder, { recursive: true, force: true });
}
