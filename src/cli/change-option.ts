// --change of import and commit.
import type { Option } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { applyChanges, type ConfigJson } from '../image/config-change.ts';
import { isFault } from '../image/oci-json.ts';
import { many } from './option-kinds.ts';

/** `-c, --change`. */
export function changeOption(): Option {
  return many(
    '-c, --change <instruction>',
    'a Dockerfile instruction for the configuration: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR; as often as wanted',
  );
}

/** The configuration with the changes. @throws PlimsollError PL0001 */
export function changedConfig(before: ConfigJson, changes: readonly string[] = []): ConfigJson {
  const changed = applyChanges(before, changes);
  if (!isFault(changed)) return changed;
  throw new PlimsollError('PL0001', `--change: ${changed.fault}`, {
    help: `write it as in a Dockerfile: --change 'CMD ["redis-server"]'`,
  });
}
