// Run by snapshotters.test.ts to be killed: DRIVER FOLDER PARENT. Prints a line once it has a finished snapshot and one
// that goes with the process.
import type { DriverName } from '../../src/store/snapshots/snapshotter.ts';
import { openTestSnapshots } from '../builders/snapshots.ts';

const [driver = 'vfs', folder = '', parent = ''] = process.argv.slice(2);
const { snapshotter } = openTestSnapshots(driver as DriverName, folder);
await snapshotter.prepare('kept', parent);
await snapshotter.prepare('half', parent, { temporary: true });
console.log('ready');
setInterval(() => undefined, 1000);
