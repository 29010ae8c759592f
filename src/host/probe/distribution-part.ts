// The distribution, from os-release(5) or what older systems have instead.
import { osReleasePaths, parseOsRelease } from '../../formats/os-release.ts';
import { known, type ProbePart, whyUnread } from './part.ts';

/** Distribution of the machine. */
export const probeDistribution: ProbePart = ({ reader, from, missing }) => {
  for (const path of osReleasePaths) {
    const bytes = reader.bytes(path, 65_536);
    const facts = bytes && parseOsRelease(bytes, path).value;
    if (facts === undefined) continue;
    from('distribution', path);
    return {
      distribution: known({
        id: facts.id,
        // Debian testing and sid have a code name and no version.
        version: facts.versionId ?? facts.versionCodename,
        name: facts.prettyName,
      }),
    };
  }
  missing('distribution', whyUnread(reader, '/etc/os-release'));
  return {};
};
