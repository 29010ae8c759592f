// What a program does when a system call answers an error: the words, and what was seen in the code.

/**
 * falls-back: another way is taken and the work is done; ignores: the error changes nothing that can be seen;
 * fails: the program stops, says so, or gives a wrong result; unknown: the code does not tell.
 */
export type MissingReaction = 'falls-back' | 'fails' | 'ignores' | 'unknown';

/** The errors that a kernel without the call (ENOSYS), or a filter (often EPERM), or a newer flag (EINVAL) gives. */
export const missingErrnos = ['ENOSYS', 'EPERM', 'EINVAL'] as const;

export type MissingErrno = (typeof missingErrnos)[number];

/** Their numbers, the same on all Linux architectures that are analysed. */
export const errnoNumbers: Readonly<Record<MissingErrno, number>> = {
  ENOSYS: 38,
  EPERM: 1,
  EINVAL: 22,
};

/** What one place of the code does, as evidence for a verdict. */
export interface ReactionPlace {
  readonly reaction: MissingReaction;
  /** For which errors. */
  readonly errnos: readonly MissingErrno[];
  /** What is called instead, where it falls back and the code tells: a system call or a function. */
  readonly fallback?: string;
  /** File, function (its symbol or address) and address of the instruction where the error is decided on. */
  readonly path: string;
  readonly function: string;
  readonly address: string;
  /** In words: "returns -1 to its caller", "ends the program", "goes on as if it had worked" … */
  readonly what: string;
}

/** The answer for one call of one program. */
export interface CallReactions {
  readonly onMissing: Readonly<Record<MissingErrno, MissingReaction>>;
  /** Instead of the call, on ENOSYS. */
  readonly fallback?: string;
  /** code: read in the program's own code; table: known of the C library or run-time (src/kernel/tables). */
  readonly from: 'code' | 'table' | 'none';
  /** The places that decide, most telling first; few. */
  readonly places: readonly ReactionPlace[];
}

/** Nothing is known. */
export const unknownReactions: CallReactions = {
  onMissing: { ENOSYS: 'unknown', EPERM: 'unknown', EINVAL: 'unknown' },
  from: 'none',
  places: [],
};
