// Tools in the image that go beside the system call layer: what they do depends on the host's devices, modules,
// network or other processes, not on whether a call is there.
import { baseNamesOf } from '../name-pattern.ts';
import type { Need } from '../need.ts';
import table from '../tables/privileged-tools.json' with { type: 'json' };
import { type DeriveView, onStart } from './view.ts';

const place = /^\/(?:usr\/(?:local\/)?|opt\/(?:[^/]+\/)*)?s?bin\/[^/]+$|^\/[^/]+$|^\/app\/[^/]+$/;

/** One need for each tool that is there. */
export function* privilegedTools(view: DeriveView): Generator<Need> {
  const names = baseNamesOf(view.userSpace.tree);
  for (const { commands, goesBeside } of table) {
    for (const tool of commands) {
      const path = names.get(tool)?.find((each) => {
        const node = place.test(each) ? view.userSpace.tree.stat(each) : undefined;
        return node?.type === 'file' && (node.mode & 0o111) !== 0;
      });
      const node = path === undefined ? undefined : view.userSpace.tree.stat(path);
      if (path === undefined || node === undefined) continue;
      const file = { path, ...(node.layer === undefined ? {} : { layer: node.layer }) };
      yield {
        kind: 'privileged-tool',
        tool,
        goesBeside,
        certainty: 'present',
        evidence: [view.at(file, `${tool} is in the image`)],
        ...onStart(view, [{ path: node.path }]),
      };
    }
  }
}
