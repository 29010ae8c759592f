import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { openCache } from '../../needs/cache.ts';
import { createContext } from '../context.ts';
import { register } from './cache.ts';

test('info tells of the cache that clear removes', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cache-command-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const cache = openCache(folder, { now: () => 1 });
  cache.put([['a', new Uint8Array(9)]]);
  cache.close();
  const run = async (...args: string[]): Promise<string> => {
    let written = '';
    const output = {
      write(text: string) {
        written += text;
        return true;
      },
    };
    const opened = createContext({
      stdout: output,
      stderr: output,
      stdin: () => process.stdin,
      environment: { PLIMSOLL_CACHE_DIR: folder },
      cwd: folder,
      packageRoot: '/',
      now: () => new Date(0),
      signal: new AbortController().signal,
    });
    const program = new Command();
    register(program, opened.context);
    await program.parseAsync(['cache', ...args], { from: 'user' });
    return written;
  };
  const before: { entries: number; bytes: number } = JSON.parse(
    await run('info', '--format', 'json'),
  );
  assert.equal(before.entries, 1);
  assert.ok(before.bytes > 0);
  assert.match(await run('info'), /entries {2}1\n/);
  assert.match(await run('clear'), /^freed /);
  assert.match(await run('info'), /entries {2}0\n/);
});
