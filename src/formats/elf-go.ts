// Go's build information: a block "\xff Go buildinf:" on a 16-byte boundary in writable data (or the section
// .go.buildinfo), with the toolchain's version and the module text. Since Go 1.18 both texts follow inline, each after
// a varint of its length; before, two pointers to string headers follow. Older and stripped programs have at least
// the linker's note; their version is then the string that runtime.buildVersion's header points to.
// Source: Go's debug/buildinfo and cmd/link/internal/ld/data.go.
import type { GoBuild } from './elf-facts.ts';
import {
  type ElfLayout,
  offsetOfAddress,
  readWord,
  rights,
  type Segment,
  sectionNamed,
  segmentType,
  withinFile,
} from './elf-layout.ts';

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const flagInline = 2;
const flagBigEndian = 1;
const inlineAt = 32;
/** Length of the random marks that frame the module text. */
const frameSize = 16;
const maxText = 1 << 20;
const maxModules = 4096;
/** Versions in the text whose string header is looked for. */
const maxTries = 16;

/** What is known of a Go program; undefined for anything that Go's linker did not make. */
export function readGo(layout: ElfLayout, goNote: boolean): GoBuild | undefined {
  const section = sectionNamed(layout, '.go.buildinfo');
  const at = section
    ? findMagic(layout, section.offset, section.offset + section.size)
    : findInSegments(layout);
  if (at !== undefined) {
    const texts =
      (layout.bytes[at + 15] ?? 0) & flagInline
        ? inlineTexts(layout, at)
        : pointedTexts(layout, at);
    if (texts) return buildOf(texts.version, texts.modules);
  }
  if (!goNote && !sectionNamed(layout, '.gopclntab')) return undefined;
  return buildOf(searchVersion(layout) ?? '', '');
}

function loadSegments(layout: ElfLayout): readonly Segment[] {
  const loads = layout.segments.filter(({ type }) => type === segmentType.load);
  return withinFile(layout, loads, ({ fileSize }) => fileSize);
}

function findInSegments(layout: ElfLayout): number | undefined {
  for (const { flags, offset, fileSize } of loadSegments(layout)) {
    if (!(flags & rights.write)) continue;
    const at = findMagic(layout, offset, offset + fileSize);
    if (at !== undefined) return at;
  }
  return undefined;
}

function findMagic(layout: ElfLayout, from: number, to: number): number | undefined {
  const region = layout.bytes.subarray(from, to);
  for (let at = region.indexOf(magic); at !== -1; at = region.indexOf(magic, at + 1)) {
    if (at % 16 === 0 && at + inlineAt <= region.length) return from + at;
  }
  return undefined;
}

interface Texts {
  readonly version: string;
  readonly modules: string;
}

function inlineTexts(layout: ElfLayout, at: number): Texts | undefined {
  const version = varintText(layout.bytes, at + inlineAt);
  const modules = version && varintText(layout.bytes, version.end);
  return version && { version: version.text, modules: unframed(modules?.text ?? '') };
}

function varintText(bytes: Buffer, at: number): { text: string; end: number } | undefined {
  let length = 0;
  let from = at;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[from++];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (length > maxText || from + length > bytes.length) return undefined;
      return { text: bytes.toString('latin1', from, from + length), end: from + length };
    }
  }
  return undefined;
}

function pointedTexts(layout: ElfLayout, at: number): Texts | undefined {
  const { bytes } = layout;
  const width = bytes[at + 14];
  if (width !== 4 && width !== 8) return undefined;
  const frame = {
    view: layout.view,
    little: ((bytes[at + 15] ?? 0) & flagBigEndian) === 0,
    is64: width === 8,
  };
  const text = (pointerAt: number): string | undefined => {
    const header = offsetOfAddress(layout, readWord(frame, pointerAt));
    if (header === undefined || header + 2 * width > bytes.length) return undefined;
    const length = readWord(frame, header + width);
    const from = offsetOfAddress(layout, readWord(frame, header));
    if (from === undefined || length > maxText || from + length > bytes.length) return undefined;
    return bytes.toString('latin1', from, from + length);
  };
  const version = text(at + 16);
  if (version === undefined) return undefined;
  return { version, modules: unframed(text(at + 16 + width) ?? '') };
}

function unframed(text: string): string {
  return text.length >= 2 * frameSize + 1 && text.at(-frameSize - 1) === '\n'
    ? text.slice(frameSize, -frameSize)
    : '';
}

function buildOf(version: string, text: string): GoBuild {
  let main: string | undefined;
  const modules: { path: string; version: string }[] = [];
  const settings: [string, string][] = [];
  for (const line of Buffer.from(text, 'latin1').toString('utf8').split('\n')) {
    const [kind, first = '', second = ''] = line.split('\t');
    if (kind === 'path') main ??= first;
    else if (kind === 'mod' || kind === 'dep') {
      if (kind === 'mod') main = first;
      if (modules.length < maxModules) modules.push({ path: first, version: second });
    } else if (kind === '=>') {
      // A replaced module: this line says what was really built.
      const replaced = modules.pop();
      if (replaced) modules.push({ path: replaced.path, version: second || replaced.version });
    } else if (kind === 'build') {
      const equals = first.indexOf('=');
      if (equals > 0) settings.push([first.slice(0, equals), unquoted(first.slice(equals + 1))]);
    }
  }
  // "go1.22.4", "go1.22.4 X:boringcrypto", "devel go1.23-a1b2c3 …"
  const number = /^go(\d+(?:\.\d+)*(?:rc\d+|beta\d+)?)/.exec(version)?.[1];
  return {
    ...(number === undefined ? {} : { version: number }),
    ...(main === undefined ? {} : { main }),
    modules,
    settings: Object.fromEntries(settings),
  };
}

function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(["\\])/g, '$1') ?? value;
}

/** Finds a string header in writable data that points to "go1.…" with a fitting length. */
function searchVersion(layout: ElfLayout): string | undefined {
  const { bytes, is64, little } = layout;
  const width = is64 ? 8 : 4;
  const needle = Buffer.from('go1.', 'latin1');
  const loads = loadSegments(layout);
  let tries = 0;
  for (const readable of loads) {
    const end = Math.min(bytes.length, readable.offset + readable.fileSize);
    const region = bytes.subarray(readable.offset, end);
    for (
      let at = region.indexOf(needle);
      at !== -1 && tries < maxTries;
      at = region.indexOf(needle, at + 4), tries++
    ) {
      const text = /^go1\.\d+(?:\.\d+)?(?:rc\d+|beta\d+)?/.exec(
        region.toString('latin1', at, at + 24),
      )?.[0];
      if (text === undefined) continue;
      const pointer = Buffer.alloc(width);
      const address = readable.address + at;
      // Programs live below 2^47, and this far numbers are exact.
      if (address >= 2 ** Math.min(47, 8 * width)) continue;
      if (little) pointer.writeUIntLE(address, 0, Math.min(width, 6));
      else pointer.writeUIntBE(address, Math.max(0, width - 6), Math.min(width, 6));
      for (const { flags, offset, fileSize } of loads) {
        if (!(flags & rights.write)) continue;
        const header = bytes.subarray(offset, offset + fileSize).indexOf(pointer);
        if (header === -1 || offset + header + 2 * width > bytes.length) continue;
        const length = readWord(layout, offset + header + width);
        if (length >= 4 && length <= text.length) return text.slice(0, length);
      }
    }
  }
  return undefined;
}
