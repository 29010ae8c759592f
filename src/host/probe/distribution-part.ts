// The distribution, from os-release(5); the calls and flags that its kernel carries beyond its base.
import { known, type ProbePart, whyUnread } from './part.ts';

function unquote(value: string): string {
  return value.trim().replace(/^(["'])(.*)\1$/, '$2');
}

/** Distribution of the machine. */
export const probeDistribution: ProbePart = ({ reader, from, missing }) => {
  const path = ['/etc/os-release', '/usr/lib/os-release'].find(
    (file) => reader.text(file) !== undefined,
  );
  if (path === undefined) {
    missing('distribution', whyUnread(reader, '/etc/os-release'));
    return {};
  }
  const text = reader.text(path) ?? '';
  const field = (key: string) => {
    const value = new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : unquote(value) || undefined;
  };
  from('distribution', path);
  return {
    distribution: known({
      id: field('ID') ?? 'linux',
      version: field('VERSION_ID'),
      name: field('PRETTY_NAME'),
    }),
  };
};
