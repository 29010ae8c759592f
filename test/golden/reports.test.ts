// The reports of one sample in every form. `UPDATE_GOLDEN=1 node --test test/golden/reports.test.ts` accepts a change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { checkResultSchema, matrixResultSchema } from '../../src/check/result-schema.ts';
import { colourStyle, plainStyle } from '../../src/lib/style.ts';
import { textWidth } from '../../src/lib/text-width.ts';
import { formatHtml } from '../../src/report/html.ts';
import { formatJson } from '../../src/report/json.ts';
import { formatMatrix } from '../../src/report/matrix.ts';
import { formatSarif } from '../../src/report/sarif.ts';
import { formatTerminalReport } from '../../src/report/terminal.ts';
import { checkGolden } from './golden.ts';
import { sampleResult, worksResult } from './sample-results.ts';

const analysis = { layers: 6, cached: true, elapsedMs: 212 };

for (const width of [80, 120, 200]) {
  test(`terminal report at ${width} columns`, () => {
    const report = formatTerminalReport(sampleResult, {
      width,
      style: plainStyle,
      all: false,
      analysis,
    });
    const tooLong = report
      .split('\n')
      .filter((line) => textWidth(line) > width && !line.includes('https://'));
    assert.deepEqual(tooLong, []);
    checkGolden(`terminal-${width}.txt`, report);
  });
}

test('terminal report with everything, in colour, quiet, and of what works', () => {
  const base = { width: 100, style: plainStyle, all: false };
  checkGolden('terminal-all.txt', formatTerminalReport(sampleResult, { ...base, all: true }));
  checkGolden('terminal-brief.txt', formatTerminalReport(sampleResult, { ...base, brief: true }));
  checkGolden('terminal-works.txt', formatTerminalReport(worksResult, base));
  const coloured = formatTerminalReport(sampleResult, { ...base, style: colourStyle });
  checkGolden('terminal-colour.txt', coloured);
  const plain = formatTerminalReport(sampleResult, base);
  assert.equal(coloured.replace(/\x1b\[\d+m/g, ''), plain, 'colour changes nothing but colour');
});

test('matrix on the terminal', () => {
  const base = { style: plainStyle, all: false };
  const results = [sampleResult, worksResult];
  checkGolden('matrix-80.txt', formatMatrix(results, { ...base, width: 80 }));
  const many = Array.from({ length: 8 }, () => results).flat();
  checkGolden('matrix-many.txt', formatMatrix(many, { ...base, width: 80 }));
});

test('json, sarif and html', () => {
  const json = JSON.parse(formatJson(sampleResult));
  assert.deepEqual(json, sampleResult);
  assert.deepEqual(z.strictObject(checkResultSchema.shape).parse(json), sampleResult);
  const matrix = JSON.parse(
    formatJson({ schema: 'plimsoll.matrix/1', results: [sampleResult, worksResult] }),
  );
  assert.deepEqual(matrixResultSchema.parse(matrix), matrix, 'nothing that the schema lacks');
  checkGolden('report.sarif', formatSarif([sampleResult], '0.0.0'));
  checkGolden('report.html', formatHtml([sampleResult], { today: '2026-11-22', version: '0.0.0' }));
});

test('no report lets a name from the image steer the terminal or the page', () => {
  const options = { width: 80, style: plainStyle, all: true };
  const hostile = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;
  const outputs = [
    formatTerminalReport(sampleResult, options),
    formatMatrix([sampleResult], options),
    formatSarif([sampleResult], '0.0.0'),
    formatHtml([sampleResult, worksResult], { today: '2026-11-22', version: '0.0.0' }),
  ];
  for (const output of outputs) assert.doesNotMatch(output, hostile);
  const page = outputs[3] ?? '';
  assert.equal(page.match(/<script/g)?.length, 1, 'only our own script');
  assert.doesNotMatch(page, /href="javascript:/);
  assert.doesNotMatch(
    page,
    /(?:src|url\()\s*=?\s*["']?https?:/,
    'nothing is loaded from elsewhere',
  );
});
