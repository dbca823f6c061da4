export class Differences {
  compared = 0;
  readonly found: string[] = [];

  compare(what: () => string, expected: unknown, got: unknown): void {
    this.compared++;
    if (expected !== got)
      this.found.push(`${what()}: the contract says ${String(expected)}, the pool ${String(got)}`);
  }
}
