export interface Problem {
  /** Blob of the repository. */
  readonly object: string;
  readonly reason: string;
  /** Backups that cannot be restored because of it. */
  readonly backups: readonly string[];
}
