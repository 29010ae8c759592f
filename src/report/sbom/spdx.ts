// A bill of materials as SPDX 2.3 JSON (https://spdx.github.io/spdx-spec/v2.3/). A license that is no expression of SPDX
// stands as a LicenseRef with its text, as clause 10 has it.
import { spdxExpressionOf } from '../../formats/spdx-license.ts';
import type { BillPart } from '../../needs/software-bill.ts';
import { type BillDocument, type BillSubject, billUuid, partKey } from './bill-document.ts';

const noAssertion = 'NOASSERTION';

/** Letters, digits, "." and "-": all that an SPDX identifier may have. */
function idPart(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60);
}

function idOf({ manager, group = '', name, version = '', purl = '', paths }: BillPart): string {
  const key = partKey([manager, group, name, version, purl, ...paths].join('\0'));
  return `SPDXRef-Package-${manager}-${idPart(name)}-${key}`;
}

function licenseRef(license: string): string {
  return `LicenseRef-${partKey(license)}`;
}

function declaredLicense({ license }: BillPart): string {
  if (license === undefined) return noAssertion;
  return spdxExpressionOf(license) ?? licenseRef(license);
}

function purlReference(purl: string | undefined): object {
  if (purl === undefined) return {};
  return {
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: purl,
      },
    ],
  };
}

function packageOf(part: BillPart): object {
  const { group, name, version, purl, manager, paths } = part;
  return {
    SPDXID: idOf(part),
    name: group === undefined ? name : `${group}/${name}`,
    ...(version === undefined ? {} : { versionInfo: version }),
    supplier: noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    sourceInfo: `${manager}: ${paths.slice(0, 20).join(', ')}${paths.length > 20 ? ', …' : ''}`,
    licenseConcluded: noAssertion,
    licenseDeclared: declaredLicense(part),
    copyrightText: noAssertion,
    ...purlReference(purl),
  };
}

const subjectId = 'SPDXRef-DocumentRoot';

function subjectOf({ name, tag, digest, image, purl }: BillSubject): object {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest ?? '')?.[1];
  return {
    SPDXID: subjectId,
    name,
    ...(digest === undefined && tag === undefined ? {} : { versionInfo: digest ?? tag }),
    supplier: noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    ...(hex === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: hex }] }),
    licenseConcluded: noAssertion,
    licenseDeclared: noAssertion,
    copyrightText: noAssertion,
    primaryPackagePurpose: image ? 'CONTAINER' : 'FILE',
    ...purlReference(purl),
  };
}

/** The document as a value for JSON. */
export function spdxBill(document: BillDocument): object {
  const { subject, bill, timestamp, version } = document;
  const { parts, os } = bill;
  const texts = parts.flatMap(({ license }) =>
    license === undefined || spdxExpressionOf(license) !== undefined ? [] : [license],
  );
  const extracted = [...new Set(texts)].sort().map((text) => ({
    licenseId: licenseRef(text),
    name: text,
    extractedText: text,
  }));
  const system =
    os === undefined
      ? []
      : [
          {
            SPDXID: 'SPDXRef-OperatingSystem',
            name: os.id,
            ...(os.versionId === undefined ? {} : { versionInfo: os.versionId }),
            ...(os.prettyName === undefined ? {} : { description: os.prettyName }),
            supplier: noAssertion,
            downloadLocation: noAssertion,
            filesAnalyzed: false,
            licenseConcluded: noAssertion,
            licenseDeclared: noAssertion,
            copyrightText: noAssertion,
            // With an underscore: the schema of the JSON form writes it so, other than clause 7.24.
            primaryPackagePurpose: 'OPERATING_SYSTEM',
          },
        ];
  const ids = [...system.map(({ SPDXID }) => SPDXID), ...parts.map(idOf)];
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: subject.name,
    documentNamespace: `https://plimsoll.dev/spdx/${idPart(subject.name)}-${billUuid(document)}`,
    creationInfo: {
      creators: [`Tool: plimsoll-${version}`],
      created: timestamp,
    },
    documentDescribes: [subjectId],
    packages: [subjectOf(subject), ...system, ...parts.map(packageOf)],
    ...(extracted.length === 0 ? {} : { hasExtractedLicensingInfos: extracted }),
    relationships: [
      {
        spdxElementId: 'SPDXRef-DOCUMENT',
        relationshipType: 'DESCRIBES',
        relatedSpdxElement: subjectId,
      },
      ...ids.map((id) => ({
        spdxElementId: subjectId,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: id,
      })),
    ],
  };
}
