// node scripts/docker-peer.ts DIR: docker itself as a peer (bench/docker-daemon.ts makes it in DIR/docker; 300 MB). As root.
// Images go from a registry of this machine, from plimsoll and from docker into the other one and back; each time the id has
// to stay, and the files that both export have to be the same. Ends with 1 where something differs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dockerRoot, startDocker } from '../bench/docker-daemon.ts';
import { readTar } from '../src/formats/tar-reader.ts';
import { withLimits } from '../src/lib/limits.ts';
import { makeLayout, sha256, writeLayout } from '../test/builders/oci-layout.ts';
import { makeTar, type TarMember } from '../test/builders/tar.ts';
import { startRegistry } from '../test/support/real-registry.ts';

const root = join(import.meta.dirname, '..');
const place = process.argv[2];
if (place === undefined) throw new Error('usage: node scripts/docker-peer.ts DIR');
mkdirSync(place, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'plimsoll-docker-'));
const at = (name: string): string => join(work, name);
const docker = await startDocker(dockerRoot(join(place, 'docker')), at('docker'));
const registry = await startRegistry();
let faults = 0;

function run(command: readonly string[], input?: Uint8Array): Buffer {
  const [program = '', ...args] = command;
  const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
  return execFileSync(program, args, {
    env: { ...environment, PLIMSOLL_ROOT: at('store'), PLIMSOLL_CACHE_DIR: at('cache') },
    cwd: work,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });
}
const own = (words: string, input?: Uint8Array): Buffer =>
  run([process.execPath, join(root, 'dist/plimsoll.js'), ...words.split(' ')], input);
const theirs = (words: string, input?: Uint8Array): Buffer =>
  run([...docker.command, ...words.split(' ')], input);

function same(what: string, a: string, b: string): void {
  if (a === b) console.log(`same     ${what}`);
  else {
    faults++;
    console.log(
      `DIFFERS  ${what}\n  plimsoll: ${a.slice(0, 2000)}\n  docker:   ${b.slice(0, 2000)}`,
    );
  }
}

const idHere = (name: string): string =>
  own(`image inspect --format {{.Id}} ${name}`).toString().trim();
const idThere = (name: string): string =>
  theirs(`image inspect --format {{.Id}} ${name}`).toString().trim();

/** What an archive of a file system holds, without what engines put into containers themselves. */
async function contents(archive: Buffer): Promise<string> {
  const made =
    /^(?:dev|proc|sys|run|\.dockerenv|etc\/(?:hostname|hosts|mtab|resolv\.conf))(?:\/|$)/;
  const lines: string[] = [];
  const limits = withLimits();
  for await (const entry of readTar([archive], { limits, at: {} })) {
    const name = entry.name.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '');
    if (name === '' || name === '.' || made.test(name)) continue;
    const { type, mode, uid, gid, linkName, bodyOffset, bodyBytes } = entry;
    const body = sha256(archive.subarray(bodyOffset, bodyOffset + bodyBytes)).slice(7, 19);
    const link = linkName.replace(/^\.?\//, '');
    lines.push(
      `${name} ${type} ${mode.toString(8)} ${uid}:${gid} ${type === 'file' ? body : link}`,
    );
  }
  return lines.sort().join('\n');
}

async function sameFiles(name: string): Promise<void> {
  const id = theirs(`create ${name} true`).toString().trim();
  const there = theirs(`export ${id}`);
  theirs(`rm ${id}`);
  own(`export -o here.tar ${name}`);
  same(`files of ${name}`, await contents(readFileSync(at('here.tar'))), await contents(there));
}

/** Three layers with whiteouts, an opaque folder, links, owners and modes. */
function pushImage(): string {
  const layout = makeLayout();
  const layers: readonly (readonly TarMember[])[] = [
    [
      { name: 'etc/' },
      { name: 'etc/passwd', body: 'root:x:0:0::/:/bin/sh\n' },
      { name: 'bin/' },
      { name: 'bin/true', body: '#!/bin/sh\n', mode: 0o4755 },
      { name: 'data/' },
      { name: 'data/old', body: 'old' },
      { name: 'data/gone/' },
      { name: 'data/gone/x', body: 'x' },
      { name: 'owned', body: 'by somebody', uid: 1000, gid: 2000, mode: 0o640 },
    ],
    [
      { name: 'data/.wh.old' },
      { name: 'data/gone/.wh..wh..opq' },
      { name: 'data/gone/new', body: 'new' },
      { name: 'link', type: '2', linkName: 'data/gone/new' },
      { name: 'hard', type: '1', linkName: 'data/gone/new' },
    ],
    [{ name: 'ünïcode/' }, { name: 'ünïcode/名', body: 'name' }, { name: 'empty' }],
  ];
  const image = layout.image(
    layers.map((members) => {
      const tar = makeTar(members);
      const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
      return { tar, stored: gzipSync(tar), mediaType };
    }),
    { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    { Cmd: ['/bin/true'], Labels: { a: 'b' } },
  );
  layout.index([{ ...image, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  writeLayout(layout, at('layout'));
  const name = `${registry.host}/team/image:1`;
  own(`copy oci:${at('layout')}:1 docker://${name}`);
  return name;
}

try {
  console.log(`docker ${theirs('version --format {{.Server.Version}}').toString().trim()}`);
  const name = pushImage();
  own(`pull -q ${name}`);
  theirs(`pull -q ${name}`);
  same('id of what both pulled', idHere(name), idThere(name));
  await sameFiles(name);
  for (const form of ['docker-archive', 'docker-legacy']) {
    const id = idHere(name);
    theirs(`rmi -f ${name}`);
    own(`save --format ${form} -o saved.tar ${name}`);
    theirs('load -i saved.tar');
    same(`id of what docker loaded from ${form}`, id, idThere(name));
    await sameFiles(name);
  }
  theirs('save -o from-docker.tar'.concat(` ${name}`));
  own(`rmi -f ${name}`);
  own('load -i from-docker.tar');
  same('id of what docker saved', idHere(name), idThere(name));
  await sameFiles(name);
  const container = theirs(`create ${name} true`).toString().trim();
  own('import - exported:1', theirs(`export ${container}`));
  writeFileSync(at('imported.tar'), own('save exported:1'));
  theirs('load -i imported.tar');
  same('id of an imported container of docker', idHere('exported:1'), idThere('exported:1'));
  theirs(`commit -m changed ${container} committed:1`);
  own('load', theirs('save committed:1'));
  same('id of what docker committed', idHere('committed:1'), idThere('committed:1'));
  theirs(`tag ${name} ${registry.host}/team/pushed:1`);
  theirs(`push -q ${registry.host}/team/pushed:1`);
  own(`pull -q ${registry.host}/team/pushed:1`);
  const pushed = `${registry.host}/team/pushed:1`;
  same('id of what docker pushed', idHere(pushed), idThere(pushed));
  theirs(`rm ${container}`);
} finally {
  await docker.close();
  await registry.close();
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = faults === 0 ? 0 : 1;
