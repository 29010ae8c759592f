// Arguments with which a call does nothing: -1 everywhere is no descriptor, no address, no process and no flags, so that a
// kernel that has the call says so by EBADF, EFAULT or EINVAL. A few take -1 for something.

const none = -1n;

/** Calls that would do something even so, with what they are given instead. */
const instead: Readonly<Record<string, readonly bigint[]>> = {
  // Flags with all bits would make a queue of messages that stays.
  msgget: [0x7fffffffn, 0n],
  alarm: [0n],
  umask: [0o22n],
  eventfd: [0n],
};

/** Calls that are not tried without arguments of the user's own, and why. */
const never: Readonly<Record<string, string>> = {
  exit: 'it ends the program, every kernel has it',
  exit_group: 'it ends the program, every kernel has it',
  fork: 'it makes a process, every kernel of this machine has it',
  vfork: 'it makes a process, every kernel of this machine has it',
  pause: 'it waits for a signal, every kernel of this machine has it',
  rt_sigreturn: 'it goes on where a signal stopped the program: there is nothing to go on with',
  vhangup: 'it hangs up the terminal',
};

/** The arguments to try a call with, or why it is not tried. */
export function harmlessArguments(call: string): readonly bigint[] | string {
  return never[call] ?? instead[call] ?? [none, none, none, none, none, none];
}
