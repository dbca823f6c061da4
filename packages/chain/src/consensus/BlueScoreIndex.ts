const NONE = -1;

/** Linked lists take 8 bytes per block. */
export class BlueScoreIndex {
  /** Number of the first block that is added. */
  readonly first: number;
  readonly #scoreMin: number;
  readonly #newest: number[] = [];
  readonly #earlier: number[] = [];

  constructor(scoreMin: number, first: number) {
    this.#scoreMin = scoreMin;
    this.first = first;
  }

  /** Blocks must be added in the order of their numbers. */
  add(score: number): void {
    const at = score - this.#scoreMin;
    while (this.#newest.length <= at) this.#newest.push(NONE);
    this.#earlier.push(this.#newest[at]!);
    this.#newest[at] = this.first + this.#earlier.length - 1;
  }

  removeLast(score: number): void {
    this.#newest[score - this.#scoreMin] = this.#earlier.pop()!;
  }

  *blocksOf(score: number): Iterable<number> {
    for (
      let block = this.#newest[score - this.#scoreMin] ?? NONE;
      block !== NONE;
      block = this.#earlier[block - this.first]!
    ) {
      yield block;
    }
  }

  *scoresBetween(from: number, to: number): Iterable<number> {
    const last = Math.min(to, this.#scoreMin + this.#newest.length - 1);
    for (let score = Math.max(from, this.#scoreMin); score <= last; score++) yield score;
  }
}
