// glibc's name service switch: functions that look up users, groups, hosts and the like load one library for each
// service that /etc/nsswitch.conf names for their database, and look up its functions by name. Source:
// nsswitch.conf(5), glibc's nss/nss_database.c and nss/nss_module.c.

/** One database of nsswitch.conf. */
interface Database {
  readonly name: string;
  /** Exported functions of the C library that ask it. */
  readonly asked: readonly string[];
  /** Functions of its services, after "_nss_SERVICE_". */
  readonly functions: string;
  /** Without a line of its own. */
  readonly services: readonly string[];
}

const local = ['compat', 'files'];
const network = ['nis', 'files'];

const databases: readonly Database[] = [
  {
    name: 'passwd',
    asked: ['getpwnam', 'getpwnam_r', 'getpwuid', 'getpwuid_r', 'getpwent', 'getpwent_r'],
    functions: '(?:get|set|end)pw',
    services: local,
  },
  {
    name: 'group',
    asked: ['getgrnam', 'getgrnam_r', 'getgrgid', 'getgrgid_r', 'getgrent', 'getgrent_r'],
    functions: '(?:get|set|end)gr',
    services: local,
  },
  {
    name: 'initgroups',
    asked: ['getgrouplist', 'initgroups'],
    functions: '(?:initgroups_dyn|(?:get|set|end)gr)',
    services: local,
  },
  {
    name: 'shadow',
    asked: ['getspnam', 'getspnam_r', 'getspent', 'getspent_r'],
    functions: '(?:get|set|end)sp',
    services: local,
  },
  {
    name: 'gshadow',
    asked: ['getsgnam', 'getsgnam_r', 'getsgent', 'getsgent_r'],
    functions: '(?:get|set|end)sg',
    services: ['files'],
  },
  {
    name: 'hosts',
    asked: [
      ...['getaddrinfo', 'getnameinfo', 'gethostbyname', 'gethostbyname_r', 'gethostbyname2'],
      ...['gethostbyname2_r', 'gethostbyaddr', 'gethostbyaddr_r', 'gethostent', 'gethostent_r'],
    ],
    functions: '(?:(?:get|set|end)host|getcanonname)',
    services: ['dns', 'files'],
  },
  {
    name: 'networks',
    asked: ['getnetbyname', 'getnetbyname_r', 'getnetbyaddr', 'getnetbyaddr_r', 'getnetent'],
    functions: '(?:get|set|end)net(?:by|ent)',
    services: ['dns', 'files'],
  },
  {
    name: 'services',
    asked: [
      ...['getaddrinfo', 'getnameinfo', 'getservbyname', 'getservbyname_r', 'getservbyport'],
      ...['getservbyport_r', 'getservent', 'getservent_r'],
    ],
    functions: '(?:get|set|end)serv',
    services: network,
  },
  {
    name: 'protocols',
    asked: ['getprotobyname', 'getprotobyname_r', 'getprotobynumber', 'getprotobynumber_r'],
    functions: '(?:get|set|end)proto',
    services: network,
  },
  {
    name: 'rpc',
    asked: ['getrpcbyname', 'getrpcbyname_r', 'getrpcbynumber', 'getrpcbynumber_r'],
    functions: '(?:get|set|end)rpc',
    services: network,
  },
  {
    name: 'netgroup',
    asked: ['getnetgrent', 'getnetgrent_r', 'setnetgrent', 'innetgr'],
    functions: '(?:get|set|end)netgr',
    services: network,
  },
  {
    name: 'ethers',
    asked: ['ether_hostton', 'ether_ntohost'],
    functions: 'get(?:hostton|ntohost)',
    services: network,
  },
  {
    name: 'aliases',
    asked: ['getaliasbyname', 'getaliasbyname_r', 'getaliasent', 'getaliasent_r'],
    functions: '(?:get|set|end)alias',
    services: network,
  },
];

/** A service that a program may ask. */
export interface AskedService {
  readonly database: string;
  readonly service: string;
  /** The function that asks. */
  readonly by: string;
  /** The library's functions that are looked up. */
  readonly exports: RegExp;
}

/**
 * Services of those databases that are asked.
 * @param reached the first of some names that the program reaches
 * @param configuration nsswitch.conf
 */
export function askedServices(
  reached: (names: ReadonlySet<string>) => string | undefined,
  configuration: string | undefined,
): readonly AskedService[] {
  const lines = servicesByDatabase(configuration ?? '');
  return databases.flatMap(({ name, asked, functions, services }) => {
    const by = reached(new Set(asked));
    if (by === undefined) return [];
    // Groups of a user are those of `group` where there is no line of their own.
    const named = lines.get(name) ?? (name === 'initgroups' ? lines.get('group') : undefined);
    return (named ?? services).map((service) => ({
      database: name,
      service,
      by,
      exports: new RegExp(`^_nss_${service.replaceAll('-', '_')}_${functions}`),
    }));
  });
}

/** Services that a configuration names, in their order. */
function servicesByDatabase(configuration: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const line of configuration.split('\n')) {
    const [, name, list] = /^\s*(\w+)\s*:(.*)$/.exec(line.replace(/#.*/, '')) ?? [];
    if (name === undefined || list === undefined) continue;
    // [NOTFOUND=return] tells what to do with an answer.
    const words = list.replace(/\[[^\]]*\]/g, ' ').split(/\s+/);
    found.set(name, [...new Set(words.filter((word) => /^[\w-]+$/.test(word)))]);
  }
  return found;
}
