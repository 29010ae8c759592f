/** What the system says about a failed operation, in its words without code, call and path: "no such file or directory". */
export function systemReason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.replace(/^E[A-Z0-9]+: /, '').replace(/, [a-z]+( '.*')?$/s, '');
}
