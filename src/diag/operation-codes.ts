// The closed set of codes for failed operations. Findings of a check have codes of their own
// (src/check/finding-codes.ts). Every code has a page in docs/codes/, which `plimsoll explain` prints.

/** Code and title of every failed operation. PL00: use; PL01: targets; PL02: formats; PL03: hosts; PL04: facts; PL05: rules; PL07: the store. */
export const operationCodes = {
  PL0001: 'wrong use of a command',
  PL0002: 'interrupted',
  PL0003: 'output could not be written',
  PL0004: 'internal error',
  PL0005: 'cache could not be used',
  PL0101: 'target not found',
  PL0102: 'target of an unknown kind',
  PL0103: 'target could not be read',
  PL0104: 'no image for the platform asked for',
  PL0105: 'digest does not match',
  PL0106: 'blob missing from the image',
  PL0107: 'limit exceeded',
  PL0108: 'image manifest or configuration is damaged',
  PL0201: 'ELF file is damaged',
  PL0202: 'tar archive is damaged',
  PL0203: 'compressed stream is damaged',
  PL0204: 'package database is damaged',
  PL0205: 'JSON is damaged',
  PL0206: 'path leads outside the tree',
  PL0301: 'unknown host',
  PL0302: 'host file is not valid',
  PL0303: 'part of this host could not be read',
  PL0401: 'unknown system call',
  PL0402: 'unknown kernel release',
  PL0501: 'rule file is not valid',
  PL0502: 'policy file is not valid',
  PL0701: 'store could not be used',
  PL0702: 'no room in the store',
  PL0703: 'store of another version',
  PL0704: 'store is damaged',
  PL0706: 'store is busy',
  PL0707: 'no such image in the store',
  PL0708: 'image name or id is ambiguous',
  PL0709: 'image is in use',
} as const;

/** Code of a failed operation: stable, with a page in docs/codes/. */
export type OperationCode = keyof typeof operationCodes;
