import type { Hash, PoolView } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

export class PendingHashes {
  readonly #pool: PoolView;
  readonly #countMax: number;
  /** Hash n is at index n modulo countMax. */
  readonly #ring: Hash[] = [];
  #next = 0;
  #readers = 0;
  #stop: (() => void) | undefined;

  constructor(pool: PoolView, countMax: number) {
    this.#pool = pool;
    this.#countMax = countMax;
  }

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

  /** @throws RPC_NOT_FOUND if newer hashes replaced the requested ones */
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
