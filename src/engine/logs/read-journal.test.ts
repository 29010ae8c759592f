import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEntry } from './read-journal.ts';

test('entries of the journal as lines', () => {
  const entry = (more: object): string =>
    JSON.stringify({ __REALTIME_TIMESTAMP: '1767323045678901', PRIORITY: '6', ...more });
  const cases: readonly (readonly [string, string | undefined])[] = [
    [entry({ MESSAGE: 'out' }), '2026-01-02T03:04:05.678901000Z stdout "out\\n"'],
    [entry({ MESSAGE: 'err', PRIORITY: '3' }), '2026-01-02T03:04:05.678901000Z stderr "err\\n"'],
    [
      entry({ MESSAGE: 'half', CONTAINER_PARTIAL_MESSAGE: 'true' }),
      '2026-01-02T03:04:05.678901000Z stdout "half"',
    ],
    [entry({ MESSAGE: 'end\n' }), '2026-01-02T03:04:05.678901000Z stdout "end\\n"'],
    [entry({ MESSAGE: [104, 105] }), '2026-01-02T03:04:05.678901000Z stdout "hi\\n"'],
    ['-- No entries --', undefined],
  ];
  for (const [text, expected] of cases) {
    const line = parseEntry(text);
    const shown = line && `${line.time} ${line.stream} ${JSON.stringify(line.text.toString())}`;
    assert.equal(shown, expected, text);
  }
});
