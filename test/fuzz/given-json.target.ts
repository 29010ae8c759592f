// JSON that people write and give to a check: host files, rules, support policies.
import { parseRuleFiles } from '../../src/check/load-rules.ts';
import { parsePolicy } from '../../src/check/support/policy.ts';
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { parseHostFile } from '../../src/host/host-file.ts';
import type { FuzzTarget } from './target.ts';

const documents: readonly unknown[] = [
  {
    name: 'prod',
    kernel: { release: '3.10.0-1160.el7.x86_64', configuration: { IO_URING: 'n' } },
    machine: 'x86_64',
    cpu: { level: 'x86-64-v2', features: ['sse4_2'] },
    pageSize: 4096,
    sysctl: { 'vm.max_map_count': '65530' },
    engine: { name: 'docker', version: '1.13.1' },
    lsm: { selinux: 'enforcing' },
    container: { mounts: [{ source: '/a', target: '/b' }] },
  },
  {
    rules: [
      {
        id: 'a-rule',
        code: 'PL9001',
        when: { software: { name: 'redis', version: '>=7 <9.1 || =2' } },
        unless: { sysctl: { 'vm.overcommit_memory': '1' } },
        severity: 'degraded',
        title: 'a title',
        help: 'a fix',
        references: ['https://example.org/'],
      },
    ],
  },
  {
    name: 'policy',
    images: [{ distribution: 'debian', release: '12' }],
    hosts: [{ distribution: 'rhel', release: '9' }],
    matrix: [{ image: 'rhel:9', host: 'rhel:8', status: 'unsupported' }],
  },
];

export const target: FuzzTarget = {
  name: 'given-json',
  seeds: () => documents.map((document) => Buffer.from(JSON.stringify(document, null, 2))),
  run(bytes) {
    const text = Buffer.from(bytes).toString();
    parseRuleFiles([{ path: 'rules.json', text }]);
    parsePolicy(text, 'policy.json');
    try {
      parseHostFile(text, 'host.json');
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
    }
  },
};
