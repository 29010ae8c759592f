// From what a user writes after --host to an offer: a named host, `this`, a host file, or `-`, with qualifiers.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { nearestNames } from '../lib/nearest.ts';
import { ownEntry } from '../lib/own-entry.ts';
import { completeOffer } from './complete-offer.ts';
import { applyContainerDefaults } from './named/container-defaults.ts';
import { type Draft, draftOf } from './named/draft.ts';
import { namedHost } from './named/named-host.ts';
import { allNames, spokenName } from './named/names.ts';
import type { Offer } from './offer.ts';
import { refuseContradictions } from './qualifiers/contradictions.ts';
import { qualifiers } from './qualifiers.ts';

/** What finding a host needs of the outside world. */
export interface HostSources {
  /** A file's text; `-` is standard input. @throws PlimsollError PL0301 where there is none. */
  readonly readFile: (path: string) => Promise<string>;
  /** The offer of the machine that this runs on. */
  readonly probe: () => Promise<Offer>;
}

/** A host as it is written: its base and the qualifiers after it. */
export interface WrittenHost {
  readonly base: string;
  readonly qualifiers: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Whether a piece goes on with a kernel's release: "6.12.34+rpt-rpi-v8", "6.12.43+deb13-amd64", "5.10.107+" of a changed
 * tree. Whatever could be a qualifier, or one mistyped, is none.
 */
function continuesRelease(piece: string): boolean {
  return (
    !piece.includes(':') &&
    nearestNames(
      piece,
      qualifiers.map(({ name }) => name),
      1,
    ).length === 0
  );
}

/** The pieces between the '+' of a name, those of one kernel release together. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  for (const piece of text.split(/(?<!:)\+/)) {
    const before = pieces.at(-1);
    if (before !== undefined && /^kernel:[^+]/.test(before) && continuesRelease(piece)) {
      pieces[pieces.length - 1] = `${before}+${piece}`;
    } else pieces.push(piece);
  }
  return pieces;
}

/**
 * Splits "rhel:7.9+docker:1.13+cpu:+avx". A '+' right after a ':' belongs to the value; one inside a file's name or a
 * kernel's release to it.
 */
export function parseHostName(text: string): WrittenHost {
  // Only what looks like a path in its first piece is one: rhel:7.9+seccomp:profile.json is a name.
  const [first = ''] = text.split('+', 1);
  const path = first !== '-' && isFile(first);
  const file = path ? /^(.*?\.json)(?:\+(.*))?$/s.exec(text) : null;
  const [base = '', ...rest] = file
    ? [file[1] ?? '', ...(file[2] === undefined ? [] : piecesOf(file[2]))]
    : piecesOf(text);
  return {
    base,
    qualifiers: rest.map((one) => {
      const colon = one.indexOf(':');
      return colon < 0
        ? { name: one, value: '' }
        : { name: one.slice(0, colon), value: one.slice(colon + 1) };
    }),
  };
}

function isFile(base: string): boolean {
  return base === '-' || base.includes('/') || base.endsWith('.json');
}

/** Names of releases that a mistake shows at most: all of Red Hat's. */
const releasesShown = 40;

function unknownHost(base: string): PlimsollError {
  if (base === '') {
    return new PlimsollError('PL0301', 'the name of the host is empty', {
      help: 'is a variable of your script not set? plimsoll host list shows all names',
    });
  }
  // "rhel6", "debian-12": only the colon is missing.
  const withColon = base.toLowerCase().replace(/^([a-z][a-z-]*?)[- ]?(?=\d)/, '$1:');
  const near =
    withColon !== base && namedHost(withColon) !== undefined
      ? [withColon]
      : nearestNames(base, allNames(), 5);
  const id = spokenName(base.toLowerCase()).split(':', 1)[0] ?? '';
  const releases = allNames().filter((name) => name.startsWith(`${id}:`));
  const releaseMissing = releases.length > 0 && !base.includes(':');
  const notes =
    releases.length > 0
      ? [`of ${id} there are: ${releases.slice(-releasesShown).join(', ')}`]
      : near.length > 0
        ? [`near it: ${near.join(', ')}`]
        : [];
  if (id === 'gvisor') notes.push('releases of gVisor are dates: gvisor:20230102');
  if (id === 'kernel') notes.push('a kernel is written as uname -r gives it: kernel:6.8');
  return new PlimsollError(
    'PL0301',
    releaseMissing
      ? `'${base}' alone does not say which host is meant`
      : `no host is named '${base}'`,
    {
      notes,
      help: releaseMissing
        ? 'write the name with one of them'
        : near[0] === undefined
          ? 'plimsoll host list shows all names; this is the machine you are on; a host file is given by its path'
          : `did you mean ${near[0]}? plimsoll host list shows all names; a host file is given by its path`,
    },
  );
}

function unknownQualifier(name: string): PlimsollError {
  const near = nearestNames(
    name,
    qualifiers.map((one) => one.name),
    3,
  );
  return new PlimsollError('PL0301', `there is no qualifier '${name}'`, {
    notes: [`there are: ${qualifiers.map((one) => one.name).join(', ')}`],
    help:
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : 'docs/hosts.md tells what each one says',
  });
}

async function baseOffer(
  base: string,
  machine: string | undefined,
  sources: HostSources,
): Promise<Draft> {
  if (base === 'this') return draftOf(await sources.probe());
  if (isFile(base)) {
    const text = await sources.readFile(base);
    // Only a host file needs the schema, whose library costs more to load than all the rest.
    const { parseHostFile } = await import('./host-file.ts');
    const draft = draftOf(parseHostFile(text, base === '-' ? 'standard input' : base));
    completeOffer(draft);
    return draft;
  }
  const named = namedHost(base, machine);
  if (named === undefined) throw unknownHost(base);
  return named;
}

/** Page sizes that machines can have, where not all. */
const pages: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['4k'],
  i686: ['4k'],
  s390x: ['4k'],
  riscv64: ['4k'],
  armv7l: ['4k'],
  ppc64le: ['4k', '64k'],
};

