// How the software catalogue (src/needs/software/*.json) says by what a program, run-time or service is recognised.
// Any one signal is enough, because the same software comes as an official image (ENV X_VERSION and /usr/local), as
// a distribution's package, under /opt/bitnami, as a tarball, or as one static binary. Each file of the catalogue
// holds an array of entries; the name of the file is only a shelf.

/** A piece of text to be found in a file that the scan retains. */
export interface TextSignal {
  /** Path pattern, as in `paths`. */
  readonly path: string;
  /** Regular expression (flags "mu"), on the file's first 256 KiB. */
  readonly pattern: string;
}

/**
 * One entry. Patterns of names (packages, libraries, jars, pypi …) take `*`. Patterns of paths are absolute and take
 * `*` (within one name), `**` (any number of directories) and, once, `{version}`, which stands for what the
 * version is taken from: it begins with a digit and ends before the next character of the pattern.
 */
export interface SoftwareEntry {
  /** The name that rules use: lower case, words joined by "-": "postgresql", "openjdk", "microsoft-sql-server". */
  readonly name: string;
  /** Packages of the operating system (dpkg, rpm, apk, pacman, conda); "rpm:NAME" holds for one manager only. */
  readonly packages?: readonly string[];
  /** Files, directories or links that give it away. */
  readonly paths?: readonly string[];
  /** File names of executables, wherever they lie: "mongod" finds /opt/x/bin/mongod; also the Go main module's last word. */
  readonly commands?: readonly string[];
  /** Environment variables of the image: "NAME", or "NAME=REGEX" for the value; the version is the value or its first group. */
  readonly env?: readonly string[];
  /** Labels of the image, in the same form. */
  readonly labels?: readonly string[];
  /** Names in DT_NEEDED, or of the library files themselves: "liburing.so.*". */
  readonly libraries?: readonly string[];
  /** Symbols that some ELF file imports. */
  readonly imports?: readonly string[];
  /** Marks found in read-only data (src/formats/marks), by id; "ID=REGEX" for the value. */
  readonly marks?: readonly string[];
  /** Names of jar files without directory, "netty-transport-native-epoll-{version}-linux-*.jar". */
  readonly jars?: readonly string[];
  readonly pypi?: readonly string[];
  readonly npm?: readonly string[];
  readonly gems?: readonly string[];
  /** Go modules, the main one or a dependency: "github.com/coreos/etcd", "go.etcd.io/etcd/*". */
  readonly goModules?: readonly string[];
  readonly cargo?: readonly string[];
  readonly texts?: readonly TextSignal[];
  /** Where the version stands in a text; its pattern has one group. Asked first when the entry is recognised, and no signal by itself. */
  readonly versionFrom?: readonly TextSignal[];
}
