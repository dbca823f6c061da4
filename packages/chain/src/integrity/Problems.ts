const LISTED_MAX = 1_000;

export class Problems {
  readonly #listed: string[] = [];
  #more = 0;

  add(problem: string): void {
    if (this.#listed.length < LISTED_MAX) this.#listed.push(problem);
    else this.#more += 1;
  }

  expect(what: string, got: unknown, expected: unknown): void {
    if (got !== expected) this.add(`${what} is ${got}, not ${expected}`);
  }

  attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.add(`${what}: ${(error as Error).message}`);
    }
  }

  list(): string[] {
    return this.#more === 0 ? this.#listed : [...this.#listed, `and ${this.#more} more`];
  }
}
