import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type ContainerConfig, plainContainer } from '../runtime/container-config.ts';
import { containerConfigOf } from './container-config-of.ts';
import { addContainerOptions, type ContainerOptions } from './container-options.ts';

const files: Readonly<Record<string, string>> = {
  './env': '# comment\nA=1\n\n  B=two words\r\nFROM_HERE\n',
  './profile.json': '{"defaultAction":"SCMP_ACT_ALLOW"}',
  './broken.json': '{',
};

function configOf(...words: readonly string[]): ContainerConfig {
  const command = addContainerOptions(new Command().exitOverride().helpOption('--help'));
  command.configureOutput({ outputError: () => undefined });
  command.argument('[command...]').passThroughOptions().parse(words, { from: 'user' });
  return containerConfigOf(command.opts<ContainerOptions>(), command.args, 'box', {
    environment: { FROM_HERE: 'here' },
    readFile: (path) => files[path] ?? '',
    device: (path) => ({ device: { path, type: 'c', major: 10, minor: 229 }, access: 'rwm' }),
    freeUsers: (size = 65_536) => [{ containerID: 0, hostID: 524_288, size }],
    configOf: () => plainContainer,
    gpuKind: () => 'nvidia.com/gpu',
    hostDevices: () => [
      { device: { path: '/dev/sda', type: 'b', major: 8, minor: 0 }, access: 'rwm' },
    ],
  });
}

test('options say what docker’s say', () => {
  const check = (words: string, expected: Partial<ContainerConfig>): void => {
    const config = configOf(...words.split(' ').filter((word) => word !== ''));
    assert.deepEqual(config, { ...plainContainer, ...expected }, words);
  };
  const { namespaces, security } = plainContainer;
  check('', {});
  check('sh -c x', { command: ['sh', '-c', 'x'] });
  check('-e A=b -e FROM_HERE -e NOT_HERE -e C=', { env: ['A=b', 'FROM_HERE=here', 'C='] });
  check('--env-file ./env -e A=2', { env: ['A=1', 'B=two words', 'FROM_HERE=here', 'A=2'] });
  check('-u web:lp -w /srv -h box -t --read-only', {
    user: 'web:lp',
    workingDirectory: '/srv',
    hostname: 'box',
    tty: true,
    readOnly: true,
  });
  check('--entrypoint /init', { entrypoint: ['/init'] });
  check('-m 64m --memory-swap -1', { resources: { memory: { limit: 64 * 1024 ** 2, swap: -1 } } });
  check('--cpus 1.5 --cpuset-cpus 0-3,5', {
    resources: { cpu: { quota: 150_000, period: 100_000, cpus: '0-3,5' } },
  });
  check('--pids-limit -1', { resources: {} });
  check('--pids-limit 50 --blkio-weight 500 -c 512', {
    resources: { cpu: { shares: 512 }, pids: { limit: 50 }, blockIO: { weight: 500 } },
  });
  check('--pid host --ipc ns:/proc/1/ns/ipc', {
    namespaces: {
      ...namespaces,
      pid: { kind: 'host' },
      ipc: { kind: 'path', path: '/proc/1/ns/ipc' },
    },
  });
  check('--security-opt no-new-privileges --security-opt seccomp=unconfined', {
    security: { ...security, noNewPrivileges: true, seccomp: 'unconfined' },
  });
  check('--security-opt seccomp=./profile.json --security-opt unmask=/proc/kcore:/sys/firmware', {
    security: {
      ...security,
      seccomp: { profile: { defaultAction: 'SCMP_ACT_ALLOW' } },
      unmask: ['/proc/kcore', '/sys/firmware'],
    },
  });
  check('--ulimit nofile=1024:2048 --ulimit core=-1', {
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: 1024, hard: 2048 },
      { type: 'RLIMIT_CORE', soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY },
    ],
  });
  check('--sysctl net.core.somaxconn=1 --umask 027 --cgroup-parent /a/', {
    sysctls: { 'net.core.somaxconn': '1' },
    umask: 0o27,
    cgroupsPath: '/a/box',
  });
});

test('what is wrong names the option and the value', () => {
  const check = (words: readonly string[], message: RegExp): void => {
    assert.throws(
      () => configOf(...words),
      (error) =>
        error instanceof PlimsollError && error.code === 'PL0001' && message.test(error.message),
      words.join(' '),
    );
  };
  check(['-m', '12x'], /"12x" for --memory/);
  check(['-m', '64m', '--memory-swap', '32m'], /--memory-swap/);
  check(['--cpus', '0'], /--cpus/);
  check(['--cpus', '1', '--cpu-quota', '1000'], /--cpus/);
  check(['--pid', 'hots'], /"hots" for --pid/);
  check(['--ulimit', 'nofiles=1'], /--ulimit/);
  check(['--ulimit', 'nofile=2:1'], /--ulimit/);
  check(['--security-opt', 'secomp=x'], /--security-opt/);
  check(['--security-opt', 'seccomp=./broken.json'], /no JSON/);
  check(['--device-cgroup-rule', 'c 1:3'], /--device-cgroup-rule/);
  check(['--umask', '9'], /--umask/);
  check(['-e', '=x'], /--env/);
});
