import { PlimsollError } from '../diag/plimsoll-error.ts';

/** `--force` of commands that remove: what is not there (told by the code of the failure) is no failure. */
export async function unlessMissing(
  code: string,
  force: boolean | undefined,
  work: () => Promise<unknown> | unknown,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const missing = error instanceof PlimsollError && error.code === code;
    if (!missing || !force) throw error;
  }
}
