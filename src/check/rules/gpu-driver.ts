// NVIDIA_REQUIRE_CUDA of CUDA images against the host's driver, as libnvidia-container does: alternatives apart by
// blanks, conditions that must all hold apart by commas ("cuda>=12.4 brand=tesla,driver>=470,driver<471"). The CUDA
// version that a driver offers comes from the release notes of the CUDA toolkit (table of driver versions).
import type { Offer } from '../../host/offer.ts';
import { compareVersions, satisfies } from '../../lib/version.ts';
import type { UserSpace } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** The first driver that offers a CUDA version, newest first. */
const driverOfCuda: readonly (readonly [cuda: string, driver: string])[] = [
  ['13.0', '580.65.06'],
  ['12.9', '575.51.03'],
  ['12.8', '570.26'],
  ['12.6', '560.28.03'],
  ['12.5', '555.42.02'],
  ['12.4', '550.54.14'],
  ['12.3', '545.23.06'],
  ['12.2', '535.54.03'],
  ['12.1', '530.30.02'],
  ['12.0', '525.60.13'],
  ['11.8', '520.61.05'],
  ['11.7', '515.43.04'],
  ['11.6', '510.39.01'],
  ['11.5', '495.29.05'],
  ['11.4', '470.42.01'],
  ['11.3', '465.19.01'],
  ['11.2', '460.27.03'],
  ['11.1', '455.23'],
  ['11.0', '450.36.06'],
  ['10.2', '440.33'],
  ['10.1', '418.39'],
  ['10.0', '410.48'],
  ['9.2', '396.26'],
  ['9.1', '390.46'],
  ['9.0', '384.81'],
  ['8.0', '375.26'],
];

/** The newest CUDA version that a driver offers. */
function cudaOfDriver(driver: string): string | undefined {
  return driverOfCuda.find(([, first]) => compareVersions(driver, first) >= 0)?.[0];
}

/** Whether one condition holds; undefined for brands, architectures and what is not known. */
function holds(
  condition: string,
  cuda: string | undefined,
  driver: string | undefined,
): boolean | undefined {
  const [, name, operator = '', version = ''] =
    /^(\w+)\s*(>=|<=|!=|=|<|>)\s*(\S+)$/.exec(condition) ?? [];
  const found = name === 'cuda' ? cuda : name === 'driver' ? driver : undefined;
  return found === undefined ? undefined : satisfies(found, `${operator}${version}`);
}

/** Kleene's logic over alternatives of conditions. */
function fulfilled(
  requirement: string,
  cuda: string | undefined,
  driver: string | undefined,
): boolean | undefined {
  const alternatives = requirement
    .trim()
    .split(/\s+/)
    .map((alternative) => {
      const parts = alternative.split(',').map((part) => holds(part, cuda, driver));
      if (parts.includes(false)) return false;
      return parts.includes(undefined) ? undefined : true;
    });
  if (alternatives.includes(true)) return true;
  return alternatives.includes(undefined) ? undefined : false;
}

/** PL6015: the driver is too old for what the image requires. */
export const gpuDriverRule: Rule = {
  id: 'gpu-driver',
  *run({ userSpace }, offer) {
    const env = userSpace.config?.env ?? {};
    const requirement = env['NVIDIA_REQUIRE_CUDA'];
    if (requirement === undefined || requirement.trim() === '') {
      const finding = runtimeTooNew(userSpace, offer);
      if (finding !== undefined) yield finding;
      return;
    }
    if (/^(1|true|yes)$/i.test(env['NVIDIA_DISABLE_REQUIRE'] ?? '')) return;
    const { driver } = offer.nvidia ?? {};
    const cuda = offer.nvidia?.cuda ?? (driver === undefined ? undefined : cudaOfDriver(driver));
    if (driver === undefined && cuda === undefined) return;
    const answer = fulfilled(requirement, cuda, driver);
    if (answer === true) return;
    yield tooOld(requirement, cuda, driver, answer === undefined, offer);
  },
};

/**
 * The CUDA run-time in the image against the driver, where no label asks for one. From CUDA 11 on a run-time works with
 * the first driver of its major version (CUDA Compatibility, "Minor Version Compatibility").
 */
