import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { HealthCheck } from '../engine/container.ts';
import type { ImageHealthcheck } from '../image/image.ts';
import { parseGoDuration } from '../lib/human-units.ts';
import type { RunOptions } from './run-options.ts';

function msOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = text === '0' ? 0 : parseGoDuration(text);
  if (ms !== undefined) return ms;
  throw new PlimsollError('PL0001', `invalid argument "${text}" for ${option}: it is no time`, {
    help: `write ${option} 30s, 1m30s or 500ms`,
  });
}

/** The health check that options and image come to; undefined for none. @throws PlimsollError PL0001 */
export function healthOfOptions(
  options: RunOptions,
  image: ImageHealthcheck | undefined,
): HealthCheck | undefined {
  const { healthCmd, healthRetries } = options;
  if (healthCmd !== undefined && options.healthcheck === false)
    throw new PlimsollError('PL0001', '--no-healthcheck conflicts with --health-* options', {
      help: 'leave one of them out',
    });
  const test =
    healthCmd === undefined
      ? (image?.test ?? [])
      : healthCmd === 'none'
        ? ['NONE']
        : ['CMD-SHELL', healthCmd];
  if (options.healthcheck === false || test.length === 0 || test[0] === 'NONE') return undefined;
  const retries = healthRetries === undefined ? image?.retries : Number(healthRetries);
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0))
    throw new PlimsollError('PL0001', `invalid argument "${healthRetries}" for --health-retries`, {
      help: 'write a number',
    });
  const or = (given: number | undefined, other: number | undefined, usual: number): number =>
    given || other || usual;
  return {
    test,
    intervalMs: or(msOf('--health-interval', options.healthInterval), image?.intervalMs, 30_000),
    timeoutMs: or(msOf('--health-timeout', options.healthTimeout), image?.timeoutMs, 30_000),
    startPeriodMs: or(
      msOf('--health-start-period', options.healthStartPeriod),
      image?.startPeriodMs,
      0,
    ),
    startIntervalMs: or(
      msOf('--health-start-interval', options.healthStartInterval),
      image?.startIntervalMs,
      5000,
    ),
    retries: retries || 3,
  };
}
