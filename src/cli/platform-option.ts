import { InvalidArgumentError, Option } from 'commander';
import type { Platform } from '../image/image.ts';
import { parsePlatform } from '../image/platform.ts';

/** `--platform os/arch[/variant]`, parsed. */
export function platformOption(says: string): Option {
  return new Option('--platform <os/arch[/variant]>', says).argParser((text: string): Platform => {
    const platform = parsePlatform(text);
    if (platform !== undefined) return platform;
    throw new InvalidArgumentError('expected a platform such as linux/arm64 or linux/arm/v7');
  });
}
