// The rows of `images`, as docker has them (cli/command/formatter/image.go): one for each name; an image that has only a
// digest in a repository has no tag there; one without any name is <none>.
import { familiarRepository, type ImageName } from '../image/image-name.ts';
import { formatPlatform } from '../image/platform.ts';
import { shortDigest } from '../lib/digest.ts';
import { goTime, humanAge, humanSize } from '../lib/human-units.ts';
import { type ImageGroup, imageBytes } from '../store/image-groups.ts';

const none = '<none>';

/** A row, with docker's names of fields. */
export interface ImageRow {
  readonly Containers: string;
  readonly CreatedAt: string;
  readonly CreatedSince: string;
  readonly Digest: string;
  readonly ID: string;
  readonly Platform: string;
  readonly Repository: string;
  readonly SharedSize: string;
  readonly Size: string;
  readonly Tag: string;
  readonly UniqueSize: string;
  readonly VirtualSize: string;
}

/** Headings of the fields. */
export const imageHeadings: Readonly<Record<string, string>> = {
  Containers: 'CONTAINERS',
  CreatedAt: 'CREATED AT',
  CreatedSince: 'CREATED',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  Platform: 'PLATFORM',
  Repository: 'REPOSITORY',
  SharedSize: 'SHARED SIZE',
  Size: 'SIZE',
  Tag: 'TAG',
  UniqueSize: 'UNIQUE SIZE',
};

/** How rows are made. */
export interface ListingOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** One row for each digest too. */
  readonly digests: boolean;
  /** Ids in full. */
  readonly noTrunc: boolean;
  readonly shows: (name: ImageName) => boolean;
}

interface Naming {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** The rows of one image. */
export function imageRows(
  group: ImageGroup,
  { now, digests, noTrunc, shows }: ListingOptions,
): readonly ImageRow[] {
  const {
    id,
    images: [{ createdMs, platform }],
  } = group;
  const size = humanSize(imageBytes(group));
  return namingsOf(group, digests, shows).map(({ repository, tag, digest }) => ({
    Containers: 'N/A',
    CreatedAt: createdMs === undefined ? 'N/A' : goTime(createdMs),
    CreatedSince: createdMs === undefined ? 'N/A' : humanAge(createdMs, now),
    Digest: digest,
    ID: noTrunc ? id : shortDigest(id),
    Platform: formatPlatform(platform),
    Repository: repository,
    SharedSize: 'N/A',
    Size: size,
    Tag: tag,
    UniqueSize: 'N/A',
    VirtualSize: size,
  }));
}

function namingsOf(
  group: ImageGroup,
  withDigests: boolean,
  shows: (name: ImageName) => boolean,
): readonly Naming[] {
  const tags = Map.groupBy(group.tags.filter(shows), familiarRepository);
  const digests = Map.groupBy(
    group.digests.filter((name) => shows(name) || tags.has(familiarRepository(name))),
    familiarRepository,
  );
  const repositories = [...new Set([...tags.keys(), ...digests.keys()])].sort();
  const namings = repositories.flatMap((repository) => {
    const tagged = tags.get(repository)?.map(({ tag = none }) => tag) ?? [none];
    const known = digests.get(repository)?.map(({ digest = none }) => digest) ?? [none];
    const shown = withDigests ? known : known.slice(0, 1);
    return shown.flatMap((digest) => tagged.map((tag) => ({ repository, tag, digest })));
  });
  return namings.length > 0 ? namings : [{ repository: none, tag: none, digest: none }];
}
