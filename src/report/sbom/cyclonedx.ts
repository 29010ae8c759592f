// A bill of materials as CycloneDX 1.6 JSON (ECMA-424, https://cyclonedx.org/docs/1.6/json/).
import { spdxExpressionOf, spdxIdOf } from '../../formats/spdx-license.ts';
import type { BillPart } from '../../needs/software-bill.ts';
import { type BillDocument, billUuid, partKey } from './bill-document.ts';

/** One license, or an expression, or words that are neither. */
function licensesOf({ license }: BillPart): object {
  if (license === undefined) return {};
  const id = spdxIdOf(license);
  if (id !== undefined) return { licenses: [{ license: { id } }] };
  const expression = spdxExpressionOf(license);
  return {
    licenses: [expression === undefined ? { license: { name: license } } : { expression }],
  };
}

function refOf(part: BillPart): string {
  const { manager, group = '', name, version = '', purl, paths } = part;
  // Two parts may have the same URL: what Debian calls one package is there for two architectures.
  return `${purl ?? `${manager}:${name}@${version}`}#${partKey([manager, group, name, version, ...paths].join('\0'))}`;
}

function componentOf(part: BillPart): object {
  const { manager, group, name, version, purl, paths, layers = [] } = part;
  return {
    type: 'library',
    'bom-ref': refOf(part),
    ...(group === undefined ? {} : { group }),
    name,
    ...(version === undefined ? {} : { version }),
    ...licensesOf(part),
    ...(purl === undefined ? {} : { purl }),
    properties: [
      { name: 'plimsoll:manager', value: manager },
      ...layers.map((value) => ({ name: 'plimsoll:layer', value })),
    ],
    evidence: { occurrences: paths.map((location) => ({ location })) },
  };
}

/** The document as a value for JSON. */
export function cyclonedxBill(document: BillDocument): object {
  const { subject, bill, timestamp, version } = document;
  const { os, parts } = bill;
  const { name, tag, digest, image, purl } = subject;
  const subjectRef = purl ?? `subject:${name}`;
  const system =
    os === undefined
      ? []
      : [
          {
            type: 'operating-system',
            'bom-ref': `os:${os.id}@${os.versionId ?? ''}`,
            name: os.id,
            ...(os.versionId === undefined ? {} : { version: os.versionId }),
            ...(os.prettyName === undefined ? {} : { description: os.prettyName }),
          },
        ];
  const components = [...system, ...parts.map(componentOf)];
  const refs = [...system.map((one) => one['bom-ref']), ...parts.map(refOf)];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${billUuid(document)}`,
    version: 1,
    metadata: {
      timestamp,
      lifecycles: [{ phase: 'post-build' }],
      tools: { components: [{ type: 'application', name: 'plimsoll', version }] },
      component: {
        type: image ? 'container' : 'file',
        'bom-ref': subjectRef,
        name,
        ...(digest === undefined && tag === undefined ? {} : { version: digest ?? tag }),
        ...(purl === undefined ? {} : { purl }),
        ...(subject.platform === undefined
          ? {}
          : { properties: [{ name: 'plimsoll:platform', value: subject.platform }] }),
      },
    },
    components,
    dependencies: [{ ref: subjectRef, dependsOn: [...new Set(refs)] }],
  };
}
