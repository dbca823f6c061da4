/** Runs tasks one after another, even if a task fails. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  async idle(): Promise<void> {
    for (let seen: Promise<unknown> | undefined; seen !== this.#last; ) {
      seen = this.#last;
      await seen;
    }
  }
}
