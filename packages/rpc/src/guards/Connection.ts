/** A client's TCP connection, HTTP or WebSocket, as calls see it. */
export class Connection {
  readonly #listeners = new Set<() => void>();
  #isGone = false;

  /** The client has closed the connection, or it was cut: nobody waits for answers any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Runs `listener` once when the connection ends. Returns what removes it. */
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
