/**
 * Long computations one after another, each in a turn of the event loop of its own: between two of them blocks are
 * made and others are answered. (`setImmediate` orders work; it reads no clock.)
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(compute: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(nextTurn).then(compute);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
