// `--as HOST`, the same on every command that starts something.
import { Option } from 'commander';

/** The option, the same on every command that starts something. */
export function asOption(): Option {
  return new Option(
    '--as <host>',
    "answer system calls as that host's kernel and engine do: debian:11, rhel:7.9+docker:1.13, gvisor, FILE.json",
  );
}