/** @throws PlimsollError PL0301 for a qualifier that cannot be true of the host's machine. */
function refuseOtherMachine({ machine }: Draft, { qualifiers: given }: WrittenHost): void {
  if (machine === undefined) return;
  const x86 = machine === 'x86_64' || machine === 'i686';
  for (const { name, value } of given) {
    const fits =
      name === 'page'
        ? pages[machine]?.includes(value) !== false
        : name === 'vsyscall' || (name === 'ia32' && value === 'on')
          ? x86
          : name === 'aarch32' && value === 'on'
            ? machine === 'aarch64'
            : name !== 'cpu' || levelFits(machine, value);
    if (fits) continue;
    throw new PlimsollError('PL0301', `no ${machine} machine is ${name}:${value}`, {
      help: 'the machine is x86_64 unless the qualifier arch: names another',
    });
  }
}

/** How the levels of a machine begin; a feature fits any. */
function levelFits(machine: string, value: string): boolean {
  if (/^[+-]/.test(value)) return true;
  const start = { x86_64: 'x86-64', aarch64: 'armv', armv7l: 'armv', ppc64le: 'power', s390x: 'z' };
  const wanted = ownEntry<string>(start, machine);
  return wanted === undefined || value.startsWith(wanted);
}

/**
 * The offer of a host: `this`, `-`, the path of a JSON file, or a name with qualifiers
 * (`rhel:7.9+docker:1.13+cpu:x86-64-v1`). Qualifiers go with all of them.
 * @throws PlimsollError PL0301 for an unknown name or qualifier, PL0302 for a file that is not valid.
 */
export async function findHost(name: string, sources: HostSources): Promise<Offer> {
  const written = parseHostName(name);
  const steps = written.qualifiers.map(({ name: word, value }) => {
    if (word === '') {
      throw new PlimsollError('PL0301', `nothing stands after a '+' in '${name}'`, {
        help: 'qualifiers follow the name, each after one +: debian:12+docker:24.0+cpu:x86-64-v2',
      });
    }
    const qualifier = qualifiers.find((one) => one.name === word);
    if (qualifier === undefined) throw unknownQualifier(word);
    if (qualifier.form === word && value !== '') {
      throw new PlimsollError('PL0301', `the qualifier ${word} takes no value, but got '${value}'`);
    }
    if (value === '' && /^[\w-]+:/.test(qualifier.form)) {
      throw new PlimsollError('PL0301', `the qualifier ${word} needs a value`, {
        help: `write ${qualifier.form}`,
      });
    }
    return { qualifier, value };
  });
  refuseContradictions(written.qualifiers);
  const machine = written.qualifiers.findLast((one) => one.name === 'arch')?.value;
  const draft = await baseOffer(written.base, machine, sources);
  for (const { qualifier, value } of steps) await qualifier.apply(draft, value, sources);
  refuseOtherMachine(draft, written);
  if (written.base !== 'this' && !isFile(written.base)) applyContainerDefaults(draft);
  if (steps.length > 0)
    draft.name =
      isFile(written.base) || written.base === 'this'
        ? `${draft.name}+${written.qualifiers.map((one) => (one.value === '' ? one.name : `${one.name}:${one.value}`)).join('+')}`
        : // What a name without a release was taken as belongs into the report.
          `${name}${/ \(taken as .*\)$/.exec(draft.name)?.[0] ?? ''}`;
  return draft;
}
