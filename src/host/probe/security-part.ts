// Security modules and their modes, FIPS mode, the distribution's crypto policy.
import { known, knownOrNone, type ProbeContext, type ProbePart, whyUnread } from './part.ts';
import { parseAppArmorProfiles, words } from './proc-texts.ts';

const listFile = '/sys/kernel/security/lsm';
const booleanLimit = 2048;

function readActive({ reader, from, missing }: ProbeContext): string[] | undefined {
  const text = reader.text(listFile)?.trim();
  if (text) {
    from('lsm.active', listFile);
    return text.split(',');
  }
  missing('lsm.active', whyUnread(reader, listFile));
  return undefined;
}

function readSelinux(
  { reader, from, soFar }: ProbeContext,
  active: readonly string[] | undefined,
): 'enforcing' | 'permissive' | 'disabled' | undefined {
  const enforce = reader.text('/sys/fs/selinux/enforce')?.trim();
  if (enforce === '1' || enforce === '0') {
    from('lsm.selinux', '/sys/fs/selinux/enforce');
    return enforce === '1' ? 'enforcing' : 'permissive';
  }
  if (active !== undefined && !active.includes('selinux')) {
    from('lsm.selinux', listFile);
    return 'disabled';
  }
  if (
    soFar.kernel?.config !== undefined &&
    soFar.kernel.config['CONFIG_SECURITY_SELINUX'] !== 'y'
  ) {
    from('lsm.selinux', 'CONFIG_SECURITY_SELINUX is off');
    return 'disabled';
  }
  // Every kernel's own /sys/fs has cgroup; a container may see an empty one in its place.
  if (reader.live && reader.kind('/sys/fs/cgroup') === 'directory') {
    if (reader.kind('/sys/fs/selinux') === undefined) {
      from('lsm.selinux', '/sys/fs/selinux is not there');
      return 'disabled';
    }
    return undefined;
  }
  const set = /^SELINUX=(enforcing|permissive|disabled)\s*$/m.exec(
    reader.text('/etc/selinux/config') ?? '',
  )?.[1];
  if (set === 'enforcing' || set === 'permissive' || set === 'disabled') {
    from('lsm.selinux', '/etc/selinux/config');
    return set;
  }
  return undefined;
}

function readBooleans({ reader, from }: ProbeContext): Record<string, boolean> | undefined {
  const booleans: Record<string, boolean> = {};
  for (const name of reader.list('/sys/fs/selinux/booleans', booleanLimit)) {
    const [current] = words(reader.text(`/sys/fs/selinux/booleans/${name}`) ?? '');
    if (current !== undefined) booleans[name] = current === '1';
  }
  if (Object.keys(booleans).length === 0) return undefined;
  from('lsm.selinuxBooleans', '/sys/fs/selinux/booleans');
  return booleans;
}

function readAppArmor(
  { reader, from, soFar }: ProbeContext,
  active: readonly string[] | undefined,
): boolean | undefined {
  const enabled = reader.text('/sys/module/apparmor/parameters/enabled')?.trim();
  if (enabled) {
    from('lsm.apparmor', '/sys/module/apparmor/parameters/enabled');
    return enabled === 'Y';
  }
  if (active !== undefined) {
    from('lsm.apparmor', listFile);
    return active.includes('apparmor');
  }
  const config = soFar.kernel?.config;
  if (config !== undefined && config['CONFIG_SECURITY_APPARMOR'] !== 'y') {
    from('lsm.apparmor', 'CONFIG_SECURITY_APPARMOR is off');
    return false;
  }
  return undefined;
}

function readProfiles(context: ProbeContext, apparmor: boolean | undefined): string[] | undefined {
  if (apparmor !== true) return undefined;
  const { reader, from, missing } = context;
  const path = '/sys/kernel/security/apparmor/profiles';
  const text = reader.text(path);
  if (text === undefined) {
    missing('lsm.apparmorProfiles', whyUnread(reader, path));
    return undefined;
  }
  from('lsm.apparmorProfiles', path);
  return [...parseAppArmorProfiles(text)];
}

/** Security modules, FIPS mode and crypto policy. */
export const probeSecurity: ProbePart = (context) => {
  const { reader, from, soFar } = context;
  const active = readActive(context);
  const apparmor = readAppArmor(context, active);
  const lsm = knownOrNone({
    active,
    selinux: readSelinux(context, active),
    selinuxBooleans: readBooleans(context),
    apparmor,
    apparmorProfiles: readProfiles(context, apparmor),
  });
  const fipsFlag = soFar.sysctls?.['crypto.fips_enabled'];
  let fips: boolean | undefined;
  if (fipsFlag !== undefined) {
    from('fips', '/proc/sys/crypto/fips_enabled');
    fips = fipsFlag === '1';
  } else if (soFar.sysctls !== undefined) {
    from('fips', '/proc/sys/crypto/fips_enabled is not there');
    fips = false;
  }
  let cryptoPolicy: string | undefined;
  for (const path of ['/etc/crypto-policies/state/current', '/etc/crypto-policies/config']) {
    cryptoPolicy = reader
      .text(path)
      ?.split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .find((line) => line !== '');
    if (cryptoPolicy) {
      from('cryptoPolicy', path);
      break;
    }
  }
  return known({ lsm, fips, cryptoPolicy: cryptoPolicy || undefined });
};
