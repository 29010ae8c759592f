// Puts a list of needs behind the interface that rules look through.
import type { DerivedValues, Need, NeedKind, NeedOf, Needs } from './need.ts';
import type { UserSpace } from './user-space.ts';

/** Needs from a user space and a list: of(kind) costs nothing after its first call. */
export function makeNeeds(
  userSpace: UserSpace,
  list: readonly Need[],
  derived?: DerivedValues,
): Needs {
  const byKind = new Map<NeedKind, Need[]>();
  for (const need of list) {
    const same = byKind.get(need.kind);
    if (same === undefined) byKind.set(need.kind, [need]);
    else same.push(need);
  }
  return {
    userSpace,
    all: list,
    of: <K extends NeedKind>(kind: K) => (byKind.get(kind) ?? []) as unknown as NeedOf<K>[],
    ...(derived === undefined ? {} : { derived }),
  };
}
