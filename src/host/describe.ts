// A host in one line, as reports show it.
import type { Offer } from './offer.ts';

/** One line on what the host is: "Linux 3.10.0-1160.el7, docker 1.13.1, x86_64". */
export function describeHost(offer: Offer): string {
  const release = offer.kernel?.release ?? offer.kernel?.base;
  const engine = offer.engine;
  const parts = [
    release === undefined ? 'kernel unknown' : `Linux ${release}`,
    engine === undefined ? undefined : [engine.name, engine.version].filter(Boolean).join(' '),
    offer.machine,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
