// A sample of scripts/engine-kills.ts: kills at random moments in the life of containers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngineLab } from '../engine/engine-lab.ts';
import { engineKillRun } from './engine-kill-run.ts';

test('after a kill -9 at any moment nothing is left that ps -a does not show', async () => {
  const lab = openEngineLab();
  try {
    const { byVictim } = await engineKillRun({
      kills: 8,
      seed: 7,
      environment: lab.environment,
      runtime: 'crun',
      networks: ['none', 'bridge'],
    });
    assert.ok((byVictim['command'] ?? 0) > 0, 'commands were killed');
  } finally {
    lab.close();
  }
});
