// What every qualifier of a host is: its name, form and meaning, and how it changes an offer; and the few things that
// their tables share.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type Draft, note } from '../named/draft.ts';

/** What applying a qualifier may need of the world. */
export interface QualifierWorld {
  readonly readFile: (path: string) => Promise<string>;
}

/** One qualifier. */
export interface Qualifier {
  readonly name: string;
  /** How it is written. */
  readonly form: string;
  /** What it says: one line for people. */
  readonly says: string;
  apply(draft: Draft, value: string, world: QualifierWorld): void | Promise<void>;
}

/** Source of what a qualifier says. */
export const byName = 'given by qualifier';

/** The engine part of an offer. */
export type Engine = NonNullable<Draft['engine']>;
type Container = NonNullable<Draft['container']>;

/** A value that does not fit. */
export function wrong(form: string, value: string, expected: string): PlimsollError {
  return new PlimsollError('PL0301', `'${value}' does not fit the qualifier ${form}`, {
    help: `write ${expected}`,
  });
}

/** Changes how the container is started. */
export function setContainer(draft: Draft, change: Container): void {
  draft.container = { ...draft.container, ...change };
  for (const key of Object.keys(change)) note(draft, `container.${key}`, byName);
}

/** Changes the engine; one that is not named is "other". */
export function setEngine(draft: Draft, change: Partial<Engine>): void {
  draft.engine = { name: 'other', ...draft.engine, ...change };
  for (const key of Object.keys(change)) note(draft, `engine.${key}`, byName);
}

/** A qualifier whose value is one of a few words. */
export function choice<T extends string>(
  name: string,
  words: readonly T[],
  says: string,
  apply: (draft: Draft, word: T) => void,
): Qualifier {
  const form = `${name}:${words.join('|')}`;
  return {
    name,
    form,
    says,
    apply: (draft, value) => {
      const word = words.find((one) => one === value);
      if (word === undefined)
        throw wrong(form, value, words.map((one) => `${name}:${one}`).join(' or '));
      apply(draft, word);
      note(draft, name, byName);
    },
  };
}
