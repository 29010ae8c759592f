// Software by the image's environment and labels.
import type { SoftwareEntry } from '../software-entry.ts';
import { type Found, matchValue, rank, type SoftwareSources, versioned } from './signal.ts';

/** Signals of the image's configuration. */
export function matchConfig(
  { config }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  if (config === undefined) return;
  for (const entry of entries) {
    for (const [what, table] of [
      ['env', config.env],
      ['labels', config.labels],
    ] as const) {
      for (const condition of entry[what] ?? []) {
        const hit = matchValue(condition, table);
        if (hit === undefined) continue;
        found(entry, {
          rank: rank.env,
          ...versioned(hit.version),
          evidence: {
            detail: `${what === 'env' ? 'environment' : 'label'} ${hit.name}=${hit.value}`,
          },
        });
      }
    }
  }
}

/**
 * Bitnami's images all say the same way what they hold: BITNAMI_APP_NAME and APP_VERSION in the environment, and a
 * bill of materials beside each part.
 */
export function matchBitnami(
  { config, text }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  const name = config?.env['BITNAMI_APP_NAME'] ?? '';
  const version = config?.env['APP_VERSION'] ?? config?.env['BITNAMI_IMAGE_VERSION'];
  for (const entry of entries) {
    if (name === entry.name || name.startsWith(`${entry.name}-`)) {
      const detail = `environment BITNAMI_APP_NAME=${name}, APP_VERSION=${version ?? ''}`;
      found(entry, { rank: rank.env, ...versioned(version), evidence: { detail } });
    }
    const path = `/opt/bitnami/${entry.name}/.spdx-${entry.name}.spdx`;
    const stated = /"versionInfo": *"([^"]+)"/.exec(text(path) ?? '')?.[1];
    if (stated !== undefined) {
      found(entry, {
        rank: rank.text,
        ...versioned(stated),
        evidence: { path, detail: `versionInfo ${stated}` },
      });
    }
  }
}
