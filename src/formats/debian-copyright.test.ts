import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDebianCopyright } from './debian-copyright.ts';

const format =
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n';

const cases: readonly (readonly [string, string, string | undefined])[] = [
  [
    'one license',
    `${format}\nFiles: *\nCopyright: me\nLicense: GPL-2+\n Text.\n`,
    'GPL-2.0-or-later',
  ],
  [
    'a choice',
    `${format}\nFiles: *\nLicense: GPL-1+ or Artistic\n`,
    'GPL-1.0-or-later OR Artistic-1.0',
  ],
  [
    'several, each once, with a choice among them',
    `${format}\nFiles: *\nLicense: Expat\n\nFiles: a\nLicense: GPL-3 or Apache-2\n\nFiles: b\nLicense: Expat\n\nLicense: Expat\n Text\n`,
    'MIT AND (GPL-3.0-only OR Apache-2.0)',
  ],
  [
    'what Debian added counts where there is nothing else',
    `${format}\nFiles: *\nLicense: LGPL-2.1+\n\nFiles: debian/* debian/x\nLicense: GPL-3+\n`,
    'LGPL-2.1-or-later',
  ],
  ['the packaging alone', `${format}\nFiles: debian/*\nLicense: GPL-3+\n`, 'GPL-3.0-or-later'],
  [
    'files on several lines, folders of Debian first',
    `${format}\nFiles:\n debian/*\n src/x\nCopyright: me\nLicense: ISC\n`,
    'ISC',
  ],
  [
    'no invariant sections',
    `${format}\nFiles: *\nLicense: GFDL-NIV-1.3+\n`,
    'GFDL-1.3-no-invariants-or-later',
  ],
  [
    'what SPDX does not know stays',
    `${format}\nFiles: *\nLicense: public-domain\n`,
    'public-domain',
  ],
  [
    'an exception in words stays',
    `${format}\nFiles: *\nLicense: GPL-2+ with autoconf exception\n`,
    'GPL-2+ with autoconf exception',
  ],
  ['the license of the whole', `${format}License: Zlib\n`, 'Zlib'],
  [
    'the first form of the format',
    'Format: http://dep.debian.net/deps/dep5/\n\nFiles: *\nLicense: MIT\n',
    'MIT',
  ],
  [
    'what holds together, each once',
    `${format}\nFiles: *\nLicense: GPL-3+ and ISC\n\nFiles: a\nLicense: ISC\n\nFiles: b\nLicense: BSD-3-clause and/or GPL-3+\n`,
    'GPL-3.0-or-later AND ISC AND (BSD-3-Clause OR GPL-3.0-or-later)',
  ],
  ['as Perl itself', `${format}\nFiles: *\nLicense: Perl\n`, 'GPL-1.0-or-later OR Artistic-1.0'],
  ['prose', 'This package was debianized by somebody.\n\nLicense: GPL-2\n', undefined],
  ['nothing', '', undefined],
];

for (const [what, text, expected] of cases) {
  test(`debian copyright: ${what}`, () => {
    assert.equal(parseDebianCopyright(Buffer.from(text)), expected);
  });
}
