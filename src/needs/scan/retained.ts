// Which files' texts are kept for rules to look into: configuration, entry scripts, service units, release files, and
// what the software catalogue asks for. Everything else is dropped as it streams by.

import { baseName } from '../../lib/path.ts';
import { compilePath, isLiteral } from '../name-pattern.ts';
import type { SoftwareEntry } from '../software-entry.ts';

/** Bytes kept of one file: configuration that people write is smaller. */
export const retainedBytes = 256 * 1024;

/** Characters kept of all files of a layer or directory together. */
export const retainedTotal = 48 * 1024 * 1024;

const underEtc = /^\/(?:usr\/(?:local\/)?|opt\/[^/]+\/)?etc\//;
/** Below etc, but long and never asked for: certificates, keys, alternatives of locales, file types. */
const notFromEtc =
  /\/etc\/(?:ssl\/certs\/|pki\/|ca-certificates|mime\.types$|services$|magic|protocols$|rpc$|ssh\/moduli$|apparmor\.d\/(?:abi|abstractions|tunables)\/|udev\/hwdb|fonts\/|X11\/|selinux\/.*policy|localegen|bash_completion)/;
const configuration =
  /\.(?:conf|cnf|cfg|ini|properties|service|socket|mount|timer|target|toml|env|options|vmoptions|repo|sources|ora)(?:\.(?:sample|template|tmpl|tpl|dist|default))?$/;
const yaml = /\.(?:ya?ml|json|xml)$/;
const placesOfServices =
  /^\/(?:opt|srv|app|usr\/(?:share|local|lib)\/(?:elasticsearch|opensearch|kafka|logstash|cassandra|tomcat[0-9]*|nginx|redis))\//;
const systemd = /^\/(?:usr\/)?lib\/systemd\/(?:system|user)\//;
const named =
  /^(?:\/(?:usr\/)?lib\/os-release|\/(?:usr\/)?lib\/systemd\/system\.conf|\/usr\/lib\/pkgconfig\/systemd\.pc|\/usr\/share\/pkgconfig\/systemd\.pc|.*\/include\/linux\/version\.h|.*\/jvm\.options|.*\/jvm\/[^/]+\/release|\/opt\/[^/]+\/[^/]+\/release|.*\/java\.security|\/opt\/bitnami\/[^/]+\/\.spdx-[^/]+\.spdx|\/docker-entrypoint-initdb\.d\/.*)$/;
const entry =
  /(?:^|\/)(?:[^/]*entrypoint[^/]*|docker-[^/]+\.sh|run\.sh|start\.sh|start|run|init|boot\.sh|startup\.sh)$/;
const placesOfEntries =
  /^\/(?:[^/]+|(?:usr\/)?(?:local\/)?s?bin\/[^/]+|(?:opt|app|srv|home|root|docker|scripts|etc|var|run|tmp|entrypoint|usr\/(?:local|src|share|lib|libexec))\/.+)$/;
const never =
  /\/(?:node_modules|site-packages|dist-packages|locale|man|zoneinfo|doc|info|i18n|licenses)\//;

/** Tells whether a path's text is to be kept, from the path alone. */
export type Retains = (path: string) => boolean;

/** The shipped choice, with the paths that the catalogue looks into. */
export function retains(catalogue: readonly SoftwareEntry[]): Retains {
  const literal = new Set<string>();
  const byLastName = new Map<string, RegExp[]>();
  const patterns: RegExp[] = [];
  for (const entry of catalogue) {
    for (const { path } of [...(entry.texts ?? []), ...(entry.versionFrom ?? [])]) {
      const last = baseName(path);
      if (isLiteral(path)) literal.add(path);
      else if (!isLiteral(last)) patterns.push(compilePath(path));
      else byLastName.set(last, [...(byLastName.get(last) ?? []), compilePath(path)]);
    }
  }
  return (path) => {
    if (literal.has(path)) return true;
    const last = baseName(path);
    if (byLastName.get(last)?.some((regex) => regex.test(path))) return true;
    if (patterns.some((regex) => regex.test(path))) return true;
    if (named.test(path)) return true;
    if (underEtc.test(path)) return !notFromEtc.test(path);
    if (systemd.test(path)) return true;
    if (never.test(path)) return false;
    if (configuration.test(path)) return true;
    if (yaml.test(path)) return placesOfServices.test(path);
    return entry.test(path) && placesOfEntries.test(path);
  };
}
