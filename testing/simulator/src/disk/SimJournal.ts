import type { Journal } from "@trellis/chain";
import type { RandomStream } from "../world/RandomStream.ts";

export class SimJournal implements Journal {
  readonly #rng: RandomStream;
  #records: Uint8Array[] = [];
  #safeCount = 0;

  constructor(rng: RandomStream) {
    this.#rng = rng;
  }

  append(encoded: Uint8Array): void {
    this.#records.push(encoded.slice());
  }

  load(): Uint8Array[] {
    return this.#records.map((record) => record.slice());
  }

  rewrite(encoded: readonly Uint8Array[]): void {
    this.#records = encoded.map((record) => record.slice());
    this.#safeCount = this.#records.length;
  }

  crash(isPowerLoss: boolean): void {
    if (!isPowerLoss) return;
    const lost = this.#rng.below(this.#records.length - this.#safeCount + 1);
    this.#records.length -= lost;
  }
}
