import type { LogMatch } from "../decoding/logCriteria.ts";
import { rpcErrors } from "../errors.ts";

/** Bounds the addresses and topics that the log subscriptions and filters of all clients look for, block by block. [RPC-14] */
export class LogItems {
  readonly #countMax: number;
  #count = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Gives what releases them again.
   * @throws RPC_LOG_ITEMS_TOO_MANY
   */
  hold({ addresses, topics }: LogMatch): () => void {
    const count = [addresses, ...topics].reduce((sum, items) => sum + (items?.size ?? 0), 0);
    if (this.#count + count > this.#countMax) {
      throw rpcErrors.RPC_LOG_ITEMS_TOO_MANY({ count, held: this.#count, logItemsMax: this.#countMax });
    }
    this.#count += count;
    return () => {
      this.#count -= count;
    };
  }
}