function runtimeTooNew(userSpace: UserSpace, offer: Offer): Finding | undefined {
  const { driver } = offer.nvidia ?? {};
  const files = userSpace.elves.flatMap(({ path }) => {
    const version = /\/libcudart\.so\.(\d+\.\d+)(?:\.\d+)?$/.exec(path)?.[1];
    return version === undefined ? [] : [{ path, version }];
  });
  // Wheels bring it along: nvidia-cuda-runtime-cu12.
  const wheels = userSpace.packages.flatMap(({ manager, name, version, database }) => {
    const short = /^\d+\.\d+/.exec(version)?.[0];
    return manager === 'pypi' &&
      /^nvidia-cuda-runtime(?:-cu\d+)?$/.test(name) &&
      short !== undefined
      ? [{ path: database, version: short }]
      : [];
  });
  const [runtime] = [...files, ...wheels];
  if (driver === undefined || runtime === undefined) return undefined;
  const major = runtime.version.split('.')[0] ?? '';
  const wanted = Number(major) >= 11 ? `${major}.0` : runtime.version;
  const needed = driverOfCuda.find(([version]) => version === wanted)?.[1];
  if (needed === undefined || compareVersions(driver, needed) >= 0) return undefined;
  return findingOf({
    code: 'PL6015',
    rule: 'cuda-runtime-driver',
    severity: 'degraded',
    certainty: 'declared',
    title: `programs with CUDA ${runtime.version} find no usable GPU: the host has driver ${driver}`,
    need: `driver ${needed} or newer`,
    offer: offered(offer, 'nvidia.driver', `driver ${driver}`),
    evidence: [{ path: runtime.path, detail: `the CUDA ${runtime.version} run-time` }],
    symptom: 'CUDA driver version is insufficient for CUDA runtime version',
    help: `update the host's NVIDIA driver to ${needed} or newer; or an image built for an older CUDA`,
    references: [
      'https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html',
      'https://github.com/NVIDIA/nvidia-docker/issues/400',
    ],
    component: 'configuration',
  });
}

function tooOld(
  requirement: string,
  cuda: string | undefined,
  driver: string | undefined,
  brandDecides: boolean,
  offer: Offer,
): Finding {
  const wanted = /cuda\s*>=\s*([\d.]+)/.exec(requirement)?.[1];
  const needed = driverOfCuda.findLast(
    ([version]) => wanted !== undefined && compareVersions(version, wanted) >= 0,
  );
  const has = [
    driver === undefined ? '' : `driver ${driver}`,
    cuda === undefined ? '' : `CUDA ${cuda}`,
  ]
    .filter(Boolean)
    .join(', ');
  const shown = wanted === undefined ? requirement.slice(0, 60) : `CUDA ${wanted}`;
  return findingOf({
    code: 'PL6015',
    rule: 'gpu-driver-cuda',
    severity: 'fatal',
    reach: 'user-space',
    certainty: brandDecides ? 'present' : 'declared',
    title: `the image requires ${shown}, the host has ${has}${brandDecides ? '; data centre GPUs may be let through' : ''}`,
    need: `NVIDIA_REQUIRE_CUDA=${requirement.slice(0, 160)}`,
    offer: offered(offer, 'nvidia.driver', has),
    evidence: [{ detail: `ENV NVIDIA_REQUIRE_CUDA=${requirement.slice(0, 160)}` }],
    symptom: `nvidia-container-cli: requirement error: unsatisfied condition: cuda>=${wanted ?? ''}, please update your driver to a newer version, or use an earlier cuda container`,
    help: `update the host's NVIDIA driver${needed === undefined ? '' : ` to ${needed[1]} or newer`}; or an image built for CUDA ${cuda ?? 'of the host'}; NVIDIA_DISABLE_REQUIRE=1 lets it start where forward compatibility packages are in the image`,
    references: [
      'https://github.com/NVIDIA/nvidia-docker/issues/1442',
      'https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html',
    ],
    component: 'configuration',
  });
}
