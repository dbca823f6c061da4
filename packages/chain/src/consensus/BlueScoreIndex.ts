const NONE = -1;

/** Blocks by blue score: for each score a list that begins with the block that came last. Eight bytes a block. */
export class BlueScoreIndex {
  readonly #scoreMin: number;
  /** By blue score above `#scoreMin`. */
  readonly #newest: number[] = [];
  /** By block: the one of the same score that came before it. */
  readonly #earlier: number[] = [];

  /** @param scoreMin no block has less */
  constructor(scoreMin: number) {
    this.#scoreMin = scoreMin;
  }

  /** Blocks come in the order of their numbers. */
  add(score: number): void {
    const at = score - this.#scoreMin;
    while (this.#newest.length <= at) this.#newest.push(NONE);
    this.#earlier.push(this.#newest[at]!);
    this.#newest[at] = this.#earlier.length - 1;
  }

  /** Takes the block that came last away. */
  removeLast(score: number): void {
    this.#newest[score - this.#scoreMin] = this.#earlier.pop()!;
  }

  /** Blocks of a score, newest first. */
  *blocksOf(score: number): Iterable<number> {
    for (
      let block = this.#newest[score - this.#scoreMin] ?? NONE;
      block !== NONE;
      block = this.#earlier[block]!
    ) {
      yield block;
    }
  }

  /** The scores from `from` to `to` that there can be blocks of. */
  *scoresBetween(from: number, to: number): Iterable<number> {
    const last = Math.min(to, this.#scoreMin + this.#newest.length - 1);
    for (let score = Math.max(from, this.#scoreMin); score <= last; score++) yield score;
  }
}
