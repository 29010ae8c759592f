// Qualifiers of Kubernetes: its nodes run containerd or CRI-O, and the kubelet asks the engine for no filter unless the pod or
// its own setting seccompDefault says otherwise (kubernetes.io, "Restrict a Container's Syscalls with seccomp"). k3s and RKE2
// bring their own containerd and runc.
import { compareVersions } from '../../lib/version.ts';
import { type Draft, note } from '../named/draft.ts';
import { engineOf } from '../named/named-engine.ts';
import { withoutProfile } from '../named/named-host.ts';
import { versionOf } from './checked-values.ts';
import { byName, type Qualifier } from './qualifier.ts';

type Bundled = readonly [release: string, containerd: string, runc: string | undefined];

/**
 * containerd and runc in k3s, from the release that began with them. Sources: the tables of embedded components in k3s's
 * release notes (1.19.15, 1.20.11, 1.21.4 and .5, 1.23.16, 1.26.0 to .12, 1.28.1 to .11, 1.30.0, 1.31.0 to .4, 1.33.0 to .7, 1.34.9,
 * 1.36.0 to .2); containerd 2.0.4 in 1.29 to 1.32: the versions that NixOS took from its go.mod in March 2025.
 */
const k3sReleases: readonly Bundled[] = [
  ['1.19.15', '1.4.11', '1.0.0-rc95'],
  ['1.20.11', '1.4.11', '1.0.0-rc95'],
  ['1.21.4', '1.4.9', '1.0.0'],
  ['1.21.5', '1.4.11', '1.0.2'],
  ['1.23.16', '1.5.16', '1.1.4'],
  ['1.26.0', '1.6.12', '1.1.4'],
  ['1.26.1', '1.6.15', '1.1.4'],
  ['1.26.3', '1.6.19', '1.1.4'],
  ['1.26.4', '1.6.19', '1.1.5'],
  ['1.26.5', '1.7.1', '1.1.7'],
  ['1.26.8', '1.7.3', '1.1.8'],
  ['1.26.9', '1.7.6', '1.1.8'],
  ['1.26.10', '1.7.7', '1.1.8'],
  ['1.26.12', '1.7.11', '1.1.10'],
  ['1.28.1', '1.7.3', '1.1.8'],
  ['1.28.2', '1.7.6', '1.1.8'],
  ['1.28.3', '1.7.7', '1.1.8'],
  ['1.28.5', '1.7.11', '1.1.10'],
  ['1.28.6', '1.7.11', '1.1.12'],
  ['1.28.9', '1.7.15', '1.1.12'],
  ['1.28.11', '1.7.17', '1.1.12'],
  ['1.29.14', '1.7.23', undefined],
  ['1.29.15', '2.0.4', undefined],
  ['1.30.0', '1.7.15', '1.1.12'],
  ['1.30.11', '2.0.4', undefined],
  ['1.31.0', '1.7.20', '1.1.12'],
  ['1.31.1', '1.7.21', '1.1.14'],
  ['1.31.2', '1.7.22', '1.1.14'],
  ['1.31.3', '1.7.23', '1.2.1'],
  ['1.31.7', '2.0.4', undefined],
  ['1.32.3', '2.0.4', undefined],
  ['1.33.0', '2.0.4', '1.2.5'],
  ['1.33.1', '2.0.5', '1.2.6'],
  ['1.33.5', '2.1.4', '1.3.1'],
  ['1.33.6', '2.1.5', '1.3.3'],
  ['1.33.7', '2.1.5', '1.3.4'],
  ['1.34.9', '2.2.5', '1.4.2'],
  ['1.36.0', '2.2.3', '1.4.2'],
  ['1.36.2', '2.3.2', '1.4.2'],
];

/**
 * What a release brings: "1.31" means the newest of that minor release that is known. A release before the first that is
 * known of its minor, and a minor without any, is undefined.
 */
export function bundledWith(release: string): Bundled | undefined {
  const [major = '', minor = '', patch] = release.replace(/^v/, '').split(/[.+-]/);
  const same = k3sReleases.filter(([known]) => known.startsWith(`${major}.${minor}.`));
  return patch === undefined
    ? same.at(-1)
    : same.findLast(([known]) => compareVersions(known, `${major}.${minor}.${patch}`) <= 0);
}

/** What the qualifier means without a release. */
const newestMinor = '1.36';

/** Takes the engine's filter away, as the kubelet does. */
function asPod(draft: Draft): void {
  if (draft.engine === undefined) draft.engine = engineOf('containerd', undefined, draft);
  draft.engine = { ...draft.engine, seccomp: { mode: 'unconfined' } };
  note(draft, 'engine.seccomp', withoutProfile);
}

function bundle(name: string, title: string, sameAs: string): Qualifier {
  return {
    name,
    form: `${name}[:VERSION]`,
    says: `a node of ${title}, with its containerd and runc; the pod has no filter, as kubelets start them`,
    apply: (draft, value) => {
      const form = `${name}[:VERSION]`;
      const release =
        value === '' ? newestMinor : versionOf(form, value, `${name} or ${name}:1.31.4`);
      const known = bundledWith(release);
      const engine = engineOf('containerd', known?.[1], draft);
      draft.engine =
        known === undefined
          ? { name: 'containerd' }
          : {
              ...engine,
              ...(known[2] === undefined ? {} : { runtime: { name: 'runc', version: known[2] } }),
            };
      const from =
        known === undefined
          ? `${title} ${release}, whose containerd is not known`
          : `containerd of ${title} ${known[0]}${sameAs}`;
      note(draft, 'engine', `${from}; ${byName}`);
      asPod(draft);
    },
  };
}

/** Kubernetes and its distributions. */
export const kubernetesQualifiers: readonly Qualifier[] = [
  {
    name: 'k8s',
    form: 'k8s',
    says: 'started by a kubelet: without a filter, unless +seccomp:default (RuntimeDefault) follows',
    apply: asPod,
  },
  bundle('k3s', 'k3s', ''),
  bundle('rke2', 'RKE2', ", taken to be k3s's"),
];
