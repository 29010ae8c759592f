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
  /** The source package, where the database names it. */
  readonly source?: string;
  /** The file in the image that says so. */
  readonly database: string;
}
