export class Connection {
  readonly #listeners = new Set<() => void>();
  #isGone = false;

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Runs once. Returns the unsubscribe function. */
  onGone(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): void {
    this.#isGone = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
