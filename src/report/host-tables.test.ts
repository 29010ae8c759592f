import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOffers } from '../host/compare-offers.ts';
import { findHost } from '../host/find-host.ts';
import { hostNames } from '../host/named/host-names.ts';
import type { Offer } from '../host/offer.ts';
import { plainStyle } from '../lib/style.ts';
import { textWidth } from '../lib/text-width.ts';
import { formatHostDifference } from './host-difference.ts';
import { formatHost, formatHostNames } from './host-tables.ts';

const sources = {
  readFile: () => Promise.reject(new Error('no file')),
  probe: () => Promise.reject(new Error('no probe')),
};
const page = (width: number) => ({ width, style: plainStyle, all: false });

function assertFits(text: string, width: number): void {
  for (const line of text.split('\n')) assert.ok(textWidth(line) <= width, `${width}: ${line}`);
}

test('names, a host and two compared fit the terminal', async () => {
  const debian = await findHost('debian:12', sources);
  const rhel = await findHost('rhel:7.9', sources);
  for (const width of [80, 120]) {
    assertFits(
      formatHostNames(
        hostNames(() => '2026-06-10'),
        [],
        [],
        page(width),
      ),
      width,
    );
    const difference = compareOffers(rhel, debian);
    assertFits(formatHostDifference(rhel, debian, difference, page(width)), width);
  }
});

test('a host shows each value, where it is from, and what could not be read', async () => {
  const shown = formatHost(await findHost('rhel:7.9', sources), page(100));
  assert.match(shown, /kernel\s+3\.10\.0-1160\.el7/);
  assert.match(shown, /engine\s+docker 1\.13\.1, runc 1\.0\.0-rc10/);
  assert.match(shown, /default of Linux 3\.10:\n\s+vm\.max_map_count=65530/);
  assert.match(shown, /not known\s+processor/);
  assert.match(shown, /those of Linux 3\.10, \d+ more/);
  const offer: Offer = {
    schema: 'plimsoll.host/1',
    name: 'odd \u001b[31m',
    services: [],
    unread: [{ part: 'lsm.active', reason: 'permission denied' }],
  };
  const odd = formatHost(offer, page(80));
  assert.ok(!odd.includes('\u001b'), 'nothing of a file reaches the terminal raw');
  assert.match(odd, /services\s+none/);
  assert.match(odd, /lsm\.active\s+permission denied/);
});

test('two hosts are told on one screen, and all on request', async () => {
  const [from, to] = [await findHost('rhel:7.9', sources), await findHost('rhel:9.4', sources)];
  const lines = formatHost(from, page(80)).split('\n').length;
  assert.ok(lines <= 50, `a host takes ${lines} lines`);
  const short = formatHostDifference(from, to, compareOffers(from, to), page(80));
  assert.match(short, /kernel\.config: only after\s.*WIREGUARD/s);
  assert.doesNotMatch(short, /CONFIG_WIREGUARD/);
  assert.ok(short.split('\n').length <= 75, `a difference takes ${short.split('\n').length} lines`);
  const long = formatHostDifference(from, to, compareOffers(from, to), { ...page(80), all: true });
  assert.match(long, /CONFIG_WIREGUARD\s+n → m|CONFIG_WIREGU.*n → m/);
  assert.match(
    formatHost(from, { ...page(100), all: true }),
    /vm\.max_map_count = 65530 {2}\[default of Linux 3\.10\]/,
  );
});

test('many settings are folded unless all is asked for', () => {
  const sysctls = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [`kernel.x${at}`, '1']),
  );
  const offer: Offer = { schema: 'plimsoll.host/1', name: 'probed', sysctls };
  assert.match(formatHost(offer, page(80)), /200 settings/);
  assert.match(formatHost(offer, { ...page(80), all: true }), /kernel\.x199 = 1/);
});

test('hosts that do not differ say so', async () => {
  const debian = await findHost('debian:12', sources);
  const text = formatHostDifference(debian, debian, compareOffers(debian, debian), page(80));
  assert.match(text, /nothing that is known differs/);
});

test('the list groups releases, with end of support where it is known', () => {
  const text = formatHostNames(
    hostNames((row) => (row.id === 'debian' && row.version === '12' ? '2026-06-10' : undefined)),
    [{ name: 'this', says: 'here' }],
    [{ form: 'docker[:VERSION]', says: 'Docker Engine' }],
    page(100),
  );
  assert.match(text, /^rhel {2}also as centos/m);
  assert.match(text, /debian:12 +bookworm .* 2026-06-10$/m);
  assert.match(text, /docker\[:VERSION\]\n {6}Docker Engine/);
});
