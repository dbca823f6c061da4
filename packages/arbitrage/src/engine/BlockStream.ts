import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainClient } from "@trellis/client";
import { poolErrors } from "../pools/errors.ts";

/** How a chain changed: blocks that it lost, newest first, and those that it gained, oldest first. */
export interface BranchChange {
  readonly removed: readonly ChainBlock[];
  readonly added: readonly [ChainBlock, ...ChainBlock[]];
}

/** One chain's blocks in one order: what was told is a branch at any time. */
export class BlockStream {
  readonly #client: Pick<ChainClient, "block">;
  readonly #blocksMax: number;
  /** The newest that were told, oldest first. */
  #told: ChainBlock[];

  /**
   * @param head from which on blocks are told
   * @param blocksMax how many blocks it can go back, and how many it takes at once
   */
  constructor(head: ChainBlock, blocksMax: number, client: Pick<ChainClient, "block">) {
    this.#told = [head];
    this.#blocksMax = blocksMax;
    this.#client = client;
  }

  /**
   * What changed since what was taken last; undefined where nothing did, or where the chain changes right now.
   * @param head as the chain has it now
   * @throws BRANCH_LOST, and what the client throws
   */
  async next(head: ChainBlock): Promise<BranchChange | undefined> {
    const added: ChainBlock[] = [];
    let block: ChainBlock = this.#toldBlock(head.hash) ?? head;
    while (!this.#told.includes(block)) {
      // An older head than what was told: a node that lags behind, or a branch that lost more than it gained.
      if (added.length === this.#blocksMax || block.height === 0) throw this.#lost(head);
      added.unshift(block);
      const parent = this.#toldBlock(block.parentHash) ?? (await this.#client.block(block.height - 1));
      if (parent?.hash !== block.parentHash) return undefined;
      block = parent;
    }
    const [first, ...rest] = added;
    if (first === undefined) return undefined;
    const place = this.#told.indexOf(block);
    return { removed: this.#told.slice(place + 1).reverse(), added: [first, ...rest] };
  }

  /** The change counts as told: until then `next` gives it again. */
  take({ removed, added }: BranchChange): void {
    const kept = this.#told.slice(0, this.#told.length - removed.length);
    this.#told = [...kept, ...added].slice(-this.#blocksMax);
  }

  #toldBlock(hash: Hex): ChainBlock | undefined {
    return this.#told.findLast((told) => told.hash === hash);
  }

  #lost(head: ChainBlock) {
    return poolErrors.BRANCH_LOST({
      reason: "the head is too far away",
      height: this.#told.at(-1)?.height,
      head: head.height,
      blocksMax: this.#blocksMax,
    });
  }
}
