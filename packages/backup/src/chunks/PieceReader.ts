/** Reads a stream of pieces by numbers of bytes. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #endedEarly: () => Error;
  #rest: Uint8Array = new Uint8Array(0);

  /** @param endedEarly error of a stream that is shorter than what is taken */
  constructor(pieces: AsyncIterable<Uint8Array>, endedEarly: () => Error) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#endedEarly = endedEarly;
  }

  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (await this.isAtEnd()) throw this.#endedEarly();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async skip(bytes: number): Promise<void> {
    for await (const _ of this.take(bytes));
  }

  async skipRest(): Promise<void> {
    while (!(await this.isAtEnd())) this.#rest = new Uint8Array(0);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#pieces.next();
      if (done === true) return true;
      this.#rest = value;
    }
    return false;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
