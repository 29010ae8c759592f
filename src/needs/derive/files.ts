// Needs that lie in the files' metadata and texts: file capabilities, setuid programs, hard-coded paths of the kernel's
// file systems and devices, commands in scripts, the image's environment, what starts.
import { parseFileCapabilities } from '../../formats/capability.ts';
import { scriptGuards } from '../../formats/script-guards.ts';
import { capEvidence, groupBy } from '../evidence.ts';
import type { Need } from '../need.ts';
import type { UserSpace } from '../user-space.ts';
import { type DeriveView, onRun, onStart, startFirst } from './view.ts';

/** Capabilities and setuid bits of files. */
export function* privilegedFiles(view: DeriveView): Generator<Need> {
  for (const node of view.userSpace.tree.walk()) {
    if (node.type !== 'file') continue;
    const file = { path: node.path, ...(node.layer === undefined ? {} : { layer: node.layer }) };
    const value = node.xattrs?.['security.capability'];
    const capabilities = value === undefined ? undefined : parseFileCapabilities(value);
    if (capabilities !== undefined) {
      const { permitted, effective } = capabilities;
      yield {
        kind: 'file-capability',
        path: node.path,
        permitted,
        effective,
        certainty: 'declared',
        evidence: [view.at(file, `${permitted.join(', ')}${effective ? ', effective' : ''}`)],
        ...onStart(view, [file]),
      };
    }
    if ((node.mode & 0o4000) !== 0 && (node.mode & 0o111) !== 0) {
      yield {
        kind: 'setuid',
        path: node.path,
        certainty: 'declared',
        evidence: [view.at(file, `mode ${(node.mode & 0o7777).toString(8)}, owner ${node.uid}`)],
        ...onStart(view, [file]),
      };
    }
  }
}

/** Needs of one kind that scripts are told of: the rest says nothing new. */
const mostNeeds = 2000;

function* mostOf<T>(groups: ReadonlyMap<string, T>): Generator<readonly [string, T]> {
  let left = mostNeeds;
  for (const entry of groups) {
    if (left-- <= 0) return;
    yield entry;
  }
}

/** Paths below /proc, /sys and /dev in scripts. */
export function* kernelPaths(view: DeriveView): Generator<Need> {
  const uses = view.userSpace.scripts.flatMap((file) =>
    (file.paths ?? []).map(({ path, line, access }) => ({
      path: file.path,
      file,
      wanted: path,
      line,
      access,
    })),
  );
  for (const [wanted, group] of mostOf(groupBy(uses, (use) => use.wanted))) {
    const shown = startFirst(view, group);
    yield {
      kind: 'path',
      path: wanted,
      who: shown[0]?.path ?? '',
      certainty: 'present',
      evidence: capEvidence(
        shown.map(({ file, line, access }) => ({
          ...view.at(file, `${accessWords[access]} ${wanted}`),
          line,
        })),
      ),
      ...onRun(view, group),
    };
  }
}

const accessWords = { read: 'reads', write: 'writes', named: 'names' } as const;

/** What sources of interpreted programs ask for. */
export function* sourceUses(view: DeriveView): Generator<Need> {
  const all = view.userSpace.scripts.flatMap((file) =>
    (file.uses ?? []).map(({ use, line }) => ({ path: file.path, file, use, line })),
  );
  for (const [use, group] of groupBy(all, (one) => one.use)) {
    const shown = startFirst(view, group);
    yield {
      kind: 'source-use',
      use,
      who: shown[0]?.path ?? '',
      certainty: 'present',
      evidence: capEvidence(
        shown.map(({ file, line }) => ({
          ...view.at(file, `asks for ${use.replaceAll('-', ' ')}`),
          line,
        })),
      ),
      ...onRun(view, group),
    };
  }
}

/** What start scripts check before they go on. */
export function* guards(view: DeriveView): Generator<Need> {
  const { userSpace, runs } = view;
  for (const path of runs ?? []) {
    const text = userSpace.texts.includes(path) ? userSpace.text(path) : undefined;
    for (const guard of text === undefined ? [] : scriptGuards(text)) {
      const { line, text: detail } = guard;
      const node = userSpace.tree.stat(path);
      const file = { path, ...(node?.layer === undefined ? {} : { layer: node.layer }) };
      yield {
        kind: 'guard',
        guard,
        who: path,
        certainty: 'declared',
        evidence: [{ ...view.at(file, detail), line }],
        onStartPath: true,
      };
    }
  }
}

