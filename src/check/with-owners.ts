// Names the packages that own the files of evidence: once for all findings, when it is known which files they name.
import { type OwnerIndex, ownersOf } from '../needs/owners.ts';
import type { Evidence } from '../needs/user-space.ts';
import type { HostResult } from './finding.ts';

/** The results with the owner at every piece of evidence that names a file but no package. */
export function withOwners(hosts: readonly HostResult[], index: OwnerIndex): readonly HostResult[] {
  const paths = hosts.flatMap(({ findings }) =>
    findings.flatMap(({ evidence }) => evidence.flatMap((piece) => ownerless(piece) ?? [])),
  );
  const owners = ownersOf(index, paths);
  if (owners.size === 0) return hosts;
  const named = (piece: Evidence): Evidence => {
    const owner = owners.get(ownerless(piece) ?? '');
    return owner === undefined ? piece : { ...piece, package: owner };
  };
  return hosts.map((host) => ({
    ...host,
    findings: host.findings.map((finding) => ({
      ...finding,
      evidence: finding.evidence.map(named),
    })),
  }));
}

const ownerless = ({ path, package: owner }: Evidence): string | undefined =>
  owner === undefined ? path : undefined;
