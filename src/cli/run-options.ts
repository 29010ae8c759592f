// Options of run and create that are about the life of the container rather than what it is like inside.
import { type Command, Option } from 'commander';
import { asOption } from './as-option.ts';
import { many } from './option-kinds.ts';
import { platformOption } from './platform-option.ts';

/** The options as commander gives them. */
export interface RunOptions {
  readonly name?: string;
  readonly rm?: boolean;
  readonly interactive?: boolean;
  /** Of run alone. */
  readonly detach?: boolean;
  readonly cidfile?: string;
  readonly pidfile?: string;
  readonly label?: readonly string[];
  readonly labelFile?: readonly string[];
  readonly stopSignal?: string;
  readonly stopTimeout?: string;
  readonly restart?: string;
  readonly healthCmd?: string;
  readonly healthInterval?: string;
  readonly healthTimeout?: string;
  readonly healthRetries?: string;
  readonly healthStartPeriod?: string;
  readonly healthStartInterval?: string;
  /** false by --no-healthcheck. */
  readonly healthcheck: boolean;
  readonly logDriver?: string;
  readonly logOpt?: readonly string[];
  readonly runtime?: string;
  readonly init?: boolean;
  readonly initPath?: string;
  readonly timeout?: string;
  readonly pull?: string;
  readonly quiet?: boolean;
  readonly replace?: boolean;
  readonly check: boolean;
  readonly as?: string;
}

/** --timeout of run and create; `why` has one of its own. */
export function timeoutOption(): Option {
  return new Option('--timeout <seconds>', 'kill it when it has run for so long');
}

/** Adds the options to a command, in docker's words. */
export function addRunOptions(command: Command): Command {
  const options: readonly Option[] = [
    new Option('--name <name>', 'name of the container'),
    new Option('--rm', 'remove it, and its anonymous volumes, when it has ended'),
    new Option('-i, --interactive', 'keep standard input open'),
    new Option('--cidfile <file>', 'write the id of the container to a new file'),
    new Option('--pidfile <file>', 'write the number of its first process to a file'),
    many('-l, --label <name[=value]>', 'set a label'),
    many('--label-file <file>', 'file with labels, one a line'),
    new Option('--stop-signal <signal>', "what stop sends (default: the image's, else SIGTERM)"),
    new Option('--stop-timeout <seconds>', 'how long stop waits before it kills (default: 10)'),
    new Option('--restart <policy>', 'no, on-failure[:TIMES], always, unless-stopped'),
    new Option('--health-cmd <command>', 'what tells whether it works: a line for its shell'),
    new Option('--health-interval <time>', 'time between two tests (default: 30s)'),
    new Option('--health-timeout <time>', 'a test that takes longer has failed (default: 30s)'),
    new Option('--health-retries <number>', 'unhealthy after so many failures (default: 3)'),
    new Option('--health-start-period <time>', 'failures do not count for so long (default: 0s)'),
    new Option('--health-start-interval <time>', 'between tests in that time (default: 5s)'),
    new Option('--no-healthcheck', 'no health check, whatever the image says'),
    new Option('--log-driver <driver>', 'where output is kept: json-file, local, journald, none'),
    many('--log-opt <name=value>', 'option of the log driver: max-size=10m'),
    new Option('--runtime <name>', 'OCI runtime: a name or path (default: crun, else runc)'),
    new Option('--init', 'a small init as first process, which passes on signals and reaps'),
    new Option('--init-path <file>', 'a small init of your own; linked statically'),
    new Option('--pull <when>', 'fetch the image: missing, always, newer, never').choices([
      'missing',
      'always',
      'newer',
      'never',
    ]),
    platformOption('the image for this platform (default: the one of this machine)'),
    new Option('-q, --quiet', 'say nothing while the image is pulled'),
    new Option('--replace', 'remove a container that has the name already'),
    new Option('--disable-content-trust', 'taken: signatures are not looked at').hideHelp(),
    asOption(),
    new Option('--no-check', 'start it without asking first whether it fits this machine'),
  ];
  for (const option of options) command.addOption(option);
  return command;
}