/** Commands of scripts that touch the host: as the scripts' parser found them. */
export function* commands(view: DeriveView): Generator<Need> {
  const uses = view.userSpace.scripts.flatMap((file) =>
    file.commands.map((command) => ({ path: file.path, file, ...command })),
  );
  for (const [, group] of mostOf(groupBy(uses, ({ name, text }) => `${name} ${text}`))) {
    const shown = startFirst(view, group);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      kind: 'command',
      command: first.name,
      text: first.text,
      who: first.path,
      certainty: 'present',
      evidence: capEvidence(
        shown.map(({ file, line, text }) => ({ ...view.at(file, text), line })),
      ),
      ...onRun(view, group),
    };
  }
}

/** Variables that ask something of the host or change what the C library and run-times ask. */
const telling =
  /^(?:NVIDIA_|CUDA_|JAVA_(?:TOOL_)?OPTI?ON?S|JAVA_OPTS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CATALINA_OPTS|ES_JAVA_OPTS|JVM_OPTS|GLIBC_TUNABLES|MALLOC_|LD_PRELOAD|LD_LIBRARY_PATH|LD_ASSUME_KERNEL|LD_BIND_NOW|GODEBUG|GOMAXPROCS|GOMEMLIMIT|GOAMD64|UV_|NODE_OPTIONS|PYTHONMALLOC|RUST_|DOTNET_|COMPlus_|DOCKER_|container$|OPENSSL_|KRB5|TMPDIR$|OPENBLAS_|OMP_|MKL_|ROCM|HSA_|MPI|UCX_|FI_|NCCL_|S6_|QEMU_|PROOT_|ROCKSDB|DB_|SSL_CERT)/;

/** The image's environment, where it tells something. */
export function* environment({ userSpace }: DeriveView): Generator<Need> {
  for (const [name, value] of Object.entries(userSpace.config?.env ?? {})) {
    if (!telling.test(name)) continue;
    yield {
      kind: 'environment',
      name,
      value,
      certainty: 'declared',
      evidence: [{ detail: `environment ${name}=${value.slice(0, 200)}` }],
      onStartPath: true,
    };
  }
}

/** Neither a program nor a script, nor anything that tells of software: an empty directory, a folder of documents. */
function holdsNoProgram({ elves, scripts, packages, software, libc }: UserSpace): boolean {
  return (
    elves.length + scripts.length + packages.length + software.length === 0 && libc === undefined
  );
}

/** Where the chain of what starts ends in something that files cannot tell. */
export function* unbounded({ userSpace }: DeriveView): Generator<Need> {
  const { start, target, libc } = userSpace;
  const base = { kind: 'unbounded', certainty: 'declared', onStartPath: true } as const;
  if (holdsNoProgram(userSpace)) {
    yield {
      ...base,
      reason: 'nothing-to-run',
      who: 'the target',
      evidence: [{ detail: 'no program, no script, no package' }],
    };
    return;
  }
  if (libc?.listed === true) {
    const named = `${libc.name} ${libc.version ?? ''}`.trim();
    const detail = `names ${named}, which is not among the files: only a part of the user space was given`;
    const who = `what is installed but not in the target (${named})`;
    yield { ...base, reason: 'incomplete', who, evidence: [{ path: libc.path, detail }] };
  }
  if (start.length === 0) {
    if (target.kind === 'elf') return;
    yield {
      ...base,
      reason: 'no-entrypoint',
      who: 'the target',
      evidence: [{ detail: 'nothing says what starts' }],
    };
    return;
  }
  for (const step of start) {
    if (step.kind !== 'shell' && step.kind !== 'interpreter') continue;
    const shown = step.argv.join(' ').slice(0, 200);
    yield {
      ...base,
      reason: step.kind,
      who: step.path ?? step.argv[0] ?? '',
      evidence: [
        { ...(step.path === undefined ? {} : { path: step.path }), detail: `starts: ${shown}` },
      ],
    };
  }
  if (userSpace.problems.some(({ severity }) => severity !== 'note')) {
    yield {
      ...base,
      reason: 'incomplete',
      who: 'the target',
      evidence: [{ detail: 'part of the target could not be read' }],
    };
  }
}
