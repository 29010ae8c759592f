// What is told of a container beside its lines, and to whom: written down when it starts, so that whoever sends or shows
// the lines needs no database. docker's words (daemon/logger/loginfo.go, templates.go).
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import {
  applyTemplate,
  isTemplateFault,
  parseTemplate,
} from '../../formats/go-template/go-template.ts';
import type { Container } from '../container.ts';

/** A container as receivers of its log know it. Plain data. */
export interface LogTarget {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  readonly imageName: string;
  /** Entry point and command in one line. */
  readonly command: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** The `tag` option applied; absent where there is none. */
  readonly tag?: string;
  /** By the options labels, labels-regex, env and env-regex. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The target of a container's log. @throws PlimsollError PL0827 for a `tag` that is no template */
export function logTargetOf({ id, name, createdMs, settings }: Container): LogTarget {
  const { image, log, config } = settings;
  const entrypoint = config.entrypoint ?? image.config.entrypoint;
  const words = config.command.length > 0 ? config.command : image.config.cmd;
  const target = {
    driver: log.driver,
    options: log.options,
    id,
    name,
    imageId: image.id,
    imageName: image.name,
    command: [...entrypoint, ...words].join(' '),
    createdMs,
    attributes: attributesOf(settings),
  };
  const { tag } = log.options;
  return tag === undefined ? target : { ...target, tag: tagOf(tag, target) };
}

/** Digits of an id that people see. */
const shortDigits = 12;

/** The text that a template of `tag` gives. @throws PlimsollError PL0827 */
export function tagOf(template: string, target: Omit<LogTarget, 'tag'>): string {
  const { id, name, imageId, imageName, command } = target;
  const parsed = parseTemplate(template);
  const text = isTemplateFault(parsed)
    ? parsed
    : applyTemplate(parsed, {
        ID: id.slice(0, shortDigits),
        FullID: id,
        Name: name,
        ImageID: imageId.replace(/^sha256:/, '').slice(0, shortDigits),
        ImageFullID: imageId,
        ImageName: imageName,
        Command: command,
        DaemonName: 'plimsoll',
      });
  if (!isTemplateFault(text)) return text;
  throw new PlimsollError('PL0827', `tag=${template}: ${text.fault}`, {
    help: 'fields are .ID, .FullID, .Name, .ImageID, .ImageFullID, .ImageName, .Command, .DaemonName',
  });
}

function attributesOf(settings: Container['settings']): Readonly<Record<string, string>> {
  const { log, labels, image, config } = settings;
  const environment = {
    ...image.config.env,
    ...Object.fromEntries(
      config.env.flatMap((line) => {
        const equals = line.indexOf('=');
        return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
      }),
    ),
  };
  return {
    ...chosen(labels, log.options['labels'], log.options['labels-regex']),
    ...chosen(environment, log.options['env'], log.options['env-regex']),
  };
}

function chosen(
  from: Readonly<Record<string, string>>,
  names: string | undefined,
  pattern: string | undefined,
): Readonly<Record<string, string>> {
  const wanted = new Set((names ?? '').split(',').filter((name) => name !== ''));
  const fits = pattern === undefined ? undefined : new RegExp(pattern);
  return Object.fromEntries(
    Object.entries(from).filter(([name]) => wanted.has(name) || fits?.test(name) === true),
  );
}

/** What `logs --details` shows before a line: "name=value,name=value". @throws PlimsollError PL0827 */
export function detailsOf(container: Container): string {
  const { tag, attributes } = logTargetOf(container);
  const all = { ...attributes, ...(tag === undefined ? {} : { tag }) };
  return Object.entries(all)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(',');
}
