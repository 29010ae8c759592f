import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import {
  defaultNetwork,
  type NetworkChoices,
  type PublishedPort,
} from '../engine/network/network.ts';
import { type GivenNetwork, networkChoicesOf, parsePublish } from './network-choices-of.ts';
import { type NetworkOptions, networkOptions } from './network-options.ts';

function given(line: string): GivenNetwork {
  const command = new Command().exitOverride();
  command.configureOutput({ outputError: () => undefined });
  for (const option of networkOptions()) command.addOption(option);
  command.parse(
    line.split(' ').filter((word) => word !== ''),
    { from: 'user' },
  );
  return networkChoicesOf(command.opts<NetworkOptions>());
}

test('--publish takes docker’s forms', () => {
  const check = (text: string, ...expected: readonly Partial<PublishedPort>[]): void =>
    assert.deepEqual(
      parsePublish(text),
      expected.map((port) => ({ hostIp: '', hostPort: 0, protocol: 'tcp', ...port })),
      text,
    );
  check('80', { containerPort: 80 });
  check('53/udp', { containerPort: 53, protocol: 'udp' });
  check('8080:80', { hostPort: 8080, containerPort: 80 });
  check('8080:80/UDP', { hostPort: 8080, containerPort: 80, protocol: 'udp' });
  check('127.0.0.1:8080:80', { hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80 });
  check('127.0.0.1::80', { hostIp: '127.0.0.1', containerPort: 80 });
  check('[::1]:8080:80', { hostIp: '::1', hostPort: 8080, containerPort: 80 });
  check('::1:8080:80', { hostIp: '::1', hostPort: 8080, containerPort: 80 });
  check(
    '8000-8001:90-91/sctp',
    { hostPort: 8000, containerPort: 90, protocol: 'sctp' },
    { hostPort: 8001, containerPort: 91, protocol: 'sctp' },
  );
  check('90-91', { containerPort: 90 }, { containerPort: 91 });
  check('8000-8010:80', { hostPort: 8000, hostPortLast: 8010, containerPort: 80 });
  check('target=80,published=8080,protocol=udp', {
    hostPort: 8080,
    containerPort: 80,
    protocol: 'udp',
  });
});

test('options say what docker’s say', () => {
  const check = (line: string, expected: Partial<NetworkChoices>): void =>
    assert.deepEqual(given(line).choices, { ...defaultNetwork, ...expected }, line);
  check('', {});
  check('--network default', {});
  check('--network none', { mode: 'none' });
  check('--net host', { mode: 'host' });
  check('--network container:web', { mode: 'container', target: 'web' });
  check('--network ns:/run/netns/x', { mode: 'path', target: '/run/netns/x' });
  check('--network back --network-alias db --ip 10.1.0.9 --mac-address 02-42-AC-11-00-02', {
    attachments: [{ network: 'back', aliases: ['db'], ip: '10.1.0.9', mac: '02:42:ac:11:00:02' }],
  });
  check(
    '--network name=back,alias=db,ip6=fd00::9 --network front:ip=10.1.0.9,interface_name=net1',
    {
      attachments: [
        { network: 'back', aliases: ['db'], ip6: 'fd00::9' },
        { network: 'front', aliases: [], ip: '10.1.0.9', interface: 'net1' },
      ],
    },
  );
  check('--ip 10.88.0.9', { attachments: [{ network: 'bridge', aliases: [], ip: '10.88.0.9' }] });
  check('-P --expose 80-81 --expose 53/udp', {
    publishAll: true,
    exposed: ['80/tcp', '81/tcp', '53/udp'],
  });
  check('--dns 9.9.9.9 --dns-search . --dns-option ndots:2 --dns-opt timeout:1', {
    dns: ['9.9.9.9'],
    dnsSearch: ['.'],
    dnsOptions: ['ndots:2', 'timeout:1'],
  });
  check('--add-host a:10.0.0.1 --add-host b:::1 --add-host c=[::1] --add-host d:host-gateway', {
    extraHosts: ['a:10.0.0.1', 'b:::1', 'c:::1', 'd:host-gateway'],
  });
  // With the host's network there is nothing to publish.
  check('--network host -p 80:80', { mode: 'host' });
  assert.equal(given('--network host -p 80:80').notes.length, 1);
  assert.equal(given('-p 80:80').notes.length, 0);
});

test('what is wrong names the option and the value', () => {
  const check = (line: string, message: RegExp): void =>
    assert.throws(
      () => given(line),
      (error) =>
        error instanceof PlimsollError && error.code === 'PL0001' && message.test(error.message),
      line,
    );
  for (const port of [
    '',
    'x',
    '0',
    '80:0',
    '65536',
    '80/tpc',
    '81-80',
    '8000-8001:80-82',
    'localhost:80:80',
    '[::1]:1.2.3.4:80:80',
    '127.0.0.1:80',
    'target=80,publish=80',
  ])
    check(`--publish=${port}`, /for --publish/);
  check('--network none --network back', /cannot attach/);
  check('--network container:', /container/);
  check('--network back:ip=x', /--network/);
  check('--network back:color=red', /--network/);
  check('--network name=,ip=1.1.1.1', /--network/);
  check('--ip 10.1.0.300', /--ip/);
  check('--ip6 10.1.0.3', /--ip6/);
  check('--mac-address 02:42', /--mac-address/);
  check('--network a --network b --ip 10.1.0.1', /several networks/);
  check('--network host --ip 10.1.0.1', /network mode/);
  check('--network container:web -p 80', /port publishing and the network mode/);
  check('--network container:web --dns 9.9.9.9', /dns and the network mode/);
  check('--network container:web --add-host a:1.1.1.1', /custom host-to-IP/);
  check('--dns dns.example', /--dns/);
  check('--dns-search a..b', /--dns-search/);
  check('--add-host a', /--add-host/);
  check('--add-host a:1.2.3', /--add-host/);
  check('--expose 0', /--expose/);
});
