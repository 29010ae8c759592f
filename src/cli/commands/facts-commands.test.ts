// `kernel` and `syscall` as a user meets them: what they print at common widths, and what they say of a typo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { textWidth } from '../../lib/text-width.ts';
import { createContext } from '../context.ts';
import { register as registerKernel } from './kernel.ts';
import { register as registerSyscall } from './syscall.ts';

async function run(columns: number, ...args: readonly string[]): Promise<string> {
  let out = '';
  const { context } = createContext({
    stdout: { write: (text) => (out += text), columns },
    stderr: { write: () => undefined },
    stdin: () => process.stdin,
    environment: {},
    cwd: '/',
    packageRoot: '/',
    now: () => new Date(0),
    signal: new AbortController().signal,
  });
  const program = new Command('plimsoll').exitOverride();
  registerKernel(program, context);
  registerSyscall(program, context);
  await program.parseAsync([...args], { from: 'user' });
  return out;
}

const pages: readonly (readonly string[])[] = [
  ['kernel', 'diff', '3.10', '5.14'],
  ['kernel', 'diff', 'rhel:7.9', 'rhel:9.3'],
  ['kernel', 'diff', '6.1', '6.1'],
  ['kernel', 'list'],
  ['syscall', 'clone3'],
  ['syscall', 'io_uring_setup'],
  ['syscall', 'clock_gettime64', '--arch', 'arm'],
  ['syscall', '434'],
  ['syscall', '__NR_openat2'],
  ['syscall', '_sysctl'],
];

test('pages fit the terminal', async () => {
  for (const args of pages) {
    for (const columns of [60, 80, 120, 300]) {
      const text = await run(columns, ...args);
      assert.ok(text.split('\n').length > 5, args.join(' '));
      for (const line of text.split('\n')) {
        assert.ok(textWidth(line) <= columns, `${args.join(' ')} at ${columns}: ${line}`);
        assert.ok(!line.includes('undefined'), line);
      }
    }
  }
});

test('pages say what matters', async () => {
  for (const [args, expected] of [
    [['syscall', '__NR_openat2'], /^openat2 /],
    [['syscall', '434'], /^pidfd_open /],
    [['syscall', 'clone3'], /20\.10\.10 –\s+ENOSYS\s+with CAP_SYS_ADMIN: allow/],
    [['syscall', 'getrandom'], /rhel\s+7\.4 – \*/],
    [['kernel', 'diff', 'rhel:7.9', 'rhel:9.3'], /Only rhel:7\.9 has: 2 system calls/],
    [['kernel', 'diff', '6.1', '6.1'], /Nothing in 6\.1 that 6\.1 lacks/],
  ] as const) {
    assert.match(await run(80, ...args), expected, args.join(' '));
  }
});

test('JSON is JSON and nothing else', async () => {
  const diff: unknown = JSON.parse(
    await run(80, 'kernel', 'diff', '5.2', '5.3', '--format', 'json'),
  );
  assert.deepEqual(Object.keys(Object(diff)), ['schema', 'abi', 'a', 'b', 'onlyA', 'onlyB']);
  const call: unknown = JSON.parse(await run(80, 'syscall', 'read', '--format', 'json'));
  assert.equal(Object(call).facts.name, 'read');
  const list: unknown = JSON.parse(await run(80, 'kernel', 'list', '--format', 'json'));
  assert.ok(Object(list).kernels.length > 100);
});

test('a typo gets a suggestion', async () => {
  for (const [args, code, help] of [
    [['syscall', 'pidfd_opne'], 'PL0401', /did you mean pidfd_open/],
    [['syscall', 'printf_to_the_moon'], 'PL0401', /not a function of the C library/],
    [['syscall', '99999'], 'PL0401', /--arch/],
    [['kernel', 'diff', 'rhel:7.99', '5.4'], 'PL0402', /did you mean rhel:/],
    [['kernel', 'diff', '5.4', '5.77'], 'PL0402', /kernel list/],
  ] as const) {
    await assert.rejects(run(80, ...args), (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.equal(error.code, code);
      assert.match(error.diagnostic.help ?? '', help);
      return true;
    });
  }
});
