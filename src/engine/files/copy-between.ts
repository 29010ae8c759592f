// docker's rules of `cp` (docker's reference of `docker container cp`): what a source comes to at a destination that is
// there, or not, or ends in a slash.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { closeDescriptor, openDirectoryAt } from '../../sys/file-calls.ts';
import type { UserView } from '../mapped-users.ts';
import { type CopyRules, copyContent, copyFiles, openPlace } from './copy-files.ts';
import { isDirectory, type Place, type Tree } from './place.ts';

/** One side of a copy. */
export interface CopyEnd {
  readonly tree: Tree;
  /** As it was given: a slash or '/.' at its end counts. */
  readonly path: string;
  readonly inContainer: boolean;
  /** Of the container. */
  readonly name?: string;
  readonly users: UserView;
}

/** How it is copied. */
export interface CopyBetweenOptions extends CopyRules {
  /** Copy what a link leads to. */
  readonly follow: boolean;
}

function failed(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0871', message, { help });
}

/** @throws PlimsollError PL0871, PL0002; SystemError */
export function copyBetween(from: CopyEnd, to: CopyEnd, options: CopyBetweenOptions): void {
  const source = sourceOf(from, options.follow);
  const target = to.tree.find(to.path, true);
  if (target === undefined)
    throw failed(`no such directory: the parent of ${to.path}`, 'make it first: mkdir -p');
  const { status } = target;
  const contents = /(?:^|\/)\.$/.test(from.path);
  if (isDirectory(source.status)) {
    if (status !== undefined && !isDirectory(status))
      throw failed(`cannot copy a directory to a file: ${to.path}`, 'name a directory');
    if (status === undefined || contents) {
      copyAs(source, target, options);
      return;
    }
    copyInto(source, target, options);
    return;
  }
  if (isDirectory(status)) {
    copyInto(source, target, options);
    return;
  }
  if (to.path.endsWith('/'))
    throw failed(`destination "${to.path}" must be a directory`, 'leave the slash out, or make it');
  copyFiles(source, target.directory, target.name, options);
}

function sourceOf({ tree, path, name, inContainer }: CopyEnd, follow: boolean): Place {
  const place = tree.find(path, follow || /\/\.?$/.test(path));
  if (place?.status === undefined)
    throw failed(
      inContainer
        ? `Could not find the file ${path} in container ${name}`
        : `no such file: ${path}`,
      inContainer ? `look: plimsoll exec ${name} ls -l ${path}` : 'see how it is written',
    );
  if (/\/\.?$/.test(path) && !isDirectory(place.status))
    throw failed(`not a directory: ${path}`, 'leave the slash out');
  return place;
}

/** The content of the source becomes that of the target, which is made where it is not there. */
function copyAs(source: Place, target: Place, rules: CopyRules): void {
  if (target.status === undefined) {
    copyFiles(source, target.directory, target.name, rules);
    return;
  }
  const from = openPlace(source);
  try {
    const to = openDirectoryAt(target.directory, target.name);
    try {
      copyContent(from, source.path, to, rules);
    } finally {
      closeDescriptor(to);
    }
  } finally {
    closeDescriptor(from);
  }
}

function copyInto(source: Place, target: Place, rules: CopyRules): void {
  const directory = openDirectoryAt(target.directory, target.name);
  try {
    // The root of a container has no name of its own.
    if (source.name === '.') copyAs(source, target, rules);
    else copyFiles(source, directory, source.path.slice(source.path.lastIndexOf('/') + 1), rules);
  } finally {
    closeDescriptor(directory);
  }
}
