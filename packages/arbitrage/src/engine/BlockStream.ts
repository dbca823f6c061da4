import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainClient } from "@trellis/client";
import { poolErrors } from "../pools/errors.ts";

/** `removed` is newest first, `added` oldest first. */
export interface BranchChange {
  readonly removed: readonly ChainBlock[];
  readonly added: readonly [ChainBlock, ...ChainBlock[]];
}

/** Delivered blocks always form one chain. */
export class BlockStream {
  readonly #client: Pick<ChainClient, "block">;
  readonly #blocksMax: number;
  #delivered: ChainBlock[];

  constructor(head: ChainBlock, blocksMax: number, client: Pick<ChainClient, "block">) {
    this.#delivered = [head];
    this.#blocksMax = blocksMax;
    this.#client = client;
  }

  /** @returns undefined if nothing changed or the chain changes during the reads @throws BRANCH_LOST */
  async next(head: ChainBlock): Promise<BranchChange | undefined> {
    const added: ChainBlock[] = [];
    let block: ChainBlock = this.#deliveredBlock(head.hash) ?? head;
    while (!this.#delivered.includes(block)) {
      if (added.length === this.#blocksMax || block.height === 0) throw this.#lost(head);
      added.unshift(block);
      const parent = this.#deliveredBlock(block.parentHash) ?? (await this.#client.block(block.height - 1));
      if (parent?.hash !== block.parentHash) return undefined;
      block = parent;
    }
    const [first, ...rest] = added;
    // The head was delivered: the node may lag behind.
    if (first === undefined) return undefined;
    const place = this.#delivered.indexOf(block);
    return { removed: this.#delivered.slice(place + 1).reverse(), added: [first, ...rest] };
  }

  /** Marks a change as processed; before, `next` returns it again. */
  take({ removed, added }: BranchChange): void {
    const kept = this.#delivered.slice(0, this.#delivered.length - removed.length);
    this.#delivered = [...kept, ...added].slice(-this.#blocksMax);
  }

  #deliveredBlock(hash: Hex): ChainBlock | undefined {
    return this.#delivered.findLast((delivered) => delivered.hash === hash);
  }

  #lost(head: ChainBlock) {
    return poolErrors.BRANCH_LOST({
      reason: "the head is too far away",
      height: this.#delivered.at(-1)?.height,
      head: head.height,
      blocksMax: this.#blocksMax,
    });
  }
}
