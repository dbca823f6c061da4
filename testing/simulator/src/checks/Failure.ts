export interface Failure {
  readonly check: string;
  /** -1 for the whole network. */
  readonly node: number;
  readonly facts: Readonly<Record<string, string>>;
  readonly event: number;
  readonly atMs: number;
}
