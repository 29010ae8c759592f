// Kernel headers in the image: LINUX_VERSION_CODE of linux/version.h tells which calls its compilers know, and so what
// programs built inside will try. Since Linux 2.6.18 the header is one line of numbers (Makefile of the kernel,
// "filechk_version.h"); the third number stops at 255.
import type { Software, UserSpace } from './user-space.ts';

const place = /\/include\/(?:[^/]+-linux-[^/]+\/)?linux\/version\.h$/;

/** The headers as software named "linux-headers", one for each place that they lie in. */
export function findKernelHeaders({
  texts,
  text,
}: Pick<UserSpace, 'texts' | 'text'>): readonly Software[] {
  return texts
    .filter((path) => place.test(path))
    .flatMap((path) => {
      const found = /^#define[ \t]+LINUX_VERSION_CODE[ \t]+(\d{5,7})\b/m.exec(
        text(path) ?? '',
      )?.[1];
      if (found === undefined) return [];
      const code = Number(found);
      const version = `${code >> 16}.${(code >> 8) & 255}.${code & 255}`;
      return [
        {
          name: 'linux-headers',
          version,
          evidence: [{ path, detail: `LINUX_VERSION_CODE ${found}` }],
        },
      ];
    });
}
