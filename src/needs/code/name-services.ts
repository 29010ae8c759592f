// glibc's name service switch: functions that look up users, groups, hosts and the like load one library for each
// service that /etc/nsswitch.conf names. Source: nsswitch.conf(5), glibc's nss/nss_database.c.

/** Functions of glibc that ask name services. */
export const nssFunctions: ReadonlySet<string> = new Set([
  'getpwnam',
  'getpwnam_r',
  'getpwuid',
  'getpwuid_r',
  'getpwent',
  'getpwent_r',
  'getgrnam',
  'getgrnam_r',
  'getgrgid',
  'getgrgid_r',
  'getgrent',
  'getgrouplist',
  'initgroups',
  'getspnam',
  'getspnam_r',
  'getaddrinfo',
  'getnameinfo',
  'gethostbyname',
  'gethostbyname_r',
  'gethostbyname2',
  'gethostbyname2_r',
  'gethostbyaddr',
  'gethostbyaddr_r',
  'getservbyname',
  'getservbyname_r',
  'getservbyport',
  'getservbyport_r',
  'getprotobyname',
  'getprotobyname_r',
  'getprotobynumber',
  'getnetgrent',
  'innetgr',
  'getnetbyname',
  'getrpcbyname',
]);

/** What glibc uses where the file does not say (nss_database.c, "DEFAULT_CONFIG"). */
const defaultServices = ['files', 'dns', 'compat'];

/** Services that a configuration names, sorted; the default ones without a configuration. */
export function nameServices(configuration: string | undefined): readonly string[] {
  if (configuration === undefined) return defaultServices;
  const services = new Set<string>();
  for (const line of configuration.split('\n')) {
    const list = /^\s*\w+\s*:(.*)$/.exec(line.replace(/#.*/, ''))?.[1] ?? '';
    // [NOTFOUND=return] tells what to do with an answer.
    for (const word of list.replace(/\[[^\]]*\]/g, ' ').split(/\s+/))
      if (/^[\w-]+$/.test(word)) services.add(word);
  }
  return [...services].sort();
}
