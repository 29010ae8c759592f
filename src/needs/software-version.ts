// Versions as people and packagers write them, brought to the plain upstream form that rules compare.

/**
 * The upstream version in a text: "1:7.0.15-1~deb12u1" → "7.0.15", "v20.1.0" → "20.1.0", "jdk-17.0.2+8" → "17.0.2".
 * Java's old styles become dotted: "8u442-b06", "1.8.0_442" and Alpine's "8.442.06-r0" → "8.0.442". Undefined where there is no version.
 */
export function upstreamVersion(text: string): string | undefined {
  const plain = text.trim().replace(/^\d+:/, '');
  const oldJava = /^(?:jdk-?)?(?:([5-8])u(\d+)|1\.([5-8])\.0[_.](\d+))/.exec(plain);
  if (oldJava) return `${oldJava[1] ?? oldJava[3]}.0.${oldJava[2] ?? oldJava[4]}`;
  const alpineJava = /^8\.([1-9]\d{2})\.\d{2}(?:-r\d+)?$/.exec(plain);
  if (alpineJava) return `8.0.${alpineJava[1]}`;
  const found = /(?:^|[^0-9.])(\d+(?:[._]\d+)*(?:[a-z]\d*)?)(?![0-9])/.exec(plain);
  return found?.[1]?.replaceAll('_', '.');
}
