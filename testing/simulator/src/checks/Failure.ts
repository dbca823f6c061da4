/** A check that did not hold. */
export interface Failure {
  readonly check: string;
  /** -1 when it is about the whole network. */
  readonly node: number;
  readonly facts: Readonly<Record<string, string>>;
  readonly event: number;
  readonly atMs: number;
}
