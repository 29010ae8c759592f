// What an image's CUDA code was compiled for against the compute capability of the host's card. Code for one architecture
// runs on that one and on later ones of the same major version; "+PTX" is translated for all later ones. Sources: the CUDA
// programming guide ("Application Compatibility"), the toolkit's release notes (what each major version can compile for), and
// PyTorch's RELEASE.md ("PyTorch CUDA Support Matrix").
import type { Offer } from '../../host/offer.ts';
import { compareVersions } from '../../lib/version.ts';
import type { Evidence, UserSpace } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** What some code of the image was made for. */
interface Made {
  readonly what: string;
  readonly evidence: Evidence;
  /** Whether it runs on a card. */
  readonly runsOn: (capability: string) => boolean;
  readonly help: string;
  readonly severity: 'fatal' | 'degraded';
}

/** The oldest capability that the compiler of a CUDA version makes code for (release notes of 11.0, 12.0 and 13.0). */
const oldestOfCuda: Readonly<Record<string, string>> = { '11': '3.5', '12': '5.0', '13': '7.5' };

const atLeast = (a: string, b: string): boolean => compareVersions(a, b) >= 0;

/** PL6018: the card is older or newer than what the image has code for. */
export const gpuCardRule: Rule = {
  id: 'gpu-card',
  *run({ userSpace }, offer) {
    const capability = offer.nvidia?.computeCapability;
    if (capability === undefined) return;
    const [made] = [...ofList(userSpace), ...ofTorch(userSpace), ...ofRuntime(userSpace)].filter(
      ({ runsOn }) => !runsOn(capability),
    );
    if (made !== undefined) yield noCode(made, capability, offer);
  },
};

/** TORCH_CUDA_ARCH_LIST: what the image's own extensions are compiled for. */
function* ofList({ config }: UserSpace): Iterable<Made> {
  const text = config?.env['TORCH_CUDA_ARCH_LIST'] ?? '';
  const entries = [...text.matchAll(/(\d{1,2}\.\d)[a-z]?(\+PTX)?/g)].map(
    ([, version = '', ptx]) => ({
      version,
      isTranslated: ptx !== undefined,
    }),
  );
  if (entries.length === 0) return;
  yield {
    what: `extensions for ${text.trim()}`,
    evidence: { detail: `ENV TORCH_CUDA_ARCH_LIST=${text.slice(0, 160)}` },
    runsOn: (capability) =>
      entries.some(
        ({ version, isTranslated }) =>
          atLeast(capability, version) &&
          (isTranslated || capability.split('.')[0] === version.split('.')[0]),
      ),
    help: 'build the image with the card in TORCH_CUDA_ARCH_LIST, or take one that is',
    severity: 'fatal',
  };
}

/** PyTorch's wheels. */
function* ofTorch({ packages }: UserSpace): Iterable<Made> {
  const torch = packages.find(({ manager, name }) => manager === 'pypi' && name === 'torch');
  if (torch === undefined) return;
  const runtime = packages.find(({ name }) => /^nvidia-cuda-runtime(?:-cu\d+)?$/.test(name));
  const cuda =
    /\+cu(\d{2})(\d)/.exec(torch.version)?.slice(1, 3).join('.') ??
    /^\d+\.\d+/.exec(runtime?.version ?? '')?.[0];
  if (cuda === undefined) return;
  const release = torch.version.replace(/\+.*/, '');
  const oldest = atLeast(cuda, '13')
    ? '7.5'
    : atLeast(cuda, '12.8') && atLeast(release, '2.11')
      ? '7.5'
      : atLeast(cuda, '12.8') && atLeast(release, '2.8')
        ? '7.0'
        : oldestOfCuda[cuda.split('.')[0] ?? ''];
  const hasBlackwell = atLeast(cuda, '12.8') && atLeast(release, '2.7');
  yield {
    what: `PyTorch ${release} for CUDA ${cuda}`,
    evidence: { path: torch.database, detail: `pypi torch ${torch.version}, CUDA ${cuda}` },
    runsOn: (capability) =>
      (oldest === undefined || atLeast(capability, oldest)) &&
      (hasBlackwell || !atLeast(capability, '10.0')),
    help: hasBlackwell
      ? 'an image with the wheels for CUDA 12.6 (cu126), or an older release: they still have code for this card; else another card'
      : 'an image with PyTorch 2.7 or newer for CUDA 12.8 (cu128) or newer',
    severity: 'fatal',
  };
}

/** The CUDA run-time: its compiler has no code for cards that are too old. */
function* ofRuntime({ elves, packages, config }: UserSpace): Iterable<Made> {
  const library = elves.find(({ path }) => /\/libcudart\.so\.\d+/.test(path));
  const wheel = packages.find(
    ({ manager, name }) => manager === 'pypi' && /^nvidia-cuda-runtime(?:-cu\d+)?$/.test(name),
  );
  const declared = config?.env['CUDA_VERSION'];
  const version =
    /\/libcudart\.so\.(\d+(?:\.\d+)?)/.exec(library?.path ?? '')?.[1] ?? wheel?.version ?? declared;
  const major = /^\d+/.exec(version ?? '')?.[0];
  const oldest = major === undefined ? undefined : oldestOfCuda[major];
  if (oldest === undefined) return;
  const path = library?.path ?? wheel?.database;
  yield {
    what: `programs of CUDA ${version}`,
    evidence: {
      ...(path === undefined ? {} : { path }),
      detail: `the CUDA ${version} run-time`,
    },
    runsOn: (capability) => atLeast(capability, oldest),
    help: `an image for an older CUDA (${Number(major) - 1} or before): from ${major}.0 on the compiler has no code for cards below ${oldest}; else another card`,
    severity: 'degraded',
  };
}

function noCode(
  { what, evidence, help, severity }: Made,
  capability: string,
  offer: Offer,
): Finding {
  return findingOf({
    code: 'PL6018',
    rule: 'gpu-card',
    severity,
    certainty: 'declared',
    title: `no code for the host's card in ${what}: its compute capability is ${capability}`,
    need: 'a card that the code was compiled for',
    offer: offered(offer, 'nvidia.computeCapability', `compute capability ${capability}`),
    evidence: [evidence],
    symptom: 'CUDA error: no kernel image is available for execution on the device',
    help,
    references: [
      'https://github.com/pytorch/pytorch/issues/157517',
      'https://github.com/pytorch/pytorch/issues/150733',
      'https://github.com/mudler/LocalAI/issues/9948',
      'https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html',
    ],
    component: 'hardware',
  });
}
