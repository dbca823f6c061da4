import type { Hash, PoolView } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

/** The newest transactions that entered the pool, numbered, for all filters together. */
export class PendingHashes {
  readonly #pool: PoolView;
  readonly #countMax: number;
  /** A ring: the hash of number n is at n modulo countMax. */
  readonly #ring: Hash[] = [];
  #next = 0;
  #readers = 0;
  #stop: (() => void) | undefined;

  constructor(pool: PoolView, countMax: number) {
    this.#pool = pool;
    this.#countMax = countMax;
  }

  /** Begins to listen with the first reader. The number of the next hash. */
  join(): number {
    if (this.#readers++ === 0) {
      this.#stop = this.#pool.subscribe((event) => {
        if (event.kind === "added") this.#push(event.transaction.transaction.hash);
      });
    }
    return this.#next;
  }

  leave(): void {
    if (--this.#readers > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#ring.length = 0;
  }

  /**
   * All hashes from a number on, and the number to go on from.
   * @throws RPC_NOT_FOUND if some of them are gone already
   */
  since(number: number): { readonly hashes: Hash[]; readonly next: number } {
    const lag = this.#next - number;
    if (lag > this.#countMax) throw rpcErrors.RPC_NOT_FOUND({ reason: `filter ${lag} hashes behind` });
    const hashes = Array.from(
      { length: lag },
      (_, offset) => this.#ring[(number + offset) % this.#countMax]!,
    );
    return { hashes, next: this.#next };
  }

  #push(hash: Hash): void {
    this.#ring[this.#next % this.#countMax] = hash;
    this.#next++;
  }
}
