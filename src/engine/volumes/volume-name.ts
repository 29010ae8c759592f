/** How names of volumes look, as help. */
export const volumeNameForm = '[a-zA-Z0-9][a-zA-Z0-9_.-]*';

const form = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
/** Of a file's name on Linux. */
const longest = 255;

/** Whether a volume can be called so (docker's rule, but one letter is enough): never a path. */
export function isVolumeName(text: string): boolean {
  return text.length <= longest && form.test(text);
}
