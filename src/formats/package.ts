/** One installed package of the user space, as its database has it. */
export interface Package {
  readonly manager:
    | 'dpkg'
    | 'rpm'
    | 'apk'
    | 'pacman'
    | 'pypi'
    | 'npm'
    | 'gem'
    | 'jar'
    | 'go'
    | 'cargo'
    | 'conda';
  readonly name: string;
  /** Full version as the manager writes it: epoch:version-release. */
  readonly version: string;
  readonly architecture?: string;
  /** The source package, where the database names it; of a jar its group. */
  readonly source?: string;
  /** Version of the source package, where the database names it. */
  readonly sourceVersion?: string;
  /** The licence as its packager wrote it: an SPDX expression, or words. */
  readonly license?: string;
  /** The file in the image that says so. */
  readonly database: string;
}
