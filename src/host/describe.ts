// A host in one line, as reports show it, and in a table, as `host show` does.
import type { Offer } from './offer.ts';

/** "docker 20.10.24", "podman 4.9.4 (rootless)", "no engine named". */
function describeEngine(offer: Offer): string {
  const { engine, container } = offer;
  if (engine === undefined) return 'no engine named';
  const name = [engine.name === 'other' ? 'engine' : engine.name, engine.version].filter(Boolean);
  const notes = [
    engine.rootless ? 'rootless' : undefined,
    container?.privileged ? 'privileged' : undefined,
    engine.seccomp?.mode === 'unconfined' || engine.seccomp?.mode === 'none'
      ? 'no filter'
      : undefined,
    engine.seccomp?.mode === 'profile' ? 'own filter' : undefined,
  ].filter((word) => word !== undefined);
  return name.join(' ') + (notes.length > 0 ? ` (${notes.join(', ')})` : '');
}

/** "Linux 3.10.0-1160.el7", "gVisor 4.4.0", "kernel unknown". */
function describeKernel(offer: Offer): string {
  const { kernel } = offer;
  const release = kernel?.release ?? kernel?.base;
  if (kernel?.kind === 'gvisor') return `gVisor (says Linux ${release ?? 'nothing'})`;
  if (kernel?.kind === 'wsl1') return `WSL 1 (says Linux ${release ?? 'nothing'})`;
  return release === undefined ? 'kernel unknown' : `Linux ${release}`;
}

/** "x86_64", "x86_64 with at least x86-64-v2", "aarch64, 64 KiB pages". */
function describeMachine(offer: Offer): string {
  const { machine, cpu, pageSize } = offer;
  if (machine === undefined) return 'machine unknown';
  const level =
    cpu?.level ?? (cpu?.levelAtLeast === undefined ? undefined : `at least ${cpu.levelAtLeast}`);
  const usual = machine === 'ppc64le' ? 65536 : 4096;
  const pages =
    pageSize === undefined || pageSize === usual ? undefined : `${pageSize / 1024} KiB pages`;
  return [level === undefined ? machine : `${machine} (${level})`, pages]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** One line on what the host is: "Linux 3.10.0-1160.el7, docker 1.13.1, x86_64". */
export function describeHost(offer: Offer): string {
  const parts = [describeKernel(offer), describeEngine(offer), describeMachine(offer)];
  if (offer.emulation) {
    parts.push(
      `emulation by ${[offer.emulation.by, offer.emulation.version].filter(Boolean).join(' ')}`,
    );
  }
  return parts.join(', ');
}
