// Platforms as the OCI image index writes them: os/architecture[/variant], with Go's names for architectures. A variant
// that is left out has a meaning of its own: arm64 is arm64/v8, arm is arm/v7 (containerd's platforms package).
import { arch } from 'node:os';
import { ownEntry } from '../lib/own-entry.ts';
import type { Platform } from './image.ts';

/** Other programs' names for architectures: uname's, Debian's, Node's. */
const aliases: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  x64: 'amd64',
  i386: '386',
  i686: '386',
  ia32: '386',
  x86: '386',
  aarch64: 'arm64',
  armhf: 'arm/v7',
  armv7l: 'arm/v7',
  armel: 'arm/v6',
  armv6l: 'arm/v6',
  ppc64: 'ppc64le',
  ppc64el: 'ppc64le',
  loongarch64: 'loong64',
  mipsel: 'mipsle',
  mips64el: 'mips64le',
};

const architectures = new Set(
  'amd64 386 arm64 arm riscv64 ppc64le s390x mips64le mips64 mipsle mips loong64 wasm unknown'.split(
    ' ',
  ),
);
const systems = new Set(['linux', 'windows', 'darwin', 'freebsd', 'wasip1', 'unknown']);

/** "linux/arm64/v8", "arm64", "linux/x86_64"; undefined when it is none of these. */
export function parsePlatform(text: string): Platform | undefined {
  const parts = text.toLowerCase().split('/');
  const os = systems.has(parts[0] ?? '') ? parts.shift() : 'linux';
  if (os === undefined || parts.length === 0) return undefined;
  const [named = '', given, ...more] = parts;
  const [architecture = '', implied] = (ownEntry(aliases, named) ?? named).split('/');
  const variant = given ?? implied;
  if (!architectures.has(architecture) || more.length > 0) return undefined;
  if (variant !== undefined && !/^v\d+$/.test(variant)) return undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** As in "linux/arm/v7". */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** The platform of the machine that this runs on. */
export function thisPlatform(): Platform {
  return parsePlatform(arch()) ?? { os: 'linux', architecture: arch() };
}

/** Number of the variant, with the meaning that its absence has. */
function variantOf({ architecture, variant }: Platform): number {
  const absent: Readonly<Record<string, number>> = { arm64: 8, arm: 7, amd64: 1 };
  return variant === undefined || variant === ''
    ? (ownEntry(absent, architecture) ?? 0)
    : Number(variant.replace(/^v/, '')) || 0;
}

/**
 * How well `offered` serves someone who asked for `wanted`: undefined when it does not run there, else larger is
 * better. Older variants run on newer processors; one that is newer than asked for is taken as a last resort when no
 * variant was named, since the check looks at the processor itself.
 */
export function platformFit(wanted: Platform, offered: Platform): number | undefined {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return undefined;
  const above = variantOf(offered) - variantOf(wanted);
  if (above <= 0) return 100 + above;
  return wanted.variant === undefined ? 50 - above : undefined;
}
