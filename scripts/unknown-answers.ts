// Counts what the shipped rules ask of hosts and named hosts cannot answer: per family of hosts how many rules end in
// "unknown", and which parts of the host they lack. Run: node scripts/unknown-answers.ts [--parts] [NAME...]
import { parseArgs } from 'node:util';
import { shippedRules } from '../src/check/data-rules.ts';
import { matchHost } from '../src/check/host-match.ts';
import { findHost } from '../src/host/find-host.ts';
import { allNames } from '../src/host/named/names.ts';

const { values, positionals } = parseArgs({
  options: { parts: { type: 'boolean' } },
  allowPositionals: true,
});
const hosts = positionals.length > 0 ? positionals : [...new Set(allNames())];

const nothing = {
  readFile: () => Promise.reject(new Error('no files here')),
  probe: () => Promise.reject(new Error('no probe here')),
};

interface Tally {
  hosts: number;
  asked: number;
  unknown: number;
  readonly lacking: Map<string, number>;
}

const families = new Map<string, Tally>();
for (const name of hosts) {
  const offer = await findHost(name, nothing);
  const family = positionals.length > 0 ? name : (name.split(':')[0] ?? name);
  const tally = families.get(family) ?? { hosts: 0, asked: 0, unknown: 0, lacking: new Map() };
  families.set(family, tally);
  tally.hosts += 1;
  for (const rule of shippedRules) {
    if (rule.host === undefined) continue;
    tally.asked += 1;
    const answer = matchHost(rule.host, offer);
    if (answer.truth !== undefined) continue;
    tally.unknown += 1;
    tally.lacking.set(answer.value, (tally.lacking.get(answer.value) ?? 0) + 1);
  }
}

let [asked, unknown] = [0, 0];
for (const [family, tally] of families) {
  asked += tally.asked;
  unknown += tally.unknown;
  const share = ((100 * tally.unknown) / tally.asked).toFixed(1);
  console.log(
    `${family.padEnd(18)} ${tally.hosts} hosts, ${(tally.unknown / tally.hosts).toFixed(1)} of ${tally.asked / tally.hosts} rules unknown (${share} %)`,
  );
  if (values.parts !== true) continue;
  for (const [part, count] of [...tally.lacking].sort((a, b) => b[1] - a[1]))
    console.log(`    ${String(count).padStart(5)}  ${part}`);
}
console.log(`all: ${unknown} of ${asked} (${((100 * unknown) / asked).toFixed(1)} %)`);
