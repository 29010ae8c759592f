// What an NVIDIA card can run, from the name that its driver shows: the driver tells the number only to programs that call it.

/** Names of cards, and the compute capability that NVIDIA lists for them (developer.nvidia.com/cuda-gpus). First fit counts. */
const computeCapabilities: readonly (readonly [model: RegExp, capability: string])[] = [
  [/\bB[12]00\b|\bGB200\b/, '10.0'],
  [/\bRTX 50\d\d\b|\bRTX PRO \d000 Blackwell/, '12.0'],
  [/\bG?H[12]00\b|\bH800\b|\bH20\b/, '9.0'],
  [/\bRTX 40\d\d\b|\bL40?S?\b|\bRTX \d000 Ada/, '8.9'],
  [/\bRTX 30\d\d\b|\bA(?:2|10|10G|16|40)\b|\bRTX A\d000\b/, '8.6'],
  [/\bA(?:100|30|800)\b/, '8.0'],
  [
    /\bT4\b|\bRTX 20\d\d\b|\bGTX 16\d\d\b|\bQuadro RTX\b|\bTITAN RTX\b|\bT(?:400|600|1000|1200|2000)\b/,
    '7.5',
  ],
  [/\bV100\b|\bTITAN V\b|\bGV100\b/, '7.0'],
  [/\bP100\b|\bGP100\b/, '6.0'],
  [/\bP(?:4|6|40)\b|\bGTX 10\d\d\b|\bGT 10\d\d\b|\bQuadro P\d+\b|\bTITAN Xp?\b/, '6.1'],
  [/\bM(?:4|6|40|60)\b|\bGTX 9\d\d\b|\bQuadro M\d000\b/, '5.2'],
  [/\bGTX 7[45]0\b|\bM10\b|\bQuadro K[126]200\b/, '5.0'],
  [/\bK80\b/, '3.7'],
  [/\bK(?:20|40)[cmstx]?\b|\bGTX 7[78]0\b|\bGTX TITAN\b/i, '3.5'],
];

/** The compute capability of the card in /proc/driver/nvidia/gpus/N/information ("Model: Tesla V100-SXM2-16GB"). */
export function parseComputeCapability(text: string): string | undefined {
  const model = /^Model:\s*(.+)$/m.exec(text)?.[1];
  if (model === undefined) return undefined;
  return computeCapabilities.find(([pattern]) => pattern.test(model))?.[1];
}
