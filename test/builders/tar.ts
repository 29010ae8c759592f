// Tar archives written byte by byte, as no well-behaved program would: for layers with whiteouts, damage, odd dialects.

/** One member; what is absent gets a harmless default. */
export interface TarMember {
  readonly name: string;
  /** The type flag; '0' by default, '5' where the name ends in a slash. */
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly linkName?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly device?: readonly [major: number, minor: number];
  /** PAX records that go before it. */
  readonly pax?: Readonly<Record<string, string | Uint8Array>>;
  /** Size field, where it shall differ from the body's length. */
  readonly size?: number;
  /** "ustar\0" "00" by default; '' for v7. */
  readonly magic?: string;
  /** Bytes to be set in the header before the checksum is taken, by offset. */
  readonly raw?: Readonly<Record<number, string>>;
}

/** A whole archive, with the two zero blocks unless `end` is false. */
export function makeTar(members: readonly TarMember[], end = true): Buffer {
  const parts = members.flatMap((member) => {
    if (member.pax === undefined) return [memberBytes(member)];
    const body = makePax(member.pax);
    return [memberBytes({ name: 'PaxHeaders/x', type: 'x', body }), memberBytes(member)];
  });
  return Buffer.concat([...parts, ...(end ? [Buffer.alloc(1024)] : [])]);
}

/** The body of a PAX header. */
export function makePax(records: Readonly<Record<string, string | Uint8Array>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length++;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

function memberBytes(member: TarMember): Buffer {
  const type = member.type ?? (member.name.endsWith('/') ? '5' : '0');
  const body = Buffer.from(member.body ?? '');
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number) =>
    header.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  header.write(member.name, 0, 100, 'utf8');
  octal(member.mode ?? (type === '5' ? 0o755 : 0o644), 100, 8);
  octal(member.uid ?? 0, 108, 8);
  octal(member.gid ?? 0, 116, 8);
  octal(member.size ?? body.length, 124, 12);
  octal(member.mtime ?? 1_700_000_000, 136, 12);
  header.write(type, 156, 'latin1');
  header.write(member.linkName ?? '', 157, 100, 'utf8');
  header.write(member.magic ?? 'ustar\x0000', 257, 'latin1');
  octal(member.device?.[0] ?? 0, 329, 8);
  octal(member.device?.[1] ?? 0, 337, 8);
  for (const [at, bytes] of Object.entries(member.raw ?? {})) {
    header.write(bytes, Number(at), 'latin1');
  }
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
