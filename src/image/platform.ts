// Platforms as the OCI image index writes them: os/architecture[/variant], with Go's names for architectures.
import type { Platform } from './image.ts';

/** "linux/arm64/v8", "arm64", "linux"; undefined when it is none of these. Names as uname has them are understood too. */
export function parsePlatform(_text: string): Platform | undefined {
  throw new Error('not written yet');
}

/** As in "linux/arm/v7". */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}
