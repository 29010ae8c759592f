/** A device as the Container Device Interface names it (SPEC.md): VENDOR/CLASS, and its own name. */
export interface CdiName {
  readonly kind: string;
  readonly name: string;
}

/** Takes VENDOR/CLASS=NAME apart; undefined for what is no such name, as a path. */
export function parseCdiName(text: string): CdiName | undefined {
  const [, kind, name] = /^([A-Za-z][\w.-]*\/[A-Za-z][\w.-]*)=(\w[\w.:-]*)$/.exec(text) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind, name };
}
