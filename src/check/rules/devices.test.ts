import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fixture } from '../../../test/incidents/harness/fixture.ts';
import { needsOf } from '../../../test/incidents/harness/incident.ts';
import { program, starts } from '../../../test/incidents/harness/rows.ts';
import type { Offer } from '../../host/offer.ts';
import { deviceRule } from './devices.ts';

const host = (container: Offer['container'] = {}): Offer => ({
  schema: 'plimsoll.host/1',
  name: 'made',
  engine: { name: 'docker', version: '27.0' },
  devices: ['/dev/ttyUSB0', '/dev/kvm'],
  container,
});

const naming = (...strings: readonly string[]): Fixture =>
  starts(['/app'], { files: { '/app': { elf: { type: 'executable', strings } } } });

/** Title, image, container, what is found. */
const cases: readonly (readonly [string, Fixture, Offer['container'], readonly string[]])[] = [
  ['a program that names one', naming('/dev/i2c-%d'), {}, ['degraded device-i2c']],
  ['given by name', naming('/dev/i2c-%d'), { devices: ['/dev/i2c-1'] }, []],
  [
    'given under another name',
    naming('/dev/video0'),
    { devices: ['/dev/video2:/dev/video0:rw'] },
    [],
  ],
  ['given by its folder', naming('/dev/dvb/adapter%d'), { devices: ['/dev/dvb'] }, []],
  [
    'privileged, and the host has none',
    naming('/dev/i2c-%d'),
    { privileged: true },
    ['degraded device-i2c'],
  ],
  ['privileged, and the host has one', naming('/dev/ttyUSB0'), { privileged: true }, []],
  ['mounted', naming('/dev/ttyUSB0'), { mounts: [{ source: '/dev', target: '/dev' }] }, []],
  [
    'a program that knows many kinds needs none',
    naming('/dev/i2c-%d', '/dev/video0', '/dev/ttyUSB0'),
    {},
    ['note device-i2c', 'note device-serial', 'note device-video'],
  ],
  [
    'a toolbox',
    starts(['/bin/busybox'], {
      files: { '/bin/busybox': { elf: { strings: ['/dev/watchdog', '/dev/i2c-%d'] } } },
    }),
    {},
    [],
  ],
  [
    'a script that looks first',
    {
      entrypoint: ['/e.sh'],
      files: {
        '/bin/sh': program,
        '/e.sh': '#!/bin/sh\n[ -e /dev/ttyUSB0 ] && stty -F /dev/ttyUSB0 9600\nexec /bin/sh\n',
      },
    },
    {},
    [],
  ],
];

for (const [title, image, container, expected] of cases) {
  test(`devices: ${title}`, async () => {
    const found = [...deviceRule.run(await needsOf(image), host(container))];
    assert.deepEqual(found.map(({ severity, rule }) => `${severity} ${rule}`).sort(), expected);
  });
}

test('the fix names the very device', async () => {
  const image: Fixture = {
    entrypoint: ['python3', '/app/a.py'],
    files: { '/usr/bin/python3': program, '/app/a.py': 'open("/dev/ttyAMA3")\n' },
  };
  const [found] = [...deviceRule.run(await needsOf(image), host())];
  assert.match(found?.help ?? '', /--device \/dev\/ttyAMA3/);
});
