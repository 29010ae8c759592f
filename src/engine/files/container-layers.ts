import type { Container } from '../container.ts';
import { prepareSnapshot, snapshotKey } from '../create-container.ts';
import type { Engine } from '../engine.ts';

/** Where the files of a container lie. */
export interface ContainerLayers {
  /** What it changed, or where layers are whole copies, all that it has. */
  readonly own: string;
  /** Of its image, the topmost first; where layers are whole copies, one. */
  readonly below: readonly string[];
  /** Whether layers are differences to those below. */
  readonly layered: boolean;
  readonly opaqueAttributes: readonly string[];
}

/** The layers of a container, without its volumes. @throws PlimsollError PL0722 to PL0724 */
export async function containerLayers(
  engine: Engine,
  container: Container,
): Promise<ContainerLayers> {
  await prepareSnapshot(engine, container);
  const snapshotter = await engine.snapshotter();
  const key = snapshotKey(container.id);
  const { independent: layered, opaqueAttributes } = snapshotter;
  const below: string[] = [];
  for (
    let name = snapshotter.stat(key)?.parent;
    name !== undefined && (layered || below.length === 0);
    name = snapshotter.stat(name)?.parent
  )
    below.push(snapshotter.directory(name));
  return { own: snapshotter.directory(key), below, layered, opaqueAttributes };
}
