import type { Diagnostic } from '../../diag/diagnostic.ts';
import type { ElfFacts } from '../../formats/elf-facts.ts';
import type { Package } from '../../formats/package.ts';
import type { ScriptFile } from '../user-space.ts';
import type { OwnedFiles } from './owned-files.ts';

/** What the scan keeps of one file: a pure function of its bytes and its path. */
export interface FileFacts {
  readonly elf?: ElfFacts;
  /** Processor features that the code was built for (src/needs/scan/built-for.ts). */
  readonly builtFor?: readonly string[];
  readonly script?: Pick<ScriptFile, 'interpreter' | 'argument' | 'commands' | 'paths' | 'uses'>;
  /** Packages that a database, or one package's own metadata, names. */
  readonly packages?: readonly Package[];
  /** Files that packages own, as a database lists them. */
  readonly owned?: readonly OwnedFiles[];
  /** The file's text, where rules may look into it (src/needs/scan/retained.ts). */
  readonly text?: string;
  readonly problems?: readonly Diagnostic[];
}
