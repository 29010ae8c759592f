import { checkName } from './container-records.ts';
import { type Engine, withContainer } from './engine.ts';
import { addEvent } from './events.ts';

/** Gives a container another name. @throws PlimsollError PL0001, PL0820, PL0822 */
export function renameContainer(engine: Engine, id: string, name: string): Promise<void> {
  checkName(name);
  return withContainer(engine, id, async (container) => {
    engine.records.rename(id, name);
    addEvent(engine, { ...container, name }, 'rename', { oldName: `/${container.name}` });
  });
}
