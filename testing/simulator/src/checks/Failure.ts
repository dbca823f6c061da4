export interface Failure {
  readonly check: string;
  readonly node: number;
  readonly facts: Readonly<Record<string, string>>;
  readonly event: number;
  readonly atMs: number;
}
