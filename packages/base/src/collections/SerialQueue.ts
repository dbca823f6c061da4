/** Runs pieces of work one after another, each when those before it have ended, well or not. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the work gives; rejects with what it throws, and the next begins all the same */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Resolves when nothing is under way and nothing waits. */
  async idle(): Promise<void> {
    for (let seen: Promise<unknown> | undefined; seen !== this.#last; ) {
      seen = this.#last;
      await seen;
    }
  }
}
