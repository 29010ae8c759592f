// Mounts that need nothing prepared, in the words of config.json.
import type { SpecMount } from '../../runtime/spec.ts';
import type { BindMount, TmpfsMount } from './volumes.ts';

/** The options with read-only or read-write among them. */
export function withAccess(options: readonly string[], readOnly: boolean): readonly string[] {
  return [...options, readOnly ? 'ro' : 'rw'];
}

/** A bind or memory as the OCI runtime takes it. */
export function plainSpecMount(mount: BindMount | TmpfsMount): SpecMount {
  const { destination, readOnly } = mount;
  const options = withAccess(mount.options, readOnly);
  return mount.kind === 'bind'
    ? { destination, type: 'bind', source: mount.source, options }
    : { destination, type: 'tmpfs', source: 'tmpfs', options };
}
