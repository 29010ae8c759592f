// Questions about an offer's processor, in three values.
import { ownEntry } from '../lib/own-entry.ts';
import { armLevel, cpuLevels, featuresOfLevel, leastLevelOf } from './cpu-level.ts';
import type { Offer } from './offer.ts';

/** Whether one level is at least another: undefined when they are of different families or unknown. */
export function levelAtLeast(level: string, wanted: string): boolean | undefined {
  const family = cpuLevels.find((levels) => levels.includes(wanted));
  if (family === undefined || !family.includes(level)) return undefined;
  return family.indexOf(level) >= family.indexOf(wanted);
}

/** Whether the host's processor is of a level (x86-64-v3, power9, z14, armv8.2-a …). */
export function meetsCpuLevel(offer: Offer, wanted: string): boolean | undefined {
  const { cpu } = offer;
  if (/^armv[567]$/.test(wanted) && levelAtLeast(cpu?.level ?? '', wanted) === undefined) {
    const level = offer.machine === undefined ? undefined : armLevel(offer.machine);
    return level === undefined ? undefined : levelAtLeast(level, wanted);
  }
  if (cpu?.level !== undefined) return levelAtLeast(cpu.level, wanted);
  const least = cpu?.levelAtLeast;
  if (least !== undefined && levelAtLeast(least, wanted) === true) return true;
  const asked = missingForLevel(offer, wanted);
  return asked === undefined ? undefined : asked.length === 0;
}

/** Words that a level asks for beyond its family's baseline and the host's processor lacks; undefined where it does not list its features. */
export function missingForLevel(offer: Offer, wanted: string): readonly string[] | undefined {
  const features = offer.cpu?.features;
  const family = cpuLevels.find((levels) => levels.includes(wanted));
  const baseline = featuresOfLevel(family?.[0] ?? '') ?? [];
  const asked = featuresOfLevel(wanted)?.filter((word) => !baseline.includes(word));
  return features === undefined ? undefined : asked?.filter((word) => !features.includes(word));
}

/** Whether the host's processor has a feature, by its word in /proc/cpuinfo. */
export function hasCpuFeature(offer: Offer, feature: string): boolean | undefined {
  const { cpu } = offer;
  if (cpu?.features !== undefined) return cpu.features.includes(feature);
  const level = cpu?.level ?? cpu?.levelAtLeast;
  if (level !== undefined && featuresOfLevel(level)?.includes(feature)) return true;
  if (cpu?.level === undefined) return undefined;
  const least = ownEntry(leastLevelOf, feature);
  if (least !== undefined && levelAtLeast(cpu.level, least) === false) return false;
  // A level that is the whole truth lacks what only the levels above it have.
  const top = cpuLevels.find((levels) => levels.includes(cpu.level ?? ''))?.at(-1);
  return top !== undefined && featuresOfLevel(top)?.includes(feature) ? false : undefined;
}
