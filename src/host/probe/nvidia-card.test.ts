import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseComputeCapability } from './nvidia-card.ts';

for (const [model, capability] of [
  ['Tesla V100-SXM2-16GB', '7.0'],
  ['NVIDIA A100-SXM4-80GB', '8.0'],
  ['NVIDIA GeForce RTX 3090', '8.6'],
  ['NVIDIA A10G', '8.6'],
  ['NVIDIA GeForce RTX 4070 Ti SUPER', '8.9'],
  ['NVIDIA L40S', '8.9'],
  ['NVIDIA H100 80GB HBM3', '9.0'],
  ['NVIDIA GeForce RTX 5090', '12.0'],
  ['Tesla T4', '7.5'],
  ['NVIDIA GeForce GTX 1650 SUPER', '7.5'],
  ['NVIDIA GeForce GTX 1080 Ti', '6.1'],
  ['Tesla P40', '6.1'],
  ['Tesla P100-PCIE-16GB', '6.0'],
  ['Quadro M4000', '5.2'],
  ['Quadro K2200', '5.0'],
  ['Tesla K80', '3.7'],
  ['NVIDIA Something New', undefined],
] as const) {
  test(`${model}: ${capability}`, () => {
    const text = `Model: \t\t ${model}\nIRQ:   \t\t 34\nGPU UUID: \t GPU-1\n`;
    assert.equal(parseComputeCapability(text), capability);
  });
}
