/** Whose a file or process is: a user and a group by their numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}
